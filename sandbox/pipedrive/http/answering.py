"""From a request to an answer: route, token, limits, scopes, handler, errors."""

from __future__ import annotations

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from sandbox._calls import annotate_object
from sandbox.pipedrive.errors import VendorError, error, over_limit, scope_mismatch, unauthorized
from sandbox.pipedrive.http.calls import ApiCall, answer
from sandbox.pipedrive.http.routes import Route, Router
from sandbox.pipedrive.portal import Portal
from sandbox.pipedrive.schema import BY_FIELDS_PATH, BY_PATH

_WORDS = {
    400: "Bad request",
    402: "Company account is not open",
    403: "Forbidden",
    404: "Not found",
    410: "Gone",
    415: "Feature is not enabled",
    422: "Unprocessable entity",
    500: "Internal server error",
    502: "Bad gateway",
    503: "Service unavailable",
    504: "Gateway timeout",
}


class Answering:
    """Answers vendor calls on one portal."""

    def __init__(self, portal: Portal) -> None:
        """Answer for ``portal``."""
        self._portal = portal
        self._router = Router()

    def answer(self, request: Request) -> Response:
        """Answer one call; every failure is the vendor's error."""
        headers: dict[str, str] = {}
        try:
            route, params = self._router.find(request)
            call = ApiCall(request=request, portal=self._portal, params=params)
            annotate_object(request, _object_of(route, params))
            headers = self._admit(route, call)
            response = route.handler(call)
        except VendorError as refusal:
            response = _refuse(refusal)
        except HTTPException as problem:
            words = "Unknown method ." if problem.code == 404 else problem.description or "Not allowed"
            response = _refuse(error(problem.code or 404, words))
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    def template(self, request: Request) -> str:
        """Return the endpoint's template, for the log."""
        return self._router.template(request)

    def error_answer(self, status: int, request: Request) -> Response:
        """Return the vendor's answer with ``status``."""
        del request
        if status == 429:
            return _refuse(
                over_limit({"x-ratelimit-limit": "80", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "2"})
            )
        if status == 401:
            return _refuse(unauthorized())
        return _refuse(error(status, _WORDS.get(status, f"error {status}")))

    def _admit(self, route: Route, call: ApiCall) -> dict[str, str]:
        """Check token, limits and scopes; return the headers of the limits.

        Raises:
            VendorError: 401, 429 or 403.
        """
        call.company.tables["person"].purge(call.company.clock.now_ms())
        if route.cost is None:
            return {}
        headers = call.request.headers
        bearer = headers.get("Authorization", "")
        bearer = bearer[7:].strip() if bearer.lower().startswith("bearer ") else ""
        api_token = headers.get("x-api-token") or call.request.args.get("api_token", "")
        call.access = self._portal.tokens.authenticate(bearer, api_token)
        told = self._portal.gate.admit(call.access, cost=route.cost, is_search=route.is_search)
        if not call.access.is_api_token and not _needed(route, call) & set(call.access.scopes):
            raise scope_mismatch()
        return told


def _needed(route: Route, call: ApiCall) -> set[str]:
    kind = call.params.get("kind") or route.path.split("/")[1]
    spec = BY_PATH.get(kind) or BY_FIELDS_PATH.get(call.params.get("fields", ""))
    return {each.format(object=spec.scope if spec else "") for each in route.scopes}


def _object_of(route: Route, params: dict[str, str]) -> str:
    if "kind" in params or "fields" in params:
        return params.get("kind") or params["fields"]
    return route.path.split("/")[1]


def _refuse(refusal: VendorError) -> Response:
    if isinstance(refusal.body, str):
        response = Response(refusal.body, status=refusal.status, mimetype="text/html")
    else:
        response = answer(refusal.body, refusal.status)
    response.headers.update(refusal.headers)
    return response
