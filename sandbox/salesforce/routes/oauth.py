"""OAuth 2.0: consent page, tokens, revocation, who the user is.

Source: Salesforce help on OAuth flows of external client apps.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from werkzeug.wrappers import Request, Response

from sandbox._oauth_page import Consent, consent_page
from sandbox.salesforce.api import Api
from sandbox.salesforce.app_policy import approved_scopes, check_admitted
from sandbox.salesforce.apps import INTEGRATION_PASSWORD, SCOPES, registered_app
from sandbox.salesforce.errors import OAuthError
from sandbox.salesforce.jwt_assertion import user_of_assertion
from sandbox.salesforce.org_setup import ORGANIZATION_NAME
from sandbox.salesforce.sessions import Issued

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_LOGIN_HOSTS = {"login.salesforce.com", "test.salesforce.com"}
_ASKED = ("client_id", "redirect_uri", "state", "scope", "code_challenge", "response_type")
DEFAULT_SCOPES = ("refresh_token", "api")


def authorize(api: Api, request: Request) -> Response:
    """Show the consent page, or take the person's decision and send them back."""
    asked = {name: request.values.get(name, "") for name in (*_ASKED, "code_challenge_method")}
    app = registered_app()
    if asked["client_id"] != app.client_id:
        return _page("invalid_client_id", "client identifier invalid")
    if not _may_return_to(api, asked["redirect_uri"]):
        return _page("redirect_uri_mismatch", "redirect_uri must match configuration")
    try:
        scopes = _check_asked(api, asked)
        check_admitted(api, api.org.users["integration"])
    except OAuthError as problem:
        return _back(asked, error=problem.error, error_description=problem.description)
    if request.method == "GET":
        hidden = {name: value for name, value in asked.items() if value}
        consent = Consent(title="Allow Access?", app=app.name, account=ORGANIZATION_NAME, scopes=scopes)
        return consent_page(consent, action="/services/oauth2/authorize", fields=hidden)
    if request.form.get("decision") != "grant":
        return _back(asked, error="access_denied", error_description="end-user denied authorization")
    code = api.sessions.code_for(
        api.org.users["integration"],
        redirect_uri=asked["redirect_uri"],
        challenge=asked["code_challenge"] or None,
        scopes=scopes,
    )
    return _back(asked, code=code)


def token(api: Api, request: Request) -> dict[str, Any]:
    """Give out tokens for one of the flows.

    Raises:
        OAuthError: the vendor's refusal.
    """
    if request.mimetype != "application/x-www-form-urlencoded":
        raise OAuthError("unsupported_grant_type", "grant type not supported")
    form = dict(request.form.items())
    flow = _FLOWS.get(form.get("grant_type", ""))
    if flow is None:
        raise OAuthError("unsupported_grant_type", "grant type not supported")
    return _granted(api, flow(api, request, form))


def revoke(api: Api, request: Request) -> None:
    """End an access or refresh token.

    Raises:
        OAuthError: unsupported_token_type, the token is unknown.
    """
    if not api.sessions.revoke(request.values.get("token", "")):
        raise OAuthError("unsupported_token_type", "this token type is not supported")


def _check_asked(api: Api, asked: Mapping[str, str]) -> tuple[str, ...]:
    if asked["response_type"] != "code":
        raise OAuthError("unsupported_response_type", "response type not supported")
    if not asked["code_challenge"] and api.org.switches.require_pkce:
        raise OAuthError("invalid_request", "missing required code challenge")
    method = asked["code_challenge_method"]
    if asked["code_challenge"] and (method not in {"", "S256"} or len(asked["code_challenge"]) != 43):
        raise OAuthError("invalid_request", "invalid code challenge")
    scopes = tuple(asked["scope"].split()) or DEFAULT_SCOPES
    if not set(scopes) <= SCOPES:
        raise OAuthError("invalid_scope", "the requested scope is not allowed")
    return scopes


