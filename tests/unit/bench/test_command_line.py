"""The parts of ``python -m bench --quick`` that need no simulated CRM."""

import json

import pytest

from bench import simulator
from bench.__main__ import main
from bench.child import run_child
from bench.cold import ENVIRONMENT
from bench.figures import Section
from bench.memory import measure_here


@pytest.fixture
def report(tmp_path):
    return tmp_path / "report.json"


def test_a_section_that_cannot_be_measured_is_skipped_with_words(monkeypatch, report, capsys):
    monkeypatch.setattr(simulator, "is_there", lambda: False)
    assert main(["--quick", "--only", "simulator", "--report", str(report)]) == 0
    assert "skipped: tests/simulation cannot be started" in capsys.readouterr().out
    (section,) = json.loads(report.read_text())["sections"]
    assert section["skipped"]
    assert section["figures"] == []


def test_a_section_that_fails_fails_the_run_and_loses_no_other(monkeypatch, report, capsys):
    def fail(_size):
        raise RuntimeError("7 of 8 contacts arrived")

    monkeypatch.setattr("bench.__main__.SECTIONS", {"speed": fail, "simulator": lambda _size: Section("Simulator")})
    assert main(["--quick", "--report", str(report)]) == 1
    assert "FAILED: 7 of 8 contacts arrived" in capsys.readouterr().out
    assert [each["title"] for each in json.loads(report.read_text())["sections"]] == ["speed", "Simulator"]


def test_a_section_nobody_knows_is_refused(report):
    with pytest.raises(SystemExit, match="2"):
        main(["--only", "fortune", "--report", str(report)])


def test_help_names_every_section(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    shown = capsys.readouterr().out
    assert all(f"\n  {name}" in shown for name in ("speed", "memory", "units", "cold", "simulator"))


def test_every_record_moved_for_the_memory_section_arrives():
    taken = measure_here(records=230)
    assert taken["peak_mb"] >= taken["before_mb"] > 0
    assert taken["cpu_s"] > 0


def test_the_webhook_function_is_started_in_a_fresh_process():
    taken = run_child("cold", environment=ENVIRONMENT, stack="webhook")
    assert taken["ms"] > 0
    assert taken["modules"] > 50


def test_a_measurement_that_fails_says_why():
    with pytest.raises(RuntimeError, match="KeyError"):
        run_child("cold", stack="none such")
