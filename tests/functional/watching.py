"""What a refused request has to leave alone: everything stored, everything queued, and the CRMs."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from tests.functional.rehearsal import Rehearsal


def everything(rehearsal: Rehearsal, *, crms: bool = True) -> dict[str, Any]:
    """Return all that a request could change, comparable; with ``crms`` also how often each CRM was called.

    Expired documents count as absent, as they do for everybody who reads them.
    """
    documents = rehearsal.documents
    seen: dict[str, Any] = {
        "records": {workspace: dict(records) for workspace, records in rehearsal.records._records.items() if records},
        "documents": {
            f"{each.pk} {each.sk}": each for pk in list(documents._partitions) for each in documents.query(pk)
        },
        "queues": [each.content for each in rehearsal.queues.messages],
        "stream": list(rehearsal.stream),
    }
    if crms:
        seen["calls"] = {crm: calls(rehearsal, crm) for crm in rehearsal.apps}
    return seen


def calls(rehearsal: Rehearsal, crm: str, endpoint: str = "") -> int:
    """Return how many calls a CRM answered whose endpoint holds some text."""
    counts = rehearsal.control(crm, "calls?limit=0")["counts"]
    return sum(row["count"] for row in counts if endpoint in row["endpoint"])


@contextmanager
def nothing_changes(rehearsal: Rehearsal, *, crms: bool = True) -> Generator[None]:
    """Fail if anything is different after the block; ``crms=False`` where asking the CRM is the only way to tell."""
    before = everything(rehearsal, crms=crms)
    yield
    after = everything(rehearsal, crms=crms)
    different = [name for name in before if before[name] != after[name]]
    assert not different, {name: (before[name], after[name]) for name in different}


def assert_problem(answer: tuple[int, dict[str, Any]], status: int, *, field: str | None, says: str = "") -> None:
    """Check a problem document (RFC 9457): all of its parts, in words that a caller can act upon."""
    got, body = answer
    assert got == status, body
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert body["title"]
    assert says in body["detail"]
    assert body.get("field") == field
    assert body["nextStep"]
    assert not {"Traceback", 'File "'} & set(str(body).split())
