"""Last act: every record and every field of both CRMs, side by side."""

from __future__ import annotations

from local.demo.canonical import canonical
from local.demo.compare import compare
from local.demo.model import FIELDS
from local.demo.stage import Stage


def play(stage: Stage) -> None:
    """Compare everything and add what has to hold to the report."""
    found = compare(stage.world, stage.snapshots(), stage.ledger)
    report = stage.report
    report.comparison = found
    report.conflicts = differing_at_first(stage) + bool(report.conflict)
    report.claim("lost", found.lost, "0", holds=not found.lost)
    report.claim("duplicated", found.duplicated, "0", holds=not found.duplicated)
    compared = f"{sum(found.records.values()):,} things, {found.fields:,} fields"
    report.claim("different", f"{found.different} in {compared}", "0", holds=not found.different)
    dead = stage.dead_letters()
    report.claim("messages in dead-letter queues", dead or 0, "0", holds=not dead)


def differing_at_first(stage: Stage) -> int:
    """Count the fields that two people had filled in differently before the first sync."""
    count = 0
    for entity, names in FIELDS.items():
        for typed in stage.world.typed(entity).values():
            if len(typed) < 2:
                continue
            for name in names:
                values = {canonical(name, draft.fields) for draft in typed.values()} - {""}
                count += len(values) > 1
    return count
