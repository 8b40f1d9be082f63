"""What a million changes may cost, from counts of the real handlers at list prices."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.cost.__main__ import WAYS
from bench.cost.bill import LABELS
from bench.cost.prices import load
from tests.house.tree import LIBRARY, ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory):
    report = tmp_path_factory.mktemp("cost") / "report.json"
    command = [sys.executable, "-m", "bench.cost", "--records", "20", "--report", str(report)]
    path = os.pathsep.join([str(LIBRARY.parent), str(ROOT)])
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, json.loads(Path(report).read_text(encoding="utf-8"))


@pytest.mark.parametrize("way", [each for each in WAYS if each.most is not None], ids=lambda way: way.name)
def test_a_million_changes_cost_no_more_than_was_said(measured, way):
    dollars = {each["name"]: each["dollars"] for each in measured[1][way.name]}
    assert 0 < sum(dollars.values()) <= way.most
    assert dollars.keys() == LABELS.keys()


def test_every_line_of_the_bill_is_shown(measured):
    for label in LABELS.values():
        assert measured[0].count(f"  {label} ") == len(WAYS) + 1, label


def test_what_every_change_uses_was_counted(measured):
    used = {each["name"]: each["per_record"] for each in measured[1]["single"]}
    assert used["api"] == 1.0
    for line in ("lambda_requests", "lambda_time", "sqs", "sqs_fifo", "dynamodb_write", "dynamodb_read", "logs"):
        assert used[line] > 0, line


def test_every_price_has_its_line_and_all_have_a_date_and_a_source():
    prices = load()
    assert prices.dollars.keys() == LABELS.keys()
    assert "2026" in prices.told


def test_moving_a_line_of_history_to_the_archive_is_counted(measured):
    used = {each["name"]: each["per_record"] for each in measured[1]["archive"]}
    assert 0 < used["s3_put"] <= 0.05
    assert 0 < used["dynamodb_write"] <= 1
    assert used["kms"] == 0
