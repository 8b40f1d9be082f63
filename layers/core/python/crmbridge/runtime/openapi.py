"""The API's description (OpenAPI 3.1), made from the declared routes: ``make openapi`` writes docs/openapi.json."""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, cast

from crmbridge import connectors, errors
from crmbridge.errors import CrmBridgeError
from crmbridge.runtime._routes import Role, Route
from crmbridge.runtime._shapes import Shape, text, thing, whole
from crmbridge.runtime.outcomes import OUTCOMES, outcome_of
from crmbridge.runtime.routes import connecting, crm_api, open_doors

Json = dict[str, Any]

PROBLEM: Shape = thing(
    {
        "type": text(),
        "title": text("The kind of problem."),
        "status": whole(),
        "detail": text("What went wrong this time."),
        "field": text("The field, parameter or header that it is about."),
        "nextStep": text("What to do about it."),
    },
    "A problem document (RFC 9457).",
    named="Problem",
    needs=["type", "title", "status", "nextStep"],
)
_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text of your own. Sent again within 24 hours with the same request, the same answer comes back "
    "and nothing is done twice; with another request it is refused.",
    "schema": text(least=1, most=255),
}
_ROLES: Mapping[Role | None, str] = {
    "viewer": "Any role.",
    "operator": "Role operator or admin.",
    "admin": "Role admin.",
    None: "Open: no token.",
}
_PARAMETER = re.compile(r"\{(\w+)\}")


def document() -> Json:
    """Return the whole description."""
    routes = (*crm_api.ROUTES, *connecting.ROUTES, *open_doors.routes(connectors.names(), connectors.declaration))
    components: dict[str, Shape] = {}
    paths: dict[str, Json] = {}
    for route in sorted(routes, key=lambda each: (each.path, each.method)):
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "CRM Bridge",
            "version": "1",
            "description": "Keeps CRMs in step with each other. Each token belongs to one workspace.",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "tags": [{"name": name} for name in sorted({each.tag for each in routes})],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "schemas": dict(sorted(components.items())),
        },
    }


def _operation(route: Route, components: dict[str, Shape]) -> Json:
    summary, _, more = inspect.cleandoc(route.do.__doc__ or "").partition("\n")
    described = more.partition("Raises:")[0].strip()
    operation: Json = {
        "operationId": re.sub(r"_(\w)", lambda found: found[1].upper(), route.name),
        "summary": summary.rstrip(".").replace("``", "`"),
        "description": "\n\n".join(each for each in (described.replace("``", "`"), _ROLES[route.role]) if each),
        "tags": [route.tag],
        "parameters": _parameters(route),
        "responses": _responses(route, components),
    }
    if route.role is None:
        operation["security"] = []
    if route.body is not None:
        needed = "required" in route.body or route.body.get("type") == "array"
        media = {"application/json": {"schema": _named(route.body, components)}}
        operation["requestBody"] = {"required": needed, "content": media}
    return {name: each for name, each in operation.items() if each != [] or name == "security"}


def _parameters(route: Route) -> list[Json]:
    path = [
        {"name": name, "in": "path", "required": True, "schema": text(least=1)}
        for name in _PARAMETER.findall(route.path)
    ]
    query = [{"name": name, "in": "query", "schema": shape} for name, shape in route.query.items()]
    return [*path, *query, *([_KEY] if route.replays else [])]


def _responses(route: Route, components: dict[str, Shape]) -> Json:
    body = {} if route.status == 204 else {"content": {route.media: {"schema": _named(route.answer, components)}}}
    said = {str(status): {"description": "As asked.", **body} for status in (route.status, *route.also)}
    problem = {"content": {"application/problem+json": {"schema": _named(PROBLEM, components)}}}
    raised: Json = {str(status): {"description": words, **problem} for status, words in _problems(route).items()}
    if route.role is not None:
        raised["401"] = {"description": "No token, or none that is valid; answered before the request arrives here."}
    return dict(sorted({**raised, **said}.items()))


def _problems(route: Route) -> dict[int, str]:
    """Return the statuses and titles of the errors that a route can answer: its own, and those of every route."""
    named = re.findall(r"^\s*(\w+Error):", (route.do.__doc__ or "").partition("Raises:")[2], re.MULTILINE)
    if route.role is not None:
        named.append("ForbiddenError")
    if route.query or route.body is not None:
        named.append("RequestRejectedError")
    if route.replays:
        named += ["KeyReusedError", "LeaseHeldError"]
    kinds = [cast("type[CrmBridgeError]", getattr(errors, name)) for name in named]
    outcomes = [next(outcome for kind, outcome in OUTCOMES if issubclass(each, kind)) for each in kinds]
    titles: dict[int, list[str]] = {}
    for outcome in outcomes:
        if outcome.title not in titles.setdefault(outcome.status, []):
            titles[outcome.status].append(outcome.title)
    if route.role is not None:
        titles[500] = [outcome_of(Exception()).title]
    return {status: "; ".join(words) for status, words in titles.items()}


def _named(shape: Shape, components: dict[str, Shape]) -> Shape:
    """Return a shape whose named parts are references to the components, where they are put."""
    name = shape.get("title")
    inner: Shape = {key: _inner(key, value, components) for key, value in shape.items() if key != "title"}
    if name is None:
        return inner
    if components.setdefault(name, inner) != inner:
        raise ValueError(f"two different shapes are called {name}")
    return {"$ref": f"#/components/schemas/{name}"}


def _inner(key: str, value: Any, components: dict[str, Shape]) -> Any:  # noqa: ANN401 - JSON Schema
    if key == "properties":
        return {name: _named(each, components) for name, each in cast("Mapping[str, Shape]", value).items()}
    if key in ("items", "additionalProperties") and isinstance(value, dict):
        return _named(cast("Shape", value), components)
    if key == "anyOf":
        return [_named(each, components) for each in cast("list[Shape]", value)]
    return value


def to_text() -> str:
    """Return the description as the file holds it."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def main(arguments: Iterable[str] = ()) -> None:
    """Write the description to where it is asked for, else to standard output."""
    from pathlib import Path  # noqa: PLC0415 - a developer's errand, in a file that functions may load

    for path in arguments:
        Path(path).write_text(to_text(), encoding="utf-8")
    if not arguments:
        sys.stdout.write(to_text())


if __name__ == "__main__":
    main(sys.argv[1:])
