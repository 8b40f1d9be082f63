"""The consent page, the token endpoint and its relatives."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from werkzeug.wrappers import Request, Response

from sandbox._oauth_page import Consent, consent_page
from sandbox.hubspot.account import APP_NAME, CLIENT_ID, CLIENT_SECRET, LEAD_SCOPES, PORTAL_ID, SCOPES
from sandbox.hubspot.errors import VendorError, error, oauth_error
from sandbox.hubspot.http.calls import ApiCall, answer, no_content

_FORM = "application/x-www-form-urlencoded"
_FIELDS = ("client_id", "redirect_uri", "scope", "optional_scope", "state")


def show_consent(call: ApiCall) -> Response:
    """Show the page on which a person connects the app or cancels."""
    asked = _asked(call.request.args)
    problem = _consent_problem(call, asked)
    if problem:
        return Response(f"<h1>Authorization failed</h1><p>{problem}</p>", status=400, mimetype="text/html")
    consent = Consent(
        title="Connect app to HubSpot account",
        app=APP_NAME,
        account=f"Harbour Lane ({PORTAL_ID})",
        scopes=list(_granted(call, asked)),
    )
    return consent_page(consent, action="/oauth/authorize", fields=asked)


def decide_consent(call: ApiCall) -> Response:
    """Send the person back to the app, with a code or with the refusal."""
    form = call.request.form
    asked = _asked(form)
    problem = _consent_problem(call, asked)
    if problem:
        return Response(f"<h1>Authorization failed</h1><p>{problem}</p>", status=400, mimetype="text/html")
    if form.get("decision") == "grant":
        scopes = _granted(call, asked)
        code = call.portal.tokens.new_code(redirect_uri=asked["redirect_uri"], scopes=scopes)
        query = {"code": code}
    else:
        query = {"error": "access_denied", "error_description": "The user denied access"}
    if asked["state"]:
        query["state"] = asked["state"]
    separator = "&" if "?" in asked["redirect_uri"] else "?"
    location = f"{asked['redirect_uri']}{separator}{urlencode(query)}"
    return Response(b"", status=302, headers={"Location": location})


def give_token(call: ApiCall) -> Response:
    """Exchange a code or a refresh token; parameters in the body only."""
    form = _client_form(call.request)
    kind = form.get("grant_type", "")
    tokens = call.portal.tokens
    if kind == "authorization_code":
        return _token_answer(tokens.exchange(form.get("code", ""), form.get("redirect_uri", "")))
    if kind == "refresh_token":
        rotate = call.portal.state.options.rotate_refresh_tokens
        return _token_answer(tokens.refresh(form.get("refresh_token", ""), rotate=rotate))
    raise oauth_error("BAD_GRANT_TYPE", "missing or unknown grant type", "unsupported_grant_type")


def introspect(call: ApiCall) -> Response:
    """Answer what a token stands for; an unknown one is not active."""
    form = _client_form(call.request)
    token = form.get("token") or form.get("refresh_token") or ""
    return answer(call.portal.tokens.describe(token) or {"active": False})


def revoke(call: ApiCall) -> Response:
    """Withdraw a token; an unknown one is answered the same."""
    form = _client_form(call.request)
    token = form.get("token") or form.get("refresh_token") or ""
    if not call.portal.tokens.drop_refresh_token(token):
        call.portal.tokens.drop_access_token(token)
    return answer({})


def read_legacy_token(call: ApiCall) -> Response:
    """Answer what the token in the path stands for (v1)."""
    token = call.params.get("access_token") or call.params.get("refresh_token") or ""
    found = call.portal.tokens.describe(token)
    if found is None:
        raise error(404, "The token does not exist or has expired", "OBJECT_NOT_FOUND")
    return answer(found)


def drop_legacy_token(call: ApiCall) -> Response:
    """Delete the refresh token in the path (v1); access tokens keep working."""
    call.portal.tokens.drop_refresh_token(call.params["refresh_token"])
    return no_content()


def _asked(values: Mapping[str, str]) -> dict[str, str]:
    return {name: values.get(name, "") for name in _FIELDS}


def _granted(call: ApiCall, asked: Mapping[str, str]) -> tuple[str, ...]:
    """Return the scopes asked for, without optional ones that the account cannot grant."""
    absent = () if call.portal.state.options.has_leads else LEAD_SCOPES
    optional = (each for each in asked["optional_scope"].split() if each not in absent)
    return tuple(dict.fromkeys((*asked["scope"].split(), *optional)))


def _consent_problem(call: ApiCall, asked: Mapping[str, str]) -> str:
    scopes = (asked["scope"] + " " + asked["optional_scope"]).split()
    unknown = [scope for scope in scopes if scope not in SCOPES]
    beyond = set(asked["scope"].split()) & set(LEAD_SCOPES)
    if asked["client_id"] != CLIENT_ID:
        return "Couldn't complete the connection: the client id is missing or unknown."
    if not asked["redirect_uri"].startswith(("https://", "http://127.0.0.1", "http://localhost")):
        return "Couldn't complete the connection: the redirect URL must use https, except on localhost."
    if not asked["scope"].split():
        return "Couldn't complete the connection: no scope was asked for."
    if unknown:
        return f"Couldn't complete the connection: unknown scopes: {' '.join(unknown)}."
    if beyond and not call.portal.state.options.has_leads:
        return f"Couldn't complete the connection: this account cannot grant {' '.join(sorted(beyond))}."
    return ""


def _client_form(request: Request) -> Mapping[str, str]:
    """Return the form of a call that must prove to be the app's.

    Raises:
        VendorError: not a form, parameters in the query, or wrong client credentials.
    """
    if request.args:
        message = "parameters must be sent in the request body, not in the query"
        raise oauth_error("BAD_REQUEST", message, "invalid_request")
    if request.mimetype != _FORM:
        raise VendorError(status=415, body={"status": "error", "message": f"Unsupported Media Type: send {_FORM}"})
    form = request.form
    if form.get("client_id") != CLIENT_ID:
        raise oauth_error("BAD_CLIENT_ID", "missing or unknown client id", "invalid_client")
    if form.get("client_secret") != CLIENT_SECRET:
        raise oauth_error("BAD_CLIENT_SECRET", "missing or invalid client secret", "invalid_client")
    return form


def _token_answer(body: object) -> Response:
    response = answer(body)
    response.headers["Cache-Control"] = "no-store"
    return response
