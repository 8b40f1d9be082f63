r"""``$batch``: many calls in one body of several parts, in their order.

Source: Dataverse developer guide, execute batch operations using the Web API.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox.dynamics.errors import DataverseError, bad_payload
from sandbox.dynamics.http.calls import Answer, Call, refusal

MAX_REQUESTS = 1000
_URL_MAX = 65_536
_BOUNDARY = re.compile(r"multipart/mixed;\s*boundary=\"?([^\";]+)\"?", re.IGNORECASE)
_ROOT = re.compile(r"^/(?:api/data/v9\.\d/)?")
_REASONS = {200: "OK", 201: "Created", 204: "No Content", 304: "Not Modified", 400: "Bad Request", 404: "Not Found"}

Carry = Callable[[Call], Answer]


@dataclass(slots=True)
class Part:
    """One request of a batch, or a change set of several."""

    call: Call | None = None
    content_id: str = ""
    parts: list[Part] = field(default_factory=list["Part"])


@dataclass(slots=True)
class Batch:
    """What came of a batch."""

    status: int
    body: bytes
    content_type: str
    requests: int
    records: int
    tables: list[str]
    unchanged: int


def run_batch(call: Call, carry: Carry, *, undo: Callable[[int], None], mark: Callable[[], int], name: str) -> Batch:
    """Carry out a batch.

    Args:
        carry: carries out one call, or undoes it and raises.
        undo: goes back to a mark.
        mark: returns a place to go back to.
        name: for boundaries, never the same twice.

    Raises:
        DataverseError: the batch as a whole cannot be read, or holds too many requests.
    """
    parts = list(_parts(call.body, _boundary(call.headers), call))
    requests = sum(len(each.parts) or 1 for each in parts)
    if requests > MAX_REQUESTS:
        raise DataverseError("0x80048d21", f"A batch may hold no more than {MAX_REQUESTS} requests.")
    done = _Writer(f"batchresponse_{name}")
    status = 200
    for number, part in enumerate(parts):
        if part.call is not None:
            failed = done.add(_tried(carry, part.call))
        else:
            failed = _change_set(part, carry, done, undo=undo, mark=mark, name=f"{name}_{number}")
        if failed and not call.prefer.goes_on:
            status = failed
            break
    content_type = f"multipart/mixed; boundary={done.boundary}"
    return Batch(status, done.body(), content_type, requests, done.records, done.tables, done.unchanged)


def _tried(carry: Carry, call: Call) -> Answer:
    try:
        return carry(call)
    except DataverseError as error:
        return refusal(error)


def _change_set(
    part: Part, carry: Carry, done: _Writer, *, undo: Callable[[int], None], mark: Callable[[], int], name: str
) -> int:
    """Carry out all requests of a change set or none; its first refusal is all that is told."""
    start, inner = mark(), _Writer(f"changesetresponse_{name}")
    made: dict[str, str] = {}
    for each in part.parts:
        if each.call is None or each.call.method == "GET":
            answer = refusal(bad_payload("A change set holds no queries and no further change sets."))
        else:
            answer = _tried(carry, _resolved(each.call, made))
        if answer.status >= 400:
            undo(start)
            alone = _Writer(f"changesetresponse_{name}")
            alone.add(answer, each.content_id)
            done.nest(alone)
            return answer.status
        inner.add(answer, each.content_id)
        made[each.content_id] = answer.headers.get("OData-EntityId", "")
    done.nest(inner)
    return 0


def _resolved(call: Call, made: Mapping[str, str]) -> Call:
    """Put the addresses of earlier rows in place of ``$1``."""
    body = call.body.decode()
    for content_id, address in made.items():
        body = body.replace(f'"${content_id}"', json.dumps(address))
    path = call.path
    head = re.match(r"\$(\w+)", path)
    if head and head[1] in made:
        path = made[head[1]].removeprefix(call.root) + path[head.end() :]
    return replace(call, body=body.encode(), path=path)


class _Writer:
    """Writes the parts of an answer."""

    def __init__(self, boundary: str) -> None:
        self.boundary = boundary
        self.records = self.unchanged = 0
        self.tables: list[str] = []
        self._parts: list[str] = []

    def add(self, answer: Answer, content_id: str = "") -> int:
        """Add an answer; returns its status if it is a refusal, else 0."""
        head = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
        head += [f"Content-ID: {content_id}"] if content_id else []
        lines = [f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Refused')}"]
        text = "" if answer.body is None else json.dumps(answer.body, ensure_ascii=False)
        if text:
            lines.append("Content-Type: application/json; odata.metadata=minimal")
        lines.append("OData-Version: 4.0")
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        self._parts.append("\r\n".join([*head, "", *lines, "", text]))
        self.records += answer.records
        self.unchanged += answer.unchanged
        self.tables += [answer.table] if answer.table else []
        return answer.status if answer.status >= 400 else 0

    def nest(self, inner: _Writer) -> None:
        """Add a change set."""
        head = f"Content-Type: multipart/mixed; boundary={inner.boundary}"
        self._parts.append(f"{head}\r\n\r\n{inner.body().decode()}")
        self.records += inner.records
        self.unchanged += inner.unchanged
        self.tables += inner.tables

    def body(self) -> bytes:
        """Return all parts."""
        parts = "".join(f"--{self.boundary}\r\n{part}\r\n" for part in self._parts)
        return f"{parts}--{self.boundary}--\r\n".encode()


# ------------------------------------------------------------------------------------------- reading


def _boundary(headers: Mapping[str, str]) -> str:
    match = _BOUNDARY.search(headers.get("content-type", ""))
    if match is None:
        raise DataverseError("0x80048d19", "The batch request must have Content-Type multipart/mixed.")
    return match[1]


def _parts(body: bytes, boundary: str, outer: Call) -> Iterator[Part]:
    text = body.decode()
    mark = f"--{boundary}"
    if f"{mark}--" not in text or "\r\n" not in text:
        raise bad_payload("The batch does not end with its boundary, or its lines do not end with CRLF.")
    for piece in text.partition(f"{mark}--")[0].split(mark)[1:]:
        head, _, content = piece.removeprefix("\r\n").partition("\r\n\r\n")
        headers = _headers(head)
        inner = _BOUNDARY.search(headers.get("content-type", ""))
        if inner is not None:
            yield Part(parts=list(_parts(content.encode(), inner[1], outer)))
        elif headers.get("content-type", "").startswith("application/http"):
            yield Part(call=_call(content, outer), content_id=headers.get("content-id", ""))
        else:
            raise bad_payload("A part of the batch has the Content-Type neither of a request nor of a change set.")


def _headers(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.split("\r\n") if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _call(text: str, outer: Call) -> Call:
    head, _, body = text.partition("\r\n\r\n")
    line, _, headers = head.partition("\r\n")
    words = line.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise bad_payload(f"'{line[:100]}' is no request line.")
    if len(words[1]) > _URL_MAX:
        raise bad_payload("The URL in a batch has more than 65,536 characters.")
    url = urlsplit(words[1])
    return Call(
        method=words[0].upper(),
        path=_ROOT.sub("", unquote(url.path), count=1),
        args=dict(parse_qsl(url.query, keep_blank_values=True)),
        headers=_headers(headers),
        body=body.rstrip("\r\n").encode(),
        by=outer.by,
        root=outer.root,
    )
