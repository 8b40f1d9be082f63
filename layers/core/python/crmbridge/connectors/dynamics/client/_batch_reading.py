"""Read what a batch answered, part by part."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from crmbridge.connectors.dynamics.client._batch import BOUNDARY, Reply


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
    found = BOUNDARY.search(content_type)
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
