"""One call as the routes see it, and what they answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from werkzeug.wrappers import Request

from sandbox.zoho.account import API_USER, User
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.params import since_of

JsonObject = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Call:
    """A call below ``/crm/v8``; ``parts`` are its path's segments."""

    method: str
    parts: tuple[str, ...]
    params: Mapping[str, str]
    body: JsonObject
    since_s: int | None
    unmodified_since: str | None
    by: User = API_USER


@dataclass(slots=True, kw_only=True)
class Answer:
    """What a route answers; no body is a 204."""

    body: JsonObject | None
    status: int = 200
    object: str = ""
    records: int = 0
    unchanged: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])


def call_of(request: Request, parts: tuple[str, ...]) -> Call:
    """Read a request.

    Raises:
        ZohoError: its body is no JSON object.
    """
    return Call(
        method=request.method,
        parts=parts,
        params=request.args.to_dict(),
        body=_body(request),
        since_s=since_of(request.headers.get("If-Modified-Since")),
        unmodified_since=request.headers.get("If-Unmodified-Since"),
    )


def _body(request: Request) -> JsonObject:
    data = request.get_data()
    if not data:
        return {}
    try:
        said: object = json.loads(data)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        message = "either the request body or parameters is in wrong format"
        raise ZohoError(code="UNABLE_TO_PARSE_DATA_TYPE", message=message)
    return cast("JsonObject", said)
