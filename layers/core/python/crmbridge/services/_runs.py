"""Sync runs: what is being read, how far, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Literal, TypeAlias

from crmbridge.domain.altering import altered
from crmbridge.domain.messages import SyncMode
from crmbridge.domain.records import Entity
from crmbridge.errors import NotFoundError
from crmbridge.ports import Document
from crmbridge.services.hub import PARSED_MAX, Hub

RunStatus: TypeAlias = Literal["running", "done", "partial", "failed", "cancelled", "stalled"]
Phase: TypeAlias = Literal["list", "reconcile", "changed", "gone", "verify"]

PHASES: Mapping[SyncMode, tuple[Phase, ...]] = {
    "baseline": ("list", "reconcile"),
    "incremental": ("changed", "gone"),
    "comparison": ("list", "reconcile", "verify"),
}
"""What a run does with each entity, in order."""

STALLED_AFTER = 3
"""Runs, or their worth of tries, without progress after which a checkpoint counts as standing still."""

KEPT_S = 30 * 24 * 3600
"""How long a run's report is kept, in seconds."""


@dataclass(frozen=True)
class Run:
    """One reading of one integration, resumable at any point.

    Attributes:
        entities: still to be read, the present one first; empty when all are done.
        phase: what is being done with the first of them.
        cursor: page of that phase; ``None`` at its beginning.
        started_at: our clock.
        progress_at: our clock; when the last page was stored.
        source_time: the CRM's clock when the present entity's reading began, or ``None``.
        since: where the present entity's incremental reading began.
        counts: per entity, what became of its rows.
        words: why it ended badly, in the vendor's or our own words.
        skipped: entities that the CRM would not show, or not to the end.
        tries: tries in a row that stored no page; waiting for a quota, a pause or people is none.
        stuck_at: our clock; the first of them.
        rests_until: our clock; before this a step is on its way, and the planner need not send another.
        budget: rows that a comparison may still repair, ``None`` for any number.
        chosen: ids of a comparison's present page that were counted and are being repaired, so that a page that is
            begun again is not counted again; ``None`` before.
        found: what a comparison found of the present entity so far, see ``services._reports``.
        differing: by field, in how many rows of the present entity it differs.
        tally: which ids only one side has, see ``domain.tally``.
    """

    workspace_id: str
    integration_id: str
    run_id: str
    mode: SyncMode
    status: RunStatus
    started_at: datetime
    progress_at: datetime
    entities: tuple[Entity, ...]
    phase: Phase
    cursor: str | None = None
    source_time: datetime | None = None
    newest: datetime | None = None
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])
    words: str = ""
    skipped: tuple[Entity, ...] = ()
    tries: int = 0
    stuck_at: datetime | None = None
    rests_until: datetime | None = None
    budget: int | None = None
    chosen: tuple[str, ...] | None = None
    found: Mapping[str, int] = field(default_factory=dict[str, int])
    differing: Mapping[str, int] = field(default_factory=dict[str, int])
    tally: str = ""
    version: int = 0

    @property
    def is_live(self) -> bool:
        """Whether the run is to be continued; one that stands still is, until it moves or people act."""
        return self.status == "running" or (self.status == "stalled" and bool(self.entities))


def tried(run: Run, now: datetime, *, interval_s: float) -> Run:
    """Return a run after one more try that stored no page; ``stalled`` once that went on for three intervals.

    Args:
        now: our clock.
        interval_s: seconds between the integration's runs.
    """
    since = run.stuck_at or now
    after = altered(run, tries=run.tries + 1, stuck_at=since)
    if after.tries >= STALLED_AFTER and now - since >= timedelta(seconds=STALLED_AFTER * interval_s):
        return altered(after, status="stalled")
    return after


def has_stood_still(run: Run, before: Iterable[Run]) -> bool:
    """Tell whether an entity that a run had to skip was skipped by the runs before it, too.

    Args:
        before: earlier runs of the same integration that are over, newest first.
    """
    others = [each for each in before if (each.mode == "comparison") is (run.mode == "comparison")]
    for entity in run.skipped:
        concerned = (each for each in others if entity in each.skipped or entity in each.counts)
        latest = list(islice(concerned, STALLED_AFTER - 1))
        if len(latest) == STALLED_AFTER - 1 and all(entity in each.skipped for each in latest):
            return True
    return False


