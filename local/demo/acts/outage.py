"""Fourth act: one CRM fails for a while, people go on typing, and everything is caught up."""

from __future__ import annotations

import time

from local.demo.acts import live_edits
from local.demo.acts.live_edits import Edit
from local.demo.model import Entity
from local.demo.stage import Stage

_DOWN_S = 8.0
_EDITS = 6
_RECOVERED_WITHIN_S = 120.0
_STATUS = 503


def play(stage: Stage, *, avoid: set[tuple[Entity, str]]) -> None:
    """Let the last CRM answer 503 for some seconds while all sides are edited."""
    failing = broken(stage)
    side = stage.sides[failing]
    refused = sum(tally.refused for tally in stage.meters[failing].tallies.values())
    fault = {"match": {"path": side.api_paths}, "kind": "status", "status": _STATUS, "count": None}
    side.control.add_faults([fault])
    each = max(1, _EDITS // len(stage.crms))
    edits = [edit for crm in stage.crms for edit in live_edits.choose(stage, crm=crm, count=each, avoid=avoid)]
    began_at = time.monotonic()
    try:
        with stage.screen.bar(f"{side.label} answers {_STATUS}, edits typed", total=len(edits)) as bar:
            for number, edit in enumerate(edits, start=1):
                live_edits.type_in(stage, edit)
                bar.move(number)
                time.sleep(_DOWN_S / len(edits))
            early = len(edits) - live_edits.look(stage, edits)
    finally:
        side.control.clear_faults()
    back_at = time.monotonic()
    left = _catch_up(stage, edits)
    stage.poll()
    hits = sum(tally.refused for tally in stage.meters[failing].tallies.values()) - refused
    stage.report.outage = {
        "crm": failing,
        "down_s": round(back_at - began_at, 1),
        "calls_refused": hits,
        "edits": len(edits),
        "arrived_while_down": early,
        "recovered_after_s": round(time.monotonic() - back_at, 1),
        "left": left,
    }
    stage.screen.say(f"{hits} calls were refused; all was caught up {time.monotonic() - back_at:.1f} s after")
    stage.report.claim(
        f"edits made while {side.label} failed", f"{len(edits) - left} of {len(edits)} arrived", "all", holds=not left
    )


def broken(stage: Stage) -> str:
    """Return the CRM that fails: the last one that tells of edits, so that people's edits there are heard of."""
    return next((crm for crm in reversed(stage.crms) if stage.sides[crm].has_webhooks), stage.crms[-1])


def _catch_up(stage: Stage, edits: list[Edit]) -> int:
    give_up_at = time.monotonic() + stage.patience_s(_RECOVERED_WITHIN_S)
    left = len(edits)
    with stage.screen.bar("recovering, edits arrived", total=len(edits)) as bar:
        while left and time.monotonic() < give_up_at:
            left = live_edits.look(stage, edits)
            bar.move(len(edits) - left)
            time.sleep(0.25)
    live_edits.tell_missing(stage, (edit for edit in edits if edit.missing))
    return left
