"""Consent page, token endpoint, and the account's present address."""

from __future__ import annotations

import json
from typing import Any, cast
from urllib.parse import urlencode

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from sandbox._oauth_page import Consent, consent_page
from sandbox.kommo.errors import oauth_problem, problem
from sandbox.kommo.http.pages import answer
from sandbox.kommo.portal import Portal
from sandbox.kommo.setup import (
    ACCOUNT_ID,
    CLIENT_ID,
    CLIENT_SECRET,
    INTEGRATION_NAME,
    SCOPES,
    SUBDOMAIN,
    host_of,
)

JsonObject = dict[str, Any]
DEFAULT_REDIRECT = "http://127.0.0.1/auth/callback"
"""Registered with the integration; one in the address takes its place, as test redirects of one machine differ."""


def show_consent(portal: Portal, request: Request) -> Response:
    """``GET /oauth``."""
    if request.args.get("client_id") != CLIENT_ID:
        raise problem(404)
    consent = Consent(title="Kommo", app=INTEGRATION_NAME, account=f"{SUBDOMAIN}.kommo.com", scopes=SCOPES)
    fields = {name: request.args.get(name, "") for name in ("state", "redirect_uri")}
    return consent_page(consent, action=f"{portal.settings.base_url}/oauth", fields=fields)


def decide(portal: Portal, request: Request) -> Response:
    """``POST /oauth``: back to the integration, with the account's host as ``referer``."""
    target = request.form.get("redirect_uri") or DEFAULT_REDIRECT
    state = request.form.get("state", "")
    if request.form.get("decision") != "grant":
        query = {"error": "access_denied", "client_id": CLIENT_ID, "state": state}
    else:
        query = {"code": portal.tokens.new_code(target), "state": state, "client_id": CLIENT_ID}
        query["referer"] = host_of(portal.settings.base_url)
    return redirect(f"{target}?{urlencode(query)}")


def give_tokens(portal: Portal, request: Request) -> Response:
    """``POST /oauth2/access_token``: JSON, never a form."""
    if request.mimetype != "application/json":
        raise oauth_problem(400, "Check the `grant_type` parameter")
    try:
        body: object = json.loads(request.get_data())
    except ValueError as error:
        raise oauth_problem(400, "Check the `grant_type` parameter") from error
    sent = cast("JsonObject", body) if isinstance(body, dict) else {}
    if sent.get("client_id") != CLIENT_ID:
        raise oauth_problem(401, "Check the `client_id` parameter")
    if sent.get("client_secret") != CLIENT_SECRET:
        raise oauth_problem(401, "Client authentication failed")
    redirect_uri = str(sent.get("redirect_uri") or "")
    if not redirect_uri:
        raise oauth_problem(400, "Check the `redirect_uri` parameter")
    grant_type = sent.get("grant_type")
    if grant_type == "authorization_code":
        return answer(portal.tokens.exchange(str(sent.get("code") or ""), redirect_uri))
    if grant_type == "refresh_token":
        token = str(sent.get("refresh_token") or "")
        return answer(portal.tokens.refresh(token, redirect_uri, portal.account.options))
    raise oauth_problem(400, "Check the `grant_type` parameter")


def tell_subdomain(portal: Portal, request: Request) -> Response:
    """``GET /oauth2/account/current/subdomain``: where the account of a refresh token is now."""
    if not portal.tokens.knows_refresh(request.headers.get("X-Refresh-Token", "")):
        raise problem(401)
    domain = host_of(portal.settings.base_url)
    return answer({"id": ACCOUNT_ID, "subdomain": SUBDOMAIN, "domain": domain, "top_level_domain": "com"})
