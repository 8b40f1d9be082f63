"""Connect the simulated CRMs through the product's own API and the CRMs' own OAuth pages."""

from __future__ import annotations

from typing import Any, cast

import httpx

from local.browser import Browser
from local.errors import LocalError
from local.simulated import SimulatedCrm


class Api:
    """The deployed API, called by the signed-in local person."""

    def __init__(self, *, url: str, token: str) -> None:
        """Address it.

        Args:
            url: without a trailing slash.
            token: access token of the caller.
        """
        self._url = url
        self._http = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=30.0, trust_env=False)

    def close(self) -> None:
        """Free the connections."""
        self._http.close()

    def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Call the API and return its JSON object.

        Raises:
            LocalError: it answered an error, or something else than a JSON object.
        """
        response = self._http.request(method, f"{self._url}{path}", json=body)
        if response.is_error:
            raise LocalError(f"{method} {path} answered {response.status_code}: {response.text[:800]}")
        try:
            answer: object = response.json()
        except ValueError as error:
            raise LocalError(f"{method} {path} answered no JSON: {response.text[:200]}") from error
        if not isinstance(answer, dict):
            raise LocalError(f"{method} {path} answered {response.text[:200]}, not an object")
        return cast("dict[str, Any]", answer)


def connect(api: Api, crm: SimulatedCrm, *, as_user: bool = False) -> str:
    """Connect one CRM as a person would, and point its webhooks at the API where the platform does not.

    Args:
        as_user: by an assertion that the platform signs for the CRM's integration user; there is no consent page then.

    Returns:
        The integration's id.

    Raises:
        LocalError: a step was refused; the message has the answer.
    """
    _prepare(crm)
    asked = {"provider": crm.crm} | ({"domain": _HOSTS[crm.crm]} if crm.crm in _HOSTS else {})
    if crm.crm in _KEYS:
        connected = api.call("POST", "/api/crm/integrations", asked | {"credentials": {"accessToken": _key(crm)}})
        integration_id = str(connected["id"])
    elif as_user:
        integration_id = str(api.call("POST", "/api/crm/integrations", asked)["id"])
        connected = _signed_for(api, crm, integration_id)
    else:
        integration_id = str(api.call("POST", "/api/crm/integrations", asked)["id"])
        login = api.call("POST", f"/auth/{crm.crm}/login", {"integrationId": integration_id})
        completion = {"integrationId": integration_id, "code": _grant(str(login["url"]))}
        connected = api.call("POST", f"/auth/{crm.crm}/complete", completion)
    if crm.crm in _BY_HAND:
        _send_webhooks_to(crm, str(connected["webhookUrl"]))
    return integration_id


_KEYS = {"freshsales": "api_key", "salesflare": "api_key"}
"""CRMs without a consent page, and what their credentials call the key that people copy from the settings."""

_HOSTS = {"freshsales": "valeverde.myfreshworks.com", "dynamics": "contoso.crm4.dynamics.com"}
"""CRMs in which every account has a host of its own that people have to name; the simulated one stands for it."""

_BY_HAND = frozenset({"hubspot", "salesforce", "freshsales"})
"""CRMs in whose screens people point webhooks at us; in the others the platform does so itself, or there are none."""

_OUR_FIELD = {"label": "CRM Bridge ID", "type": "text", "unique": True}


def _signed_for(api: Api, crm: SimulatedCrm, integration_id: str) -> dict[str, Any]:
    """Let the user in at the CRM, as its administrator does, and connect as that user."""
    username = crm.credentials.get("username")
    if "private_key" not in crm.credentials:
        raise LocalError(f"{crm.crm} knows no certificate of ours, so nobody can be signed for")
    _control(crm, "settings", {"permitted_users": "admin_approved", "preauthorised_users": [username]})
    asked = {"integrationId": integration_id, "credentials": {"username": username}}
    return cast("dict[str, Any]", api.call("POST", f"/auth/{crm.crm}/login", asked)["integration"])


def _key(crm: SimulatedCrm) -> str:
    return str(crm.credentials[_KEYS[crm.crm]])


def _prepare(crm: SimulatedCrm) -> None:
    """Do what an administrator has to do in a CRM first: Freshsales' API makes no fields."""
    if crm.crm == "freshsales":
        modules = ("contacts", "sales_accounts", "deals")
        _control(crm, "seed", {"fields": [_OUR_FIELD | {"module": each} for each in modules]})


def _grant(url: str) -> str:
    browser = Browser()
    try:
        code = browser.allow(url).texts.get("code", "")
    finally:
        browser.close()
    if not code:
        raise LocalError("the callback page shows no one-time code")
    return code


def _send_webhooks_to(crm: SimulatedCrm, target: str) -> None:
    _control(crm, "webhooks", {"urls": [target]})


def _control(crm: SimulatedCrm, what: str, body: object) -> None:
    answer = httpx.post(f"{crm.control}/{what}", json=body, timeout=10.0, trust_env=False)
    if answer.is_error:
        raise LocalError(f"{crm.crm} refused {what} as {body}: {answer.text[:300]}")