def run_to_json(run: Run) -> dict[str, Any]:
    """Return a run as JSON-ready values."""
    comparison = {
        "budget": run.budget,
        "chosen": None if run.chosen is None else list(run.chosen),
        "found": dict(run.found),
        "differing": dict(run.differing),
        "tally": run.tally,
    }
    return {
        "workspace_id": run.workspace_id,
        "integration_id": run.integration_id,
        "run_id": run.run_id,
        "mode": run.mode,
        "status": run.status,
        "started_at": run.started_at.isoformat(),
        "progress_at": run.progress_at.isoformat(),
        "entities": list(run.entities),
        "phase": run.phase,
        "cursor": run.cursor,
        "source_time": _out(run.source_time),
        "newest": _out(run.newest),
        "counts": {entity: dict(counts) for entity, counts in run.counts.items()},
        "words": run.words,
        "skipped": list(run.skipped),
        "tries": run.tries,
        "stuck_at": _out(run.stuck_at),
        "rests_until": _out(run.rests_until),
        **(comparison if run.mode == "comparison" else {}),
    }


def run_from_json(body: Mapping[str, Any], *, version: int) -> Run:
    """Read a run from JSON-ready values."""
    return Run(
        workspace_id=body["workspace_id"],
        integration_id=body["integration_id"],
        run_id=body["run_id"],
        mode=body["mode"],
        status=body["status"],
        started_at=datetime.fromisoformat(body["started_at"]),
        progress_at=datetime.fromisoformat(body["progress_at"]),
        entities=tuple(body["entities"]),
        phase=body["phase"],
        cursor=body["cursor"],
        source_time=_in(body["source_time"]),
        newest=_in(body["newest"]),
        counts=body["counts"],
        words=body["words"],
        skipped=tuple(body.get("skipped", ())),
        tries=body.get("tries", 0),
        stuck_at=_in(body.get("stuck_at")),
        rests_until=_in(body.get("rests_until")),
        budget=body.get("budget"),
        chosen=None if body.get("chosen") is None else tuple(body["chosen"]),
        found=body.get("found", {}),
        differing=body.get("differing", {}),
        tally=body.get("tally", ""),
        version=version,
    )


def load_run(hub: Hub, workspace_id: str, integration_id: str, run_id: str) -> Run:
    """Return one run.

    Raises:
        NotFoundError: there is no such run, or its report has expired.
    """
    document = hub.documents.get(_pk(workspace_id, integration_id), run_id)
    if document is None:
        raise NotFoundError(f"there is no run {run_id[:60]!r}", field="run_id", next_step="list the runs")
    return _parsed(hub, document)


def list_runs(hub: Hub, workspace_id: str, integration_id: str) -> tuple[Run, ...]:
    """Return an integration's runs, newest first."""
    documents = hub.documents.query(_pk(workspace_id, integration_id))
    return tuple(_parsed(hub, each) for each in reversed(documents))


def _parsed(hub: Hub, document: Document) -> Run:
    known = hub.runs.get((document.pk, document.sk, document.version))
    return known or _kept(hub, document.pk, run_from_json(document.body, version=document.version))


def _kept(hub: Hub, pk: str, run: Run) -> Run:
    """Remember a run as it is stored, so that it need not be parsed."""
    if len(hub.runs) >= PARSED_MAX:
        hub.runs.clear()
    hub.runs[pk, run.run_id, run.version] = run
    return run


def save_run(hub: Hub, run: Run) -> Run:
    """Store a run on the condition that nobody else continued it.

    Raises:
        ConflictError: somebody else did; stop at once.
    """
    expires_at = int(hub.now().timestamp()) + KEPT_S
    pk = _pk(run.workspace_id, run.integration_id)
    document = Document(pk, run.run_id, run_to_json(run), version=run.version, expires_at=expires_at)
    return _kept(hub, pk, altered(run, version=hub.documents.put(document).version))


def _pk(workspace_id: str, integration_id: str) -> str:
    return f"{workspace_id}#RUN#{integration_id}"


def _out(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _in(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
