"""Which runs have ended, or stand still, since that was last told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from crmbridge.domain.events.of_states import RUN_ENDS
from crmbridge.errors import NotFoundError
from crmbridge.ports import Document
from crmbridge.services._runs import KEPT_S, Run, load_run
from crmbridge.services._telling import Telling
from crmbridge.services.announce_records import to_tell
from crmbridge.services.hub import Hub

NEVER_BEGUN = timedelta(hours=1)
"""A run that is nowhere this long after its end was promised was never begun: whoever wanted to, died."""

PLACE = "run#"


def expect_end(hub: Hub, workspace_id: str, integration_id: str, run_id: str) -> None:
    """Note, before a run is begun, that its end is to be told; the other way round a crash would keep it silent."""
    now = hub.now()
    body = {"at": now.isoformat(), "told": ""}
    expires_at = int(now.timestamp()) + KEPT_S
    document = Document(to_tell(workspace_id), f"{PLACE}{integration_id}#{run_id}", body, expires_at=expires_at)
    hub.documents.put(document, unconditionally=True)


def tell_runs(telling: Telling, expected: Sequence[Document]) -> None:
    """Collect what became of the runs whose end is to be told.

    Args:
        telling: of their workspace.
        expected: what ``expect_end`` has noted.
    """
    for document in expected:
        run = _run(telling, document)
        if run is None:
            continue
        is_news = run.status in RUN_ENDS and document.body["told"] != run.status
        if is_news:
            _tell(telling, run)
        if not run.is_live:
            telling.forget(document)
        elif is_news:
            telling.put(replace(document, body={**document.body, "told": run.status}))


def _run(telling: Telling, document: Document) -> Run | None:
    """Return the run that is waited for; ``None`` where there is nothing to wait for, or not yet."""
    _, integration_id, run_id = document.sk.split("#", 2)
    if integration_id not in telling.integrations:
        telling.forget(document)
        return None
    try:
        return load_run(telling.hub, telling.workspace_id, integration_id, run_id)
    except NotFoundError:
        if telling.now - datetime.fromisoformat(document.body["at"]) > NEVER_BEGUN:
            telling.forget(document)
        return None


def _tell(telling: Telling, run: Run) -> None:
    kind = RUN_ENDS[run.status]
    data: dict[str, Any] = {
        "runId": run.run_id,
        "mode": run.mode,
        "status": run.status,
        "startedAt": run.started_at.isoformat(),
        "endedAt": run.progress_at.isoformat(),
        "counts": {entity: dict(counts) for entity, counts in run.counts.items()},
        "skipped": list(run.skipped),
    }
    values = {"words": run.words} if run.words else {}
    where = run.integration_id
    telling.add(kind, where, cause=run.run_id, data=data, values=values, correlation_id=run.run_id)
    page, family = telling.page(where), "comparison" if run.mode == "comparison" else "reading"
    if kind in ("sync_failed", "sync_stalled"):
        if family not in page.failing:
            page.failing = tuple(sorted({*page.failing, family}))
            telling.notify(kind, where)
    elif kind == "sync_completed":
        has_recovered, page.failing = family in page.failing, tuple(each for each in page.failing if each != family)
        _tell_success(telling, run, has_recovered=has_recovered)


def _tell_success(telling: Telling, run: Run, *, has_recovered: bool) -> None:
    """Tell people of an end that means something to them; four an hour would not be read."""
    repaired = sum(counts.get("repaired", 0) + counts.get("left", 0) for counts in run.counts.values())
    what = "reading, which had failed before," if has_recovered else _WHOLE.get(run.mode, "")
    if run.mode == "comparison" and not (has_recovered or repaired):
        return
    if what:
        partly = ", though not everything could be read" if run.status == "partial" else ""
        telling.notify("sync_completed", run.integration_id, what=what, partly=partly)


_WHOLE = {"baseline": "the first read", "comparison": "a comparison that found differences"}
