"""One call to the API and its answer, apart from any web framework."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from sandbox.salesforce.actors import Actor
from sandbox.salesforce.errors import BadJsonError, SalesforceError

JsonObject = dict[str, Any]
_JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a client asks; subrequests of a composite are calls, too.

    Attributes:
        headers: names in lower case.
        actor: the session's user and the call's options.
        depth: 0 for a call, more for a subrequest.
    """

    method: str
    path: str
    args: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    actor: Actor
    depth: int = 0

    @property
    def version(self) -> str:
        """The API version of the path, such as ``67.0``."""
        return self.actor.version

    def json(self) -> Any:
        """Read the body.

        Raises:
            SalesforceError: UNSUPPORTED_MEDIA_TYPE, not sent as JSON.
            BadJsonError: not JSON.
        """
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != _JSON:
            message = f"HTTP Header Content-Type: {kind or 'none'} is not supported for this resource"
            raise SalesforceError("UNSUPPORTED_MEDIA_TYPE", message)
        try:
            return json.loads(self.body)
        except ValueError as problem:
            message = f"Unexpected character or end of input at [line:1, column:1]: {problem}"
            raise BadJsonError(message) from problem

    def object(self) -> JsonObject:
        """Read a body that must be a JSON object.

        Raises:
            BadJsonError: not an object.
        """
        body = self.json()
        if not isinstance(body, dict):
            raise BadJsonError("The HTTP entity body is required, but this request has no entity body.")
        return cast("JsonObject", body)


@dataclass(slots=True, kw_only=True)
class Answer:
    """What goes back.

    Attributes:
        body: JSON, or ``None`` for an empty body.
        raw: bytes sent instead of JSON.
        records: how many records it is about, for the log of calls.
        object: the object it is about, for the log.
        unchanged: how many records it saved as they were, for the log.
    """

    status: int = 200
    body: Any = None
    raw: bytes | None = None
    content_type: str = "application/json;charset=UTF-8"
    headers: dict[str, str] = field(default_factory=dict[str, str])
    records: int | None = None
    object: str = ""
    unchanged: int = 0

    def data(self) -> bytes:
        """Return the bytes of the body."""
        if self.raw is not None:
            return self.raw
        if self.body is None:
            return b""
        return json.dumps(self.body, separators=(",", ":"), ensure_ascii=False).encode()


def mapping(value: object) -> JsonObject:
    """Return a JSON object as it is, an empty one for anything else."""
    return cast("JsonObject", value) if isinstance(value, dict) else {}


def listing(value: object) -> list[Any]:
    """Return a JSON array as it is, an empty one for anything else."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def refusal(error: SalesforceError) -> Answer:
    """Return an error as the array a single call gets."""
    return Answer(status=error.status, body=[error.as_answer()])
