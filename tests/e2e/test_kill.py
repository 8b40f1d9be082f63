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


def same_final_state(printed, report):
    figures = {name: report[name] for name in ("lost", "duplicated", "different", "echo_writes")}
    assert figures == dict.fromkeys(figures, 0), printed[-3000:]
    assert report["comparison"]["records"] == {"company": 60, "contact": 165, "deal": 75}
    assert report["passed"], [claim for claim in report["claims"] if not claim["holds"]]


def test_killed_lambda_workers_are_made_good(root, tmp_path):
    printed, report = play(root, tmp_path / "report.json", "--kill-worker", "--kill-worker", "push-changes")

    assert [bool(each["pid"]) for each in report["kills"]] == [True, True]
    assert report["kills"][1]["killed"].startswith("push-changes")
    same_final_state(printed, report)


def test_crms_that_die_with_an_answer_on_its_way_are_waited_for(root, tmp_path):
    options = ("--kill-sandbox", "salesforce", "--kill-sandbox", "hubspot")
    printed, report = play(root, tmp_path / "report.json", *options)

    assert [(each["killed"], each["answers_lost"]) for each in report["kills"]] == [("Salesforce", 1), ("HubSpot", 1)]
    same_final_state(printed, report)


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
