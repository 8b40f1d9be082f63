"""The consent page and the authorization server.

Source: Pipedrive, marketplace OAuth authorization and its status codes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import urlencode

from werkzeug.wrappers import Response

from sandbox._oauth_page import Consent, consent_page
from sandbox.pipedrive.account import CLIENT_ID, CLIENT_SECRET, COMPANY_NAME
from sandbox.pipedrive.errors import error, oauth_error
from sandbox.pipedrive.http.calls import ApiCall, answer


def ask(call: ApiCall) -> Response:
    """Show the consent page; scopes are the app's own and no parameter."""
    _check_app(call.request.args)
    kept = {name: call.text(name) for name in ("client_id", "redirect_uri", "state") if call.text(name)}
    consent = Consent(title="Pipedrive", app="CRM Bridge", account=COMPANY_NAME, scopes=call.portal.tokens.scopes)
    return consent_page(consent, action="/oauth/authorize", fields=kept)


def decide(call: ApiCall) -> Response:
    """Send the person back with a code, or with the refusal."""
    form = call.request.form
    _check_app(form)
    target = form["redirect_uri"]
    query = {"state": form["state"]} if form.get("state") else {}
    if form.get("decision") == "grant":
        query["code"] = call.portal.tokens.new_code(target)
    else:
        query["error"] = "user_denied"
    return Response(status=302, headers={"Location": f"{target}{'&' if '?' in target else '?'}{urlencode(query)}"})


def token(call: ApiCall) -> Response:
    """Trade a code or a refresh token; the app proves itself by Basic authentication only."""
    _check_basic(call)
    form = call.request.form
    kind = form.get("grant_type", "")
    if kind == "authorization_code":
        return answer(call.portal.tokens.exchange(form.get("code", ""), form.get("redirect_uri", "")))
    if kind == "refresh_token":
        return answer(call.portal.tokens.refresh(form.get("refresh_token", "")))
    raise oauth_error("Invalid request: `grant_type` is invalid", "unsupported_grant_type")


def revoke(call: ApiCall) -> Response:
    """Revoke a token; one that is not known is success."""
    _check_basic(call)
    call.portal.tokens.drop(call.request.form.get("token", ""))
    return Response(status=200)


def _check_app(given: Mapping[str, str]) -> None:
    if given.get("client_id") != CLIENT_ID:
        raise error(400, "Invalid client: `client_id` is invalid")
    if not given.get("redirect_uri"):
        raise error(400, "Invalid request: `redirect_uri` is missing")


def _check_basic(call: ApiCall) -> None:
    scheme, _, blob = call.request.headers.get("Authorization", "").partition(" ")
    try:
        pair = base64.b64decode(blob, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        pair = ""
    if not pair:
        raise oauth_error("Invalid client: cannot retrieve client credentials", "invalid_client")
    if pair != f"{CLIENT_ID}:{CLIENT_SECRET}":
        raise oauth_error("Invalid client: client is invalid", "invalid_client", 401)
    if call.request.mimetype != "application/x-www-form-urlencoded":
        raise oauth_error("Invalid request: content must be application/x-www-form-urlencoded", "invalid_request")
