r"""``$batch``: requests written as one body of several parts, and the answers read out of it.

Source: Dataverse developer guide, execute batch operations using the Web API.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

BATCH = "batch_crmbridge"
_CHANGES = "changeset_crmbridge"
_BOUNDARY = re.compile(r"boundary=\"?([^\";\s]+)\"?", re.IGNORECASE)
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


def read(content_type: str, body: bytes) -> list[Reply | tuple[Reply, ...]]:
    """Read a batch's answers in their order; a change set's stand together.

    Raises:
        ValueError: it is no body of several parts, or a part is no answer.
    """
    return list(_replies(content_type, body.decode("utf-8")))


def _replies(content_type: str, text: str) -> Iterator[Reply | tuple[Reply, ...]]:
    for head, content in _split(content_type, text):
        kind = head.get("content-type", "")
        if kind.startswith("multipart/mixed"):
            yield tuple(_reply(inner) for _, inner in _split(kind, content))
        else:
            yield _reply(content)


def _split(content_type: str, text: str) -> Iterator[tuple[dict[str, str], str]]:
    """Yield each part's headers and content; a boundary counts at the beginning of a line only."""
    found = _BOUNDARY.search(content_type)
    if found is None or not content_type.lower().startswith("multipart/"):
        raise ValueError("the answer has no parts")
    mark = re.escape(found[1])
    pieces = re.split(rf"(?:\A|\r?\n)--{mark}(--)?[ \t]*(?=\r?\n|\Z)", text)
    if "--" not in pieces[1::2]:
        raise ValueError("the answer does not end with its boundary")
    for piece, ends in zip(pieces[2::2], pieces[1::2], strict=True):
        if ends:
            return
        head, _, content = re.sub(r"\A\r?\n", "", piece).replace("\r\n", "\n").partition("\n\n")
        yield _headers(head), content


def _headers(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.split("\n") if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _reply(text: str) -> Reply:
    head, _, content = text.strip("\r\n").partition("\n\n")
    line, _, headers = head.partition("\n")
    words = line.split(" ")
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdigit():
        raise ValueError("a part is no answer")
    body: object = json.loads(content) if content.strip() else {}
    held: Mapping[str, Any] = cast("Mapping[str, Any]", body) if isinstance(body, dict) else {}
    return Reply(status=int(words[1]), headers=_headers(headers), body=held)
