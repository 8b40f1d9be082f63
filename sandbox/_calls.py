"""The log of calls a simulated CRM answered, without secrets."""

from __future__ import annotations

import re
import threading
from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from werkzeug.wrappers import Request

NO_ANSWER = 0
"""Status logged for a call whose connection ended without an answer."""

_KEPT_CALLS = 1000
_SECRET_KEY = re.compile(r"token|secret|code|password|key|assertion|signature|state|sid|hapikey", re.IGNORECASE)
_Key = tuple[str, str, str, int]
_SECRET_SEGMENT = re.compile(r"\{[^}]*(?:token|secret)[^}]*\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One answered call.

    Attributes:
        at: the sandbox clock, ISO 8601.
        endpoint: the path's template, such as ``/crm/v3/objects/{objectType}``.
        path: the path called; the template again where the path holds a secret.
        query: the query string, values of secret parameters replaced by ``***``.
        status: HTTP status, 0 if the connection ended without an answer.
        object: what it was about in the vendor's spelling, such as ``contacts``; empty if it
            was about no object, ``contacts-companies`` for associations, separated by commas
            if several were written at once.
        records: records in the request or the answer, as the CRM counted them.
        unchanged: records or associations it wrote that had every value already.
        fault: kind of the injected fault, or ``None``.
    """

    at: str
    method: str
    endpoint: str
    path: str
    object: str
    query: str
    status: int
    records: int
    unchanged: int
    duration_ms: float
    fault: str | None


def annotate_records(request: Request, records: int) -> None:
    """Tell the log how many records a call carried."""
    request.environ["sandbox.records"] = records


def annotate_object(request: Request, name: str) -> None:
    """Tell the log which object a call is about, in the vendor's spelling."""
    request.environ["sandbox.object"] = name


def annotate_unchanged(request: Request, rows: int) -> None:
    """Add written rows to those that had every value already, as stored, not as sent."""
    request.environ["sandbox.unchanged"] = request.environ.get("sandbox.unchanged", 0) + rows


def describe(request: Request, endpoint: str) -> dict[str, Any]:
    """Return the loggable part of a request: path, query, object and record counts."""
    secret_path = bool(_SECRET_SEGMENT.search(endpoint))
    return {
        "method": request.method,
        "endpoint": endpoint,
        "path": endpoint if secret_path else request.path,
        "query": _without_secrets(request.query_string.decode("latin-1")),
        "object": str(request.environ.get("sandbox.object", "")),
        "records": int(request.environ.get("sandbox.records", 0)),
        "unchanged": int(request.environ.get("sandbox.unchanged", 0)),
    }


def _without_secrets(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    hidden = [(key, "***" if _SECRET_KEY.search(key) else value) for key, value in pairs]
    return urlencode(hidden, safe="*,@:")


class CallLog:
    """Counts per endpoint, object and status since the last clearing, and the last 1,000 calls."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._calls: deque[Call] = deque(maxlen=_KEPT_CALLS)
            self._counts: Counter[_Key] = Counter()
            self._records: Counter[_Key] = Counter()
            self._unchanged: Counter[_Key] = Counter()

    def add(self, call: Call) -> None:
        """Append one call; the oldest beyond 1,000 is only counted from then on."""
        key = (call.method, call.endpoint, call.object, call.status)
        with self._lock:
            self._calls.append(call)
            self._counts[key] += 1
            self._records[key] += call.records
            self._unchanged[key] += call.unchanged

    def as_json(self, *, limit: int = _KEPT_CALLS) -> dict[str, Any]:
        """Return ``total``, ``counts`` (sorted) and the last ``limit`` ``calls``, oldest first."""
        with self._lock:
            calls = list(self._calls)[-limit:] if limit > 0 else []
            counts = sorted(self._counts.items())
            sums = {key: {"records": self._records[key], "unchanged": self._unchanged[key]} for key, _ in counts}
        names = ("method", "endpoint", "object", "status")
        rows = [dict(zip(names, key, strict=True)) | {"count": count} | sums[key] for key, count in counts]
        return {
            "total": sum(count for _, count in counts),
            "counts": rows,
            "calls": [asdict(call) for call in calls],
        }
