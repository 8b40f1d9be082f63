"""``sync`` and ``report``."""

from __future__ import annotations

import argparse
from typing import Any

from cli.connecting import ALL
from cli.desk import BAD, OK, WRONG, Desk

GOING = ("running", "stalled")


def sync(desk: Desk, asked: argparse.Namespace) -> int:
    """Read CRMs now, and show the progress."""
    if asked.budget is not None and not asked.compare:
        desk.tell("crmbridge: --budget is for --compare")
        return WRONG
    runs = _begun(desk, asked)
    if not runs:
        desk.tell("nothing to read: no active integration, or no entity that takes part")
        return OK
    if asked.watch:
        runs = _watched(desk, runs, asked.every)
    rows = [{**run, "rows": _rows(run)} for run in runs]
    desk.show(rows, integration_id="integration", mode="mode", status="status", rows="rows", words="words")
    return BAD if any(run["status"] in ("failed", "partial", "stalled", "cancelled") for run in runs) else OK


def _begun(desk: Desk, asked: argparse.Namespace) -> list[dict[str, Any]]:
    if not asked.integration and not asked.compare:
        return desk.api.post("/api/crm/sync", {"mode": "full"} if asked.full else {})["items"]
    chosen = asked.integration or [each["id"] for each in desk.api.items(ALL, status="active")]
    body: dict[str, Any] = {"mode": "full" if asked.full else "compare" if asked.compare else "incremental"}
    if asked.budget is not None:
        body["budget"] = asked.budget
    begun = [desk.api.post(f"{ALL}/{each}/sync", body) for each in chosen]
    return [run for run in begun if run]


def _watched(desk: Desk, runs: list[dict[str, Any]], every_s: float) -> list[dict[str, Any]]:
    """Look at runs until they have ended; one that stands still is not waited for."""
    last: dict[str, str] = {}
    while True:
        for run in runs:
            line = _progress(run)
            if last.get(run["run_id"]) != line:
                desk.tell(line)
                last[run["run_id"]] = line
        if not any(run["status"] == "running" for run in runs):
            return runs
        desk.sleep(every_s)
        runs = [
            desk.api.get(f"{ALL}/{run['integration_id']}/runs/{run['run_id']}") if run["status"] in GOING else run
            for run in runs
        ]


def _progress(run: dict[str, Any]) -> str:
    now = run["entities"][0] if run.get("entities") and run["status"] == "running" else ""
    at = f"{run['phase']} {now}, " if now else ""
    return f"{run['integration_id']}  {run['mode']} {run['status']}: {at}{_rows(run) or 'nothing yet'}"


def _rows(run: dict[str, Any]) -> str:
    """Return what became of a run's rows, in a few words."""
    told: list[str] = []
    for entity, counts in run.get("counts", {}).items():
        parts = [f"{counts[name]} {name}" for name in ("seen", "created", "changed", "quarantined") if counts.get(name)]
        if parts:
            told.append(f"{entity} {', '.join(parts)}")
    return "; ".join(told)


def cleanups(desk: Desk, asked: argparse.Namespace) -> int:
    """Show what the latest clean-up of an integration removed and found."""
    latest = next(desk.api.items(f"{ALL}/{asked.integration}/cleanups"), None)
    if latest is None:
        desk.tell("nothing was cleaned yet")
        return OK
    if desk.as_json:
        desk.show([latest])
        return OK
    desk.show(
        [latest],
        report_id="report",
        status="status",
        **{f"counts__{name}": name.replace("_", " ") for name in latest["counts"]},
    )
    found = [{"what": f"share {each['key']}", "where": each["record_ids"]} for each in latest["duplicates"]]
    found += [{"what": f"{each['field']} cannot be right", "where": each["record_id"]} for each in latest["invalid"]]
    if found:
        desk.show(found, what="found", where="records")
    return OK


def report(desk: Desk, asked: argparse.Namespace) -> int:
    """Show what the latest comparison of an integration found, per entity."""
    latest: dict[str, dict[str, Any]] = {}
    for each in desk.api.items(f"{ALL}/{asked.integration}/reports", entity=asked.entity):
        latest.setdefault(each["entity"], each)
    if not latest:
        desk.tell(f"no comparison yet: crmbridge sync --compare --watch {asked.integration}")
        return OK
    desk.show(
        list(latest.values()),
        entity="entity",
        ended_at="compared at",
        status="status",
        there="there",
        here="here",
        equal="equal",
        repaired="repaired",
        left="left",
        parity_percent="parity %",
    )
    return OK if all(each["status"] == "done" for each in latest.values()) else BAD
