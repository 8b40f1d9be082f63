r"""``$batch``: requests written as one body of several parts, and the answers read out of it.

Source: Dataverse developer guide, execute batch operations using the Web API.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

BATCH = "batch_crmbridge"
_CHANGES = "changeset_crmbridge"
BOUNDARY = re.compile(r"boundary=\"?([^\";\s]+)\"?", re.IGNORECASE)
_END = "\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request of a batch; ``path`` begins below the service root's host."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


ChangeSet = tuple[Request, ...]
"""Requests that are carried out all or none, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer of one request, or of a change set that was refused as a whole."""

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]


def written(requests: Sequence[Request | ChangeSet]) -> bytes:
    """Return a batch's body; lines end with CR and LF, as they must."""
    parts: list[str] = []
    for number, each in enumerate(requests):
        if isinstance(each, Request):
            parts.append(f"--{BATCH}{_END}{_part(each)}")
        else:
            mark = f"{_CHANGES}_{number}"
            inner = "".join(f"--{mark}{_END}{_part(one, place)}" for place, one in enumerate(each, 1))
            head = f"Content-Type: multipart/mixed; boundary={mark}"
            parts.append(f"--{BATCH}{_END}{head}{_END}{_END}{inner}--{mark}--{_END}")
    return f"{''.join(parts)}--{BATCH}--{_END}".encode()


def _part(request: Request, content_id: int = 0) -> str:
    head = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    head += [f"Content-ID: {content_id}"] if content_id else []
    lines = [f"{request.method} {request.path} HTTP/1.1"]
    lines += ["Content-Type: application/json; type=entry"] if request.body is not None else []
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    text = "" if request.body is None else json.dumps(request.body)
    return _END.join([*head, "", *lines, "", text, ""])
