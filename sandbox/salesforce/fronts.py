"""The doors beside the data API: OAuth, identity, versions, the retired SOAP login."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox.salesforce.api import Api
from sandbox.salesforce.dispatch import NEWEST_VERSION, OLDEST_VERSION
from sandbox.salesforce.errors import OAuthError
from sandbox.salesforce.identities import identity, user_info
from sandbox.salesforce.routes import oauth

_SEASONS = ("Spring", "Summer", "Winter")
_SPRING_24 = 60


def front_of(path: str) -> Callable[[Api, Request], Response] | None:
    """Return the function that answers a path outside of the data API."""
    trimmed = path.rstrip("/")
    if trimmed.startswith("/id/"):
        return _identity
    if trimmed.startswith("/services/Soap/u/"):
        return _soap_login
    return _FRONTS.get(trimmed)


def front_template(path: str) -> str:
    """Return the template of such a path, ``(unknown)`` if there is none."""
    trimmed = path.rstrip("/")
    if trimmed.startswith("/id/"):
        return "/id/{organization}/{user}"
    if trimmed.startswith("/services/Soap/u/"):
        return "/services/Soap/u/{version}"
    return trimmed if trimmed in _FRONTS else "(unknown)"


def bearer(request: Request) -> str | None:
    """Return the access token of a call."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() in {"bearer", "oauth"} and token.strip() else None


def json_response(body: Any, status: int = 200) -> Response:
    """Return ``body`` as JSON."""
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return Response(text, status=status, content_type="application/json;charset=UTF-8")


def _authorize(api: Api, request: Request) -> Response:
    if request.method not in {"GET", "POST"}:
        return Response(status=405)
    return oauth.authorize(api, request)


def _token(api: Api, request: Request) -> Response:
    if request.method != "POST":
        return json_response({"error": "invalid_request", "error_description": "must use HTTP POST"}, 400)
    try:
        response = json_response(oauth.token(api, request))
    except OAuthError as problem:
        body = {"error": problem.error, "error_description": problem.description}
        response = json_response(body, problem.status)
    response.headers["Cache-Control"] = "no-cache, no-store"
    return response


def _revoke(api: Api, request: Request) -> Response:
    try:
        oauth.revoke(api, request)
    except OAuthError as problem:
        return json_response({"error": problem.error, "error_description": problem.description}, problem.status)
    return Response(status=200)


def _user_info(api: Api, request: Request) -> Response:
    session = api.sessions.session_of(bearer(request) or "")
    if session is None:
        return Response("Bad_OAuth_Token", status=403, mimetype="text/plain")
    return json_response(user_info(api, session.user_id))


def _identity(api: Api, request: Request) -> Response:
    session = api.sessions.session_of(bearer(request) or request.args.get("oauth_token", ""))
    if session is None:
        return Response("Bad_OAuth_Token", status=403, mimetype="text/plain")
    _, _, organization_id, *rest = request.path.rstrip("/").split("/")
    if organization_id != api.org.organization_id or rest != [session.user_id]:
        return Response("Wrong_Org_Or_User", status=403, mimetype="text/plain")
    return json_response(identity(api, session.user_id))


def _versions(_api: Api, _request: Request) -> Response:
    found: list[dict[str, str]] = []
    for number in range(OLDEST_VERSION, NEWEST_VERSION + 1):
        season, year = _SEASONS[(number - _SPRING_24) % 3], 24 + (number - _SPRING_24 + 1) // 3
        label = f"{season} '{year}"
        found.append({"label": label, "url": f"/services/data/v{number}.0", "version": f"{number}.0"})
    return json_response(found)


def _soap_login(_api: Api, _request: Request) -> Response:
    fault = "INVALID_OPERATION: SOAP API login() is disabled by default in this org."
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
        'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:sf="urn:fault.partner.soap.sforce.com">'
        f"<soapenv:Body><soapenv:Fault><faultcode>INVALID_OPERATION</faultcode><faultstring>{fault}</faultstring>"
        "<detail><sf:UnexpectedErrorFault><sf:exceptionCode>INVALID_OPERATION</sf:exceptionCode>"
        f"<sf:exceptionMessage>{fault}</sf:exceptionMessage></sf:UnexpectedErrorFault></detail>"
        "</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
    return Response(body, status=500, content_type="text/xml;charset=UTF-8")


_FRONTS: dict[str, Callable[[Api, Request], Response]] = {
    "/services/oauth2/authorize": _authorize,
    "/services/oauth2/token": _token,
    "/services/oauth2/revoke": _revoke,
    "/services/oauth2/userinfo": _user_info,
    "/services/data": _versions,
}
