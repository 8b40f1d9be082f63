"""Faults a test asks for, and what each does to a call.

``POST /_sandbox/faults`` takes a list of::

    {"match": {"method": "POST", "path": "/crm/v3/objects/.*/batch"},
     "kind": "status", "status": 429, "count": 2, "skip": 0, "delay_s": 0}

``path`` is a regular expression matched from the start of the path, so a plain prefix
works too; a missing ``method`` or ``path`` matches all. ``count`` is how many calls are
hit (default 1, ``null`` until cleared), ``skip`` how many matching calls pass first.

=====================  ==============================================================
kind                   what happens
=====================  ==============================================================
status                 the vendor's own error for ``status``; nothing is done
html                   a proxy's HTML page with ``status`` (default 502); nothing is done
slow                   done and answered, ``delay_s`` later (default 2)
timeout_before         nothing is done; held ``delay_s`` (default 30), closed unanswered
timeout_after_effect   done; held ``delay_s`` (default 30), closed unanswered
drop_connection        nothing is done; the socket is closed at once
truncated              done; half of the body under the full Content-Length, then closed
=====================  ==============================================================

``headers`` (object) and ``body`` (JSON or text) replace the vendor's own for ``status``.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Request, Response

from sandbox._connection import ending_error, is_on_the_wire, truncated_body

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
KINDS = frozenset(
    {
        "status",
        "html",
        "slow",
        "timeout_before",
        "timeout_after_effect",
        "drop_connection",
        "truncated",
    }
)
_DEFAULT_DELAY_S = {"timeout_before": 30.0, "timeout_after_effect": 30.0, "slow": 2.0}
_DEFAULT_STATUS = {"html": 502, "status": 503}
_PAGE = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>\n"

Answer = Callable[[], Response]
ErrorAnswer = Callable[[int], Response]
Hold = Callable[[float], object]


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault and how often it still hits; ``remaining`` ``None`` means until cleared."""

    kind: str
    method: str | None
    path: re.Pattern[str]
    status: int
    delay_s: float
    remaining: int | None
    skip: int
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: object = None
    hits: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return what was asked for and how often it has hit."""
        return {
            "match": {"method": self.method, "path": self.path.pattern},
            "kind": self.kind,
            "status": self.status,
            "delay_s": self.delay_s,
            "count": self.remaining,
            "skip": self.skip,
            "hits": self.hits,
        }


def parse_fault(raw: object) -> Fault:
    """Read one fault as described at the top of this module.

    Raises:
        ValueError: unknown kind or key, or a value of the wrong type.
    """
    if not isinstance(raw, dict):
        message = "a fault is a JSON object"
        raise ValueError(message)  # noqa: TRY004  (every malformed control body is a ValueError)
    body = cast("dict[str, Any]", raw)
    kind = body.get("kind")
    if kind not in KINDS:
        message = f"unknown fault kind {kind!r}; known: {sorted(KINDS)}"
        raise ValueError(message)
    unknown = set(body) - {"match", "kind", "status", "count", "skip", "delay_s", "headers", "body"}
    match = cast("dict[str, Any]", body.get("match") or {})
    unknown |= set(match) - {"method", "path"}
    if unknown:
        message = f"unknown keys in fault: {sorted(unknown)}"
        raise ValueError(message)
    method = str(match.get("method") or "").upper()
    if method and method not in METHODS:
        message = f"unknown method {method!r}; known: {sorted(METHODS)}"
        raise ValueError(message)
    count = body.get("count", 1)
    headers = cast("dict[str, object]", body.get("headers") or {})
    try:
        return Fault(
            kind=kind,
            method=method or None,
            path=re.compile(str(match.get("path") or "")),
            status=int(body.get("status") or _DEFAULT_STATUS.get(kind, 0)),
            delay_s=float(body.get("delay_s") or _DEFAULT_DELAY_S.get(kind, 0.0)),
            remaining=None if count is None else int(count),
            skip=int(body.get("skip") or 0),
            headers={str(name): str(value) for name, value in headers.items()},
            body=body.get("body"),
        )
    except (TypeError, re.error) as problem:
        message = f"malformed fault: {problem}"
        raise ValueError(message) from problem


class FaultBook:
    """The faults waiting to hit; the first that matches a call is used up by it."""

    def __init__(self) -> None:
        """Start without faults."""
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, raws: list[object]) -> None:
        """Append faults; all or none.

        Raises:
            ValueError: one of them is malformed.
        """
        faults = [parse_fault(raw) for raw in raws]
        with self._lock:
            self._faults.extend(faults)

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._faults.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """Return all faults, used up or not, oldest first."""
        with self._lock:
            return [fault.as_json() for fault in self._faults]

    def take(self, method: str, path: str) -> Fault | None:
        """Return the first fault that hits this call and count the hit."""
        with self._lock:
            for fault in self._faults:
                if fault.remaining == 0 or (fault.method not in {None, method}):
                    continue
                if not fault.path.match(path):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.hits += 1
                if fault.remaining is not None:
                    fault.remaining -= 1
                return fault
        return None


def perform(
    fault: Fault | None, request: Request, *, answer: Answer, error_answer: ErrorAnswer, hold: Hold
) -> Response:
    """Answer a call as ``fault`` wants it.

    Args:
        fault: ``None`` answers normally.
        request: the call.
        answer: does what was asked and answers.
        error_answer: builds the vendor's error for a status.
        hold: waits for seconds, ending early when the server stops.

    Raises:
        Exception: what ``ending_error`` returns, for faults that leave no answer.
    """
    if fault is None:
        return answer()
    if fault.kind == "status":
        return _error(fault, error_answer)
    if fault.kind == "html":
        text = _PAGE.format(f"{fault.status} {HTTP_STATUS_CODES.get(fault.status, 'Error')}")
        return Response(text, status=fault.status, mimetype="text/html")
    return _disturbed(fault, request, answer=answer, hold=hold)


def _disturbed(fault: Fault, request: Request, *, answer: Answer, hold: Hold) -> Response:
    wire = is_on_the_wire(request.environ)
    response = None if fault.kind in {"timeout_before", "drop_connection"} else answer()
    if wire or fault.kind == "slow":
        hold(fault.delay_s)
    if response is None or fault.kind == "timeout_after_effect":
        timed_out = fault.kind.startswith("timeout")
        raise ending_error(request.environ, "timeout" if timed_out else "dropped")
    if fault.kind == "truncated":
        return _truncated(response, request)
    return response


def _error(fault: Fault, error_answer: ErrorAnswer) -> Response:
    response = error_answer(fault.status)
    if fault.body is not None:
        text = fault.body if isinstance(fault.body, str) else json.dumps(fault.body)
        response.set_data(text)
    response.headers.update(fault.headers)
    return response


def _truncated(response: Response, request: Request) -> Response:
    body = response.get_data()
    broken = Response(truncated_body(body, request.environ), status=response.status, headers=response.headers)
    broken.headers["Content-Length"] = str(max(2, len(body)))
    return broken
