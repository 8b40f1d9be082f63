"""Lines of the archive as compressed JSON lines, their values sealed under the record's own key."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from crmbridge.ports.archive import ArchivedLine

Seal = Callable[[str, bytes, Mapping[str, str]], str]
"""Seals a text under a key, bound to a context."""


def prefix_of(workspace_id: str, day: str) -> str:
    """Return what the names of a workspace's and a day's objects begin with.

    Example:
        >>> prefix_of("acme", "2026-11-21")
        'journal/workspace=acme/date=2026-11-21/'
    """
    return f"journal/workspace={workspace_id}/date={day}/"


def objects_of(lines: Sequence[ArchivedLine], seal: Seal) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each object; the same lines have the same name, however often they are told."""
    groups: defaultdict[str, dict[str, ArchivedLine]] = defaultdict(dict)
    for each in lines:
        groups[prefix_of(each.workspace_id, each.day)][each.line_id] = each
    for prefix, found in sorted(groups.items()):
        name = hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()[:32]
        text = "".join(f"{_text(found[line_id], seal)}\n" for line_id in sorted(found))
        yield f"{prefix}{name}.jsonl.gz", gzip.compress(text.encode(), mtime=0)


def _text(line: ArchivedLine, seal: Seal) -> str:
    values = seal(json.dumps(dict(line.values), ensure_ascii=False), line.key, context_of(line.line_id))
    body = {"id": line.line_id, "record_id": line.record_id, **line.told, "sealed": values}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def context_of(line_id: str) -> dict[str, str]:
    """Return what a line's sealed values are bound to."""
    return {"line": line_id}


def lines_of(content: bytes, record_id: str) -> Iterator[dict[str, Any]]:
    """Yield a record's lines of one object, their values still sealed."""
    for text in gzip.decompress(content).decode().splitlines():
        line: dict[str, Any] = json.loads(text)
        if line["record_id"] == record_id:
            yield line
