"""From a request to an answer: route, token, scopes, limits, handler, errors."""

from __future__ import annotations

import json
from collections.abc import Mapping

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from sandbox._calls import annotate_object
from sandbox.hubspot.account import LEAD_SCOPES, SCHEMA_SCOPES
from sandbox.hubspot.errors import VendorError, error, missing_scopes
from sandbox.hubspot.http.calls import ApiCall, answer
from sandbox.hubspot.http.routes import Route, Router
from sandbox.hubspot.object_types import find_object_type
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.tokens import Access

_SAMPLES = {
    400: ("There was a problem with the request.", "VALIDATION_ERROR"),
    401: ("The OAuth token used to make this call expired 75 second(s) ago.", "EXPIRED_AUTHENTICATION"),
    403: ("You do not have permissions to make this call.", "MISSING_SCOPES"),
    404: ("Object not found.  objectId are usually numeric.", "OBJECT_NOT_FOUND"),
    409: ("The object already exists.", "CONFLICT"),
    423: ("The object is locked.", "LOCKED"),
    500: ("internal error", None),
    502: ("bad gateway", None),
    503: ("service unavailable", None),
    504: ("gateway timeout", None),
}


class Answering:
    """Answers vendor calls on one portal."""

    def __init__(self, portal: Portal) -> None:
        """Answer for ``portal``."""
        self.portal = portal
        self._router = Router()

    def answer(self, request: Request) -> Response:
        """Answer one call; every failure is the vendor's error."""
        headers: dict[str, str] = {}
        try:
            route, params = self._router.find(request)
            annotate_object(request, _object_of(params))
            call = ApiCall(
                request=request,
                portal=self.portal,
                params=params,
                is_late_2026=route.is_late,
                started_ms=self.portal.clock.now_ms(),
            )
            headers = self._admit(route, call)
            response = route.handler(call)
        except VendorError as refusal:
            response = self._refuse(refusal)
        except HTTPException as problem:
            response = self._refuse(error(problem.code or 404, problem.description or "Not found"))
        response.headers.update(headers)
        return response

    def template(self, request: Request) -> str:
        """Return the endpoint's template, for the log."""
        return self._router.template(request)

    def error_answer(self, status: int, request: Request) -> Response:
        """Return the vendor's answer with ``status``; searches have a 429 of their own."""
        if status == 429:
            return self._refuse(_injected_429(request))
        if status == 477:
            refusal = error(477, "Migration in progress")
            refusal.headers["Retry-After"] = "2"
            return self._refuse(refusal)
        message, category = _SAMPLES.get(status, (f"error {status}", None))
        return self._refuse(error(status, message, category))

    def _admit(self, route: Route, call: ApiCall) -> dict[str, str]:
        """Check token, limits and scopes; return the headers of the limits.

        Raises:
            VendorError: 401, 429 or 403.
        """
        if route.scopes == "none":
            return {}
        access = self.portal.tokens.authenticate(call.request.headers.get("Authorization", ""))
        call.access = access
        gate, private = self.portal.gate, access.is_private_app
        headers = (
            gate.pass_search(is_private_app=private) if route.is_search else gate.pass_call(is_private_app=private)
        )
        try:
            _check_scopes(route, call, access)
        except VendorError as refusal:
            refusal.headers.update(headers)
            raise
        return headers

    def _refuse(self, refusal: VendorError) -> Response:
        body = dict(refusal.body)
        if "error_description" not in body:
            body["correlationId"] = self._uuid()
        if body.get("errorType") == "RATE_LIMIT":
            body["requestId"] = self._uuid()
        response = answer(body, refusal.status)
        response.headers.update(refusal.headers)
        return response

    def _uuid(self) -> str:
        text = f"{self.portal.state.rng.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def _object_of(params: Mapping[str, str]) -> str:
    """Return the object type of a path as its plural, two of them joined for associations."""
    spelt = [params[key] for key in ("objectType", "fromObjectType", "toObjectType") if key in params]
    kinds = [(find_object_type(each), each) for each in spelt]
    return "-".join(kind.name if kind else each for kind, each in kinds)


def _injected_429(request: Request) -> VendorError:
    if request.path.endswith("/search"):
        return error(429, "You have reached your secondly limit.", "RATE_LIMITS")
    body = json.loads(
        '{"status":"error","message":"You have reached your ten_secondly_rolling limit.",'
        '"errorType":"RATE_LIMIT","policyName":"TEN_SECONDLY_ROLLING"}'
    )
    return VendorError(status=429, body=body)


def _check_scopes(route: Route, call: ApiCall, access: Access) -> None:
    """Refuse a token without a scope for this route.

    Raises:
        VendorError: 403 naming what is missing, 400 for an unknown object type.
    """
    if route.scopes == "any":
        return
    held = set(access.scopes) - (set() if call.portal.state.options.has_leads else set(LEAD_SCOPES))
    for wanted in _alternatives(route, call):
        if not set(wanted) & held:
            raise missing_scopes(wanted[:1])


def _alternatives(route: Route, call: ApiCall) -> list[list[str]]:
    """Return groups of scopes; of each group the token needs one."""
    if route.scopes == "owners":
        return [["crm.objects.owners.read"]]
    names = [call.params[key] for key in ("objectType", "fromObjectType", "toObjectType") if key in call.params]
    groups: list[list[str]] = []
    for name in names:
        kind = find_object_type(name)
        if kind is None:
            call.portal.state.table(name)
            continue
        if kind.scope == "tickets":
            groups.append(["tickets"])
        elif kind.scope == "leads" and route.scopes.startswith("schema."):
            groups.extend(_for_schema_of_leads(route.scopes))
        elif route.scopes.startswith("schema."):
            right = route.scopes.removeprefix("schema.")
            same = [f"crm.schemas.{kind.scope}.{right}"]
            groups.append([*same, f"crm.objects.{kind.scope}.read"] if right == "read" else same)
        else:
            groups.append([f"crm.objects.{kind.scope}.{route.scopes}"])
    return groups


def _for_schema_of_leads(scopes: str) -> list[list[str]]:
    """Return the scopes for definitions of leads, which have no schema scopes of their own."""
    read, write = LEAD_SCOPES
    if scopes == "schema.read":
        return [[read, write]]
    return [[write], [each for each in SCHEMA_SCOPES if each.endswith(".write")]]
