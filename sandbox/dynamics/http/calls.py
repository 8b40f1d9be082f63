"""One call of the Web API and its answer, on the wire or inside a batch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.dynamics.errors import DataverseError, bad_payload
from sandbox.dynamics.odata.preferences import Preferences, preferences
from sandbox.dynamics.values import as_object


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call.

    Attributes:
        path: below the service root, decoded.
        args: query options, decoded.
        headers: names in lower case.
        by: id of the user who calls.
        root: URL of the service root, with a slash at its end.
    """

    method: str
    path: str
    args: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    by: str
    root: str

    @property
    def prefer(self) -> Preferences:
        """What the caller prefers."""
        return preferences(self.headers)

    def json(self) -> dict[str, Any]:
        """Return the body.

        Raises:
            DataverseError: it is no JSON object, or not said to be JSON.
        """
        if not self.headers.get("content-type", "").lower().startswith("application/json"):
            raise DataverseError("0x80048d19", "A supported MIME type could not be found.", status=415)
        try:
            return as_object(json.loads(self.body or b"{}"))
        except ValueError as problem:
            raise bad_payload(f"Invalid JSON: {problem}.") from None


@dataclass(slots=True, kw_only=True)
class Answer:
    """One answer.

    Attributes:
        table: name of the table concerned, for the log.
        records: rows carried.
    """

    status: int = 204
    body: object = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    table: str = ""
    records: int = 0
    unchanged: int = 0


def refusal(error: DataverseError) -> Answer:
    """Return a refusal as an answer."""
    return Answer(status=error.status, body=error.as_json())