def _may_return_to(api: Api, url: str) -> bool:
    allowed = api.org.switches.redirect_uris
    if url in allowed:
        return True
    parts = urlsplit(url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    return "*" in allowed and safe and not parts.fragment


def _page(error: str, description: str) -> Response:
    text = f"error={error}&error_description={quote(description)}"
    return Response(f"<html><body>{text}</body></html>", status=400, mimetype="text/html")


def _back(asked: Mapping[str, str], **answer: str) -> Response:
    if asked["state"]:
        answer["state"] = asked["state"]
    join = "&" if urlsplit(asked["redirect_uri"]).query else "?"
    return Response(status=302, headers={"Location": f"{asked['redirect_uri']}{join}{urlencode(answer)}"})


def _check_client(request: Request, form: Mapping[str, str]) -> None:
    app = registered_app()
    basic = request.authorization
    client_id = (basic.username if basic and basic.username else None) or form.get("client_id", "")
    secret = (basic.password if basic and basic.password else None) or form.get("client_secret")
    if client_id != app.client_id:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    if secret is None or not hmac.compare_digest(secret.encode(), app.client_secret.encode()):
        raise OAuthError("invalid_client", "invalid client credentials")


def _by_code(api: Api, request: Request, form: Mapping[str, str]) -> Issued:
    _check_client(request, form)
    code = api.sessions.take_code(form.get("code", ""))
    if form.get("redirect_uri") != code.redirect_uri:
        raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
    if code.challenge is not None:
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        made = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if not hmac.compare_digest(made, code.challenge):
            raise OAuthError("invalid_grant", "invalid code verifier")
    issued = api.sessions.begin(code.user_id, code.scopes, refreshable=True)
    code.family = issued.session.family
    return issued


def _by_refresh(api: Api, request: Request, form: Mapping[str, str]) -> Issued:
    _check_client(request, form)
    return api.sessions.refresh(form.get("refresh_token", ""))


def _by_assertion(api: Api, _request: Request, form: Mapping[str, str]) -> Issued:
    user_id = user_of_assertion(api.org, form.get("assertion", ""), own_url=api.base_url)
    return api.sessions.begin(user_id, approved_scopes(api, user_id), refreshable=False)


def _by_client(api: Api, request: Request, form: Mapping[str, str]) -> Issued:
    if request.host.partition(":")[0] in _LOGIN_HOSTS:
        raise OAuthError("invalid_grant", "request not supported on this domain")
    _check_client(request, form)
    return api.sessions.begin(api.org.users["integration"], ("api",), refreshable=False)


def _by_password(api: Api, request: Request, form: Mapping[str, str]) -> Issued:
    _check_client(request, form)
    user_id = api.org.users["integration"]
    row = api.org.tables["User"].get(user_id) or {}
    right = form.get("username") == row.get("Username") and form.get("password") == INTEGRATION_PASSWORD
    if not api.org.switches.password_flow or not right:
        raise OAuthError("invalid_grant", "authentication failure")
    return api.sessions.begin(user_id, ("api",), refreshable=False)


_FLOWS: dict[str, Callable[[Api, Request, Mapping[str, str]], Issued]] = {
    "authorization_code": _by_code,
    "refresh_token": _by_refresh,
    "urn:ietf:params:oauth:grant-type:jwt-bearer": _by_assertion,
    "client_credentials": _by_client,
    "password": _by_password,
}


def _granted(api: Api, issued: Issued) -> dict[str, Any]:
    identity_url = f"{api.base_url}/id/{api.org.organization_id}/{issued.session.user_id}"
    issued_at = str(api.org.clock.now_ms())
    secret = registered_app().client_secret.encode()
    signature = hmac.new(secret, f"{identity_url}{issued_at}".encode(), hashlib.sha256).digest()
    answer = {
        "access_token": issued.access_token,
        "signature": base64.b64encode(signature).decode(),
        "scope": " ".join(issued.session.scopes),
        "instance_url": api.base_url,
        "id": identity_url,
        "token_type": "Bearer",
        "issued_at": issued_at,
    }
    if issued.refresh_token is not None:
        answer["refresh_token"] = issued.refresh_token
    return answer
