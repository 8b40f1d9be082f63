"""Entra ID's sign-in page and token endpoint.

Source: Microsoft identity platform, authorization code flow with PKCE, error codes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from werkzeug.wrappers import Request, Response

from sandbox._oauth_page import Consent, consent_page
from sandbox.dynamics.account import (
    APPLICATION_USER,
    CLIENT_ID,
    CLIENT_SECRET,
    INTEGRATION_USER,
    TENANT_ID,
    is_our_host,
)
from sandbox.dynamics.tokens import Tokens

PATH = re.compile(r"/(?P<tenant>[\w.-]+)/oauth2/v2\.0/(?P<what>authorize|token)")
_TENANTS = ("organizations", "common", TENANT_ID, "contoso.example")


class EntraError(Exception):
    """A refusal of the token endpoint."""

    def __init__(self, error: str, number: int, message: str, *, status: int = 400) -> None:
        """Describe one refusal by its AADSTS number."""
        super().__init__(message)
        self.error, self.number, self.message, self.status = error, number, message, status

    def as_response(self, trace: str) -> Response:
        """Return the documented body."""
        words = f"AADSTS{self.number}: {self.message} Trace ID: {trace} Correlation ID: {trace}"
        body = {
            "error": self.error,
            "error_description": words,
            "error_codes": [self.number],
            "trace_id": trace,
            "correlation_id": trace,
        }
        return _json(body, self.status)


class Entra:
    """Answers the sign-in endpoints of any tenant that knows the organization."""

    def __init__(self, tokens: Tokens, *, base_url: str) -> None:
        """Give out tokens of one organization."""
        self._tokens, self._base_url = tokens, base_url

    def answer(self, request: Request) -> Response:
        """Answer the sign-in page, its form, or a request for tokens."""
        match = PATH.fullmatch(request.path)
        tenant, what = (match["tenant"], match["what"]) if match else ("", "")
        trace = self._tokens.new_text("", 128)
        try:
            _check_tenant(tenant)
            if what == "authorize":
                return self._page(request) if request.method == "GET" else self._decided(request)
            return self._token(request.form.to_dict())
        except EntraError as error:
            return error.as_response(trace)

    # --------------------------------------------------------------------------------------- sign in

    def _page(self, request: Request) -> Response:
        asked = request.args.to_dict()
        self._check(asked)
        consent = Consent(
            title="Permissions requested", app="CRM connector", account="contoso", scopes=asked["scope"].split()
        )
        return consent_page(consent, action=request.path, fields=asked)

    def _decided(self, request: Request) -> Response:
        given = request.form.to_dict()
        self._check(given)
        query = {"state": given["state"]} if given.get("state") else {}
        if given.get("decision") == "grant":
            code = self._tokens.new_code(
                redirect_uri=given["redirect_uri"],
                challenge=given.get("code_challenge", ""),
                scopes=tuple(given["scope"].split()),
            )
            query = {"code": code, **query, "session_state": self._tokens.new_text("", 128)}
        else:
            words = "AADSTS65004: User declined to consent to access the app."
            query = {"error": "access_denied", "error_description": words, **query}
        joint = "&" if urlsplit(given["redirect_uri"]).query else "?"
        return Response(status=302, headers={"Location": f"{given['redirect_uri']}{joint}{urlencode(query)}"})

    def _check(self, asked: Mapping[str, str]) -> None:
        """Refuse what the sign-in page refuses.

        Raises:
            EntraError: unknown application, no redirect address, no resource, or a plain challenge.
        """
        if asked.get("client_id") != CLIENT_ID:
            message = f"Application with identifier '{asked.get('client_id')}' was not found in the directory."
            raise EntraError("unauthorized_client", 700016, message)
        if not asked.get("redirect_uri", "").startswith(("https://", "http://")):
            raise EntraError("invalid_request", 50011, "The redirect URI does not match the redirect URIs configured.")
        if asked.get("response_type") != "code":
            raise EntraError("unsupported_response_type", 70005, "The response type is not supported.")
        if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
            raise EntraError("invalid_request", 501481, "The code challenge method is not S256.")
        self._host(asked.get("scope", "").split())

    def _host(self, scopes: list[str]) -> str:
        """Return the resource that scopes are for.

        Raises:
            EntraError: no resource, several, or one that nobody in the tenant knows.
        """
        hosts = {urlsplit(each).netloc for each in scopes if "://" in each}
        for each in scopes:
            if "://" in each and not each.endswith(("/.default", "/user_impersonation")):
                raise EntraError("invalid_scope", 70011, f"The provided value for the scope {each} is not valid.")
        if len(hosts) != 1:
            raise EntraError("invalid_request", 28000, "The scope names no resource, or more than one.")
        host = hosts.pop()
        if not is_our_host(host, self._base_url):
            message = f"The resource principal named https://{host} was not found in the tenant."
            raise EntraError("invalid_resource", 500011, message)
        return host

    # --------------------------------------------------------------------------------------- tokens

    def _token(self, form: Mapping[str, str]) -> Response:
        if form.get("client_id") != CLIENT_ID:
            message = f"Application with identifier '{form.get('client_id')}' was not found in the directory."
            raise EntraError("unauthorized_client", 700016, message)
        if "client_secret" not in form:
            message = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
            raise EntraError("invalid_client", 7000218, message, status=401)
        if form["client_secret"] != CLIENT_SECRET:
            raise EntraError("invalid_client", 7000215, "Invalid client secret provided.", status=401)
        kind = form.get("grant_type")
        if kind == "authorization_code":
            return self._exchanged(form)
        if kind == "refresh_token":
            return self._refreshed(form)
        if kind == "client_credentials":
            host = self._host(form.get("scope", "").split())
            return self._given(APPLICATION_USER, host, refreshable=False, scope=form["scope"])
        raise EntraError("unsupported_grant_type", 70003, f"The app requested an unsupported grant type '{kind}'.")

    def _exchanged(self, form: Mapping[str, str]) -> Response:
        code = self._tokens.take_code(form.get("code", ""))
        if code is None:
            raise EntraError("invalid_grant", 70000, "The provided value for the 'code' parameter is not valid.")
        if form.get("redirect_uri") != code.redirect_uri:
            raise EntraError("invalid_grant", 500112, "The reply address does not match the one of the code.")
        if code.challenge and _challenge(form.get("code_verifier", "")) != code.challenge:
            raise EntraError("invalid_grant", 501481, "The Code_Verifier does not match the code_challenge.")
        host = self._host(list(code.scopes))
        refreshable = "offline_access" in code.scopes
        return self._given(INTEGRATION_USER, host, refreshable=refreshable, scope=" ".join(code.scopes))

    def _refreshed(self, form: Mapping[str, str]) -> Response:
        held = self._tokens.refreshes.get(form.get("refresh_token", ""))
        if held is None:
            raise EntraError("invalid_grant", 50173, "The provided grant has expired due to it being revoked.")
        if not self._tokens.is_alive(held):
            raise EntraError("invalid_grant", 700082, "The refresh token has expired due to inactivity.")
        host = self._host(form["scope"].split()) if form.get("scope") else held.host
        return self._given(held.user_id, host, refreshable=True, scope=form.get("scope", f"https://{host}/.default"))

    def _given(self, user_id: str, host: str, *, refreshable: bool, scope: str) -> Response:
        access, seconds = self._tokens.new_access(user_id, host)
        body: dict[str, object] = {
            "token_type": "Bearer",
            "scope": scope,
            "expires_in": seconds,
            "ext_expires_in": seconds,
            "access_token": access,
        }
        if refreshable:
            body["refresh_token"] = self._tokens.new_refresh(user_id, host)
        return _json(body, 200)


def _check_tenant(tenant: str) -> None:
    if tenant not in _TENANTS:
        raise EntraError("invalid_request", 90002, f"Tenant '{tenant}' not found.")


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _json(body: object, status: int) -> Response:
    headers = {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"}
    return Response(json.dumps(body), status=status, mimetype="application/json", headers=headers)
