"""What comparisons found: one report per integration and entity, the last fifty kept."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from crmbridge.domain.records import Entity
from crmbridge.errors import ConflictError, NotFoundError
from crmbridge.ports import Document
from crmbridge.services._runs import Run
from crmbridge.services.hub import Hub

REPORTS_MAX = 50
"""Reports kept of one integration."""

COUNTED = (
    "there",
    "here",
    "both",
    "equal",
    "missing_here",
    "unlinked",
    "gone",
    "invisible",
    "newer_there",
    "newer_here",
    "frozen",
    "parked",
    "quarantined",
    "repaired",
    "left",
)
"""What is counted, in rows; explained in docs/sync-guarantees.md."""


def issue_report(hub: Hub, run: Run, entity: Entity, *, status: str, words: str = "") -> None:
    """Store what a comparison found of one entity, and forget all but the latest reports.

    Issued twice, it is the same report.
    """
    found = {name: run.found.get(name, 0) for name in COUNTED}
    body: dict[str, Any] = {
        "report_id": f"{run.run_id}-{entity}",
        "run_id": run.run_id,
        "integration_id": run.integration_id,
        "entity": entity,
        "status": status,
        "words": words,
        "started_at": run.started_at.isoformat(),
        "ended_at": hub.now().isoformat(),
        **found,
        "missing_there": found["unlinked"] + found["gone"] + found["invisible"],
        "differing": dict(sorted(run.differing.items())),
        "parity_percent": parity_percent(found),
    }
    pk = _pk(run.workspace_id, run.integration_id)
    hub.documents.put(Document(pk, body["report_id"], body), unconditionally=True)
    for old in hub.documents.query(pk)[:-REPORTS_MAX]:
        with suppress(ConflictError):
            hub.documents.delete(old)


def parity_percent(found: Mapping[str, int]) -> str:
    """Return the share of equal rows among all that should be on both sides, rounded down; two decimals.

    Example:
        >>> parity_percent({"both": 2999, "equal": 2999, "gone": 1})
        '99.96'
        >>> parity_percent({})
        '100.00'
    """
    missing = sum(found.get(name, 0) for name in ("missing_here", "unlinked", "gone", "invisible"))
    wanted = found.get("both", 0) + missing
    hundredths = 10_000 if wanted == 0 else found.get("equal", 0) * 10_000 // wanted
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def list_reports(hub: Hub, workspace_id: str, integration_id: str) -> list[dict[str, Any]]:
    """Return an integration's reports, newest first."""
    found = hub.documents.query(_pk(workspace_id, integration_id))
    return [dict(each.body) for each in reversed(found)][:REPORTS_MAX]


def load_report(hub: Hub, workspace_id: str, integration_id: str, report_id: str) -> dict[str, Any]:
    """Return one report.

    Raises:
        NotFoundError: there is no such report, or it was among the oldest.
    """
    document = hub.documents.get(_pk(workspace_id, integration_id), report_id)
    if document is None:
        raise NotFoundError(
            f"there is no report {report_id[:60]!r}", field="report_id", next_step="list the integration's reports"
        )
    return dict(document.body)


def _pk(workspace_id: str, integration_id: str) -> str:
    return f"{workspace_id}#REPORT#{integration_id}"
