"""Extra comparisons of everything, which must not write anything at all."""

from __future__ import annotations

import time

from local.demo.show import Bar
from local.demo.stage import LOOK_EVERY_S, Stage
from local.errors import LocalError

_TIMEOUT_S = 180.0


def play(stage: Stage, *, rounds: int = 2) -> None:
    """Read everything again, some times over, and count the writes that this gives rise to.

    Raises:
        LocalError: a reading does not end, or the CRMs do not come to rest.
    """
    with stage.screen.bar("comparing again", total=rounds * len(stage.crms)) as bar:
        stage.settle(bar, timeout_s=stage.patience_s(_TIMEOUT_S), what="what went before")
        before = {crm: meter.copy() for crm, meter in stage.meters.items()}
        done = 0
        for _ in range(rounds):
            done = compare_all(stage, bar, done=done)
    later = {crm: meter.since(before[crm]).of("write", "link").calls for crm, meter in stage.meters.items()}
    needless = {crm: meter.of("write", "link").unchanged for crm, meter in stage.meters.items()}
    told = [words for crm, meter in stage.meters.items() for words in meter.writes[len(before[crm].writes) :]]
    stage.report.echo_calls = told
    for words in told[:10]:
        stage.screen.say(words)
    stage.report.echo_writes = sum(later.values()) + sum(needless.values())
    name = "writes caused by two more comparisons" if rounds == 2 else "writes caused by one more comparison"
    stage.report.claim(name, sum(later.values()), "0", holds=not any(later.values()))
    stage.report.claim(
        "records written with what the CRM had already", sum(needless.values()), "0", holds=not any(needless.values())
    )


def compare_all(stage: Stage, bar: Bar, *, done: int) -> int:
    """Compare every CRM with the hub once, all at the same time, and wait until nothing follows from it any more.

    Args:
        done: comparisons of one CRM that the bar shows already.

    Returns:
        Those done now.

    Raises:
        LocalError: a reading does not end, or the CRMs do not come to rest.
    """
    started = {crm: _read_everything(stage, crm) for crm in stage.crms}
    for crm, run_id in started.items():
        _wait_for(stage, crm, run_id)
        done += 1
        bar.move(done)
    stage.settle(bar, timeout_s=stage.patience_s(_TIMEOUT_S), what="the comparison", show=lambda: done)
    return done


def _read_everything(stage: Stage, crm: str) -> str:
    path = f"/api/crm/integrations/{stage.integrations[crm]}/sync"
    return str(stage.api.call("POST", path, {"mode": "full"})["run_id"])


def _wait_for(stage: Stage, crm: str, run_id: str) -> None:
    timeout_s = stage.patience_s(_TIMEOUT_S)
    give_up_at = time.monotonic() + timeout_s
    while time.monotonic() < give_up_at:
        status = next((run["status"] for run in stage.runs(crm) if run["run_id"] == run_id), "unknown")
        stage.poll()
        if status == "done":
            return
        if status not in {"running", "unknown"}:
            message = f"reading {crm} again ended as {status!r}"
            raise LocalError(message)
        time.sleep(LOOK_EVERY_S)
    message = f"reading {crm} again is not over after {timeout_s:.0f} s"
    raise LocalError(message)
