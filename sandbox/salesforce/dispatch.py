"""From a path to the function that answers it."""

from __future__ import annotations

import re

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

from sandbox.salesforce.api import Api
from sandbox.salesforce.calls import Answer, Call, refusal
from sandbox.salesforce.errors import SalesforceError, not_found
from sandbox.salesforce.routes import DATA_ROUTES
from sandbox.salesforce.routes.route import Route

OLDEST_VERSION, NEWEST_VERSION = 60, 67
PREFIX = "/services/data/v"
_VERSION = re.compile(r"(\d\d)\.0\Z")
_PARAMETER = re.compile(r"<(?:path:)?(\w+)>")


def _rules() -> list[Rule]:
    return [
        Rule(
            f"{PREFIX}<api_version>{route.path}",
            methods=[route.method],
            endpoint=str(place),
            strict_slashes=False,
            merge_slashes=False,
        )
        for place, route in enumerate(DATA_ROUTES)
    ]


_ADAPTER = Map(_rules(), merge_slashes=False).bind("sandbox")


def dispatch(api: Api, call: Call) -> Answer:
    """Answer a call below ``/services/data``; every refusal is an answer, too."""
    try:
        route, params = _matched(call.method, call.path)
        return route.run(api, call, params)
    except SalesforceError as error:
        return refusal(error)


def template_of(method: str, path: str) -> str:
    """Return the template of a path, ``(unknown)`` if no route has it."""
    try:
        route, _ = _matched(method, path)
    except SalesforceError:
        return "(unknown)"
    return PREFIX + "XX.0" + _PARAMETER.sub(r"{\1}", route.path)


def version_of(path: str) -> str | None:
    """Return the API version a path names, ``None`` if it is none we serve."""
    found = _VERSION.match(path.removeprefix(PREFIX).partition("/")[0])
    return f"{found[1]}.0" if found and OLDEST_VERSION <= int(found[1]) <= NEWEST_VERSION else None


def _matched(method: str, path: str) -> tuple[Route, dict[str, str]]:
    if version_of(path) is None:
        raise not_found()
    try:
        place, params = _ADAPTER.match(path.rstrip("/") or "/", method="GET" if method == "HEAD" else method)
    except MethodNotAllowed as problem:
        allowed = ",".join(sorted(set(problem.valid_methods or ()) - {"OPTIONS"}))
        message = f"HTTP Method '{method}' not allowed. Allowed are {allowed}"
        raise SalesforceError("METHOD_NOT_ALLOWED", message) from problem
    except NotFound as problem:
        raise not_found() from problem
    values = {name: value for name, value in params.items() if name != "api_version"}
    return DATA_ROUTES[int(place)], values
