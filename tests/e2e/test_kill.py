"""Killing a Lambda worker or a simulated CRM in the middle of the first sync ends in the same final state."""

import json
import signal
import subprocess
import sys

import pytest

THINGS = 300
LONGEST_S = 280


def play(root, report, *options):
    process = subprocess.Popen(
        [sys.executable, "-m", "local", "demo", "--short", "--things", str(THINGS), "--report", str(report), *options],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        printed = process.communicate(timeout=LONGEST_S)[0]
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        pytest.fail(f"the demo did not end:\n{process.communicate(timeout=30)[0][-3000:]}")
    assert report.is_file(), printed[-3000:]
    return printed, json.loads(report.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def survived(root, tmp_path_factory):
    """One first sync in which two workers die and both CRMs, one after the other."""
    workers = ("--kill-worker", "--kill-worker", "push-changes")
    crms = ("--kill-sandbox", "salesforce", "--kill-sandbox", "hubspot")
    return play(root, tmp_path_factory.mktemp("kill") / "report.json", *workers, *crms)


def test_everything_that_was_to_die_died(survived):
    _, report = survived

    workers, crms = report["kills"][:2], report["kills"][2:]
    assert all(each["pid"] for each in report["kills"])
    assert workers[1]["killed"].startswith("push-changes")
    assert [each["killed"] for each in crms] == ["Salesforce", "HubSpot"]
    assert sum(each["answers_lost"] for each in crms) >= 1


def test_the_final_state_is_the_same_as_without(survived):
    printed, report = survived

    figures = {name: report[name] for name in ("lost", "duplicated", "different", "echo_writes")}
    assert figures == dict.fromkeys(figures, 0), printed[-3000:]
    assert report["comparison"]["records"] == {"company": 60, "contact": 165, "deal": 75}
    assert report["passed"], [claim for claim in report["claims"] if not claim["holds"]]


def test_a_crm_that_is_not_part_of_the_demo_cannot_be_killed(root, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "local", "demo", "--kill-sandbox", "kommo", "--report", str(tmp_path / "no.json")],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 1
    assert "kommo cannot be killed" in done.stderr
