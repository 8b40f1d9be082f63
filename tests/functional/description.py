"""Holds what the API answers against its own description."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator

from crmbridge.runtime import openapi

DOCUMENT = openapi.document()


@cache
def _operations() -> list[tuple[str, re.Pattern[str], dict[str, Any]]]:
    return [
        (method.upper(), re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), operation)
        for path, operations in DOCUMENT["paths"].items()
        for method, operation in operations.items()
    ]


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    """Return what is said of a request; ``None`` where no route takes it. The plainest path wins."""
    asked = urlsplit(path).path
    found = [each for verb, pattern, each in _operations() if verb == method and pattern.fullmatch(asked)]
    return min(found, key=lambda each: len(each.get("parameters", ())), default=None)


@cache
def _validator(operation_id: str, status: str) -> Draft202012Validator | None:
    operation = next(each for *_, each in _operations() if each["operationId"] == operation_id)
    content = operation["responses"][status].get("content")
    if content is None:
        return None
    ((_, media),) = content.items()
    return Draft202012Validator({**media["schema"], "components": DOCUMENT["components"]})


def assert_described(method: str, path: str, status: int, body: Any) -> None:
    """Fail where an answer's status or body is not what the description says."""
    operation = operation_of(method, path)
    if operation is None:
        assert status == 404, f"{method} {path} is described nowhere"
        return
    assert str(status) in operation["responses"], f"{method} {path} answers {status}, which is not described: {body}"
    validator = _validator(operation["operationId"], str(status))
    if validator is not None:
        wrong = [f"{each.json_path}: {each.message[:200]}" for each in validator.iter_errors(body)]
        assert not wrong, f"{method} {path} answers {status} otherwise than described: {wrong[:3]}"
