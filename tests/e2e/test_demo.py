"""The demo as a stranger runs it, smaller: what it reports has to hold, and nothing may be left running."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

THINGS = 200
LONGEST_S = 280


def demo(root, *options):
    """Start the demo in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "local", "demo", "--things", str(THINGS), *options],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def ended(process, *, timeout_s):
    """Return what it printed; end it if it does not end by itself."""
    try:
        return process.communicate(timeout=timeout_s)[0]
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        printed = process.communicate(timeout=30)[0]
        pytest.fail(f"the demo did not end within {timeout_s} s:\n{printed[-3000:]}")


def left_running(root):
    """Name the processes of this work tree's platform that still run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            at_home = (folder / "cwd").resolve().is_relative_to(root)
        except OSError:
            continue
        is_ours = re.search(r"-m (ministack|sandbox |local )|ministack-lambda", command)
        if is_ours and at_home and int(folder.name) != os.getpid():
            found.append(command[:150])
    return found


@pytest.fixture(scope="module")
def played(root, tmp_path_factory):
    path = tmp_path_factory.mktemp("demo") / "demo-report.json"
    process = demo(root, "--report", str(path))
    printed = ended(process, timeout_s=LONGEST_S)
    assert path.is_file(), printed[-3000:]
    return process.returncode, printed, json.loads(path.read_text(encoding="utf-8"))


def test_the_demo_ends_by_itself_and_everything_holds(played):
    code, printed, report = played

    broken = [claim for claim in report["claims"] if not claim["holds"]]
    assert not broken, printed[-3000:]
    assert (code, report["passed"]) == (0, True)


def test_nothing_is_lost_duplicated_or_echoed(played):
    _, _, report = played

    assert (report["lost"], report["duplicated"], report["different"], report["echo_writes"]) == (0, 0, 0, 0)
    assert report["comparison"]["records"] == {"company": 40, "contact": 110, "deal": 50}
    assert report["comparison"]["fields"] > 10 * THINGS
    assert report["counts"]["held"]["hubspot"] == report["counts"]["held"]["salesforce"]


def test_both_directions_of_live_edits_are_measured(played):
    _, _, report = played

    assert set(report["latencies"]) == {"HubSpot → Salesforce", "Salesforce → HubSpot"}
    for figures in report["latencies"].values():
        assert figures["edits"] == 10
        assert 0 < figures["p50_ms"] <= figures["p95_ms"] <= figures["max_ms"]


def test_the_conflict_has_a_winner_and_the_loser_is_known(played):
    _, _, report = played

    conflict = report["conflict"]
    assert len(set(conflict["stands"].values())) == 1
    assert set(conflict["stands"].values()) | {conflict["journal"]["value"]} == set(conflict["typed"].values())
    assert report["conflicts"] > 1


def test_the_outage_refused_calls_and_was_caught_up(played):
    _, _, report = played

    assert report["outage"]["calls_refused"] >= 1
    assert report["outage"]["arrived_while_down"] == 0
    assert report["outage"]["left"] == 0


def test_every_call_was_seen_and_accounted_for(played):
    _, _, report = played

    for crm in ("hubspot", "salesforce"):
        spent = report["api_calls"][crm]
        assert spent["not_seen"] == 0
        assert 0 < spent["per_record"] < 3
        assert sum(row["calls"] for row in spent["by_purpose"]) == spent["calls"]
    assert {row["entity"] for row in report["write_calls"]} == {"company", "contact", "deal"}


def test_without_a_terminal_the_output_is_plain_lines(played):
    _, printed, _ = played

    assert "\x1b" not in printed
    assert "first sync, records written" in printed
    assert "ok  lost: 0 (0)" in printed


def test_nothing_is_left_running(played, root):
    assert left_running(root) == []
    assert not (root / ".local" / "run.json").exists()


def test_ctrl_c_ends_everything(root, tmp_path):
    process = demo(root, "--report", str(tmp_path / "never.json"))
    lines = []
    for line in process.stdout or ():
        lines.append(line)
        if "first sync" in line:
            break
    assert lines[-1].strip().startswith("first sync"), "".join(lines)

    process.send_signal(signal.SIGINT)
    began_at = time.monotonic()
    printed = ended(process, timeout_s=30)

    assert process.returncode == 130, printed
    assert time.monotonic() - began_at < 15
    assert left_running(root) == []
    assert not (tmp_path / "never.json").exists()
