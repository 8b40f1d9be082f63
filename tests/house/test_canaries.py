"""The canaries can sing: a test during which a secret or a person's data is written down fails, and the run with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import LIBRARY, ROOT

CONFTEST = """
import pytest
from tests.canaries import Plugin

def pytest_configure(config):
    config.pluginmanager.register(Plugin(lambda item: "watched" in item.name), "canaries")
"""

TESTS = """
import json
from datetime import UTC, datetime

import pytest

from crmbridge.adapters.memory.bus import MemoryBus, MemoryNotifier
from crmbridge.adapters.memory.cipher import MemoryCipher
from crmbridge.adapters.memory.queues import MemoryQueues
from crmbridge.adapters.memory.records import MemoryRecords
from crmbridge.adapters.memory.secrets import MemoryAppSecrets
from crmbridge.domain.events.envelope import Event
from crmbridge.domain.events.notices import Notice
from crmbridge.domain.messages import ChangeHint
from crmbridge.domain.records import Record
from crmbridge.domain.tokens import AppSecret
from crmbridge.ports import Save
from crmbridge.runtime.telemetry import count, logger
from tests.canaries import listening

TOKEN, SECRET, ADDRESS = "sealed-token-0815", "client-secret-4711", "https://bridge.test/webhooks/kommo/path-secret-99"
EMAIL, PHONE = "kanarie.zwart@example.com", "+4930901820045"

def plant():
    grant = {"access_token": TOKEN, "refresh_token": TOKEN + "-refresh"}
    MemoryCipher().encrypt(json.dumps(grant), context={})
    MemoryCipher().encrypt(ADDRESS, context={})
    MemoryAppSecrets({"kommo": AppSecret("id", SECRET)})
    record = Record("acme", "con_1", "contact", fields={"email": EMAIL, "phone": PHONE}, rev=1)
    assert MemoryRecords().save_many([Save(None, record)]) == (True,)

WAYS = {
    "log": lambda text: logger().info("said", extra={"words": text}),
    "trace": lambda text: raised(text),
    "metric": lambda text: count(text, bugs=1),
    "print": lambda text: print(text),
    "queue": lambda text: MemoryQueues(now=lambda: datetime.now(UTC)).send_changes(
        [ChangeHint("acme", "int_1", "contact", (text,))]
    ),
    "bus": lambda text: MemoryBus().publish([event(data={"name": text})]),
    "notice": lambda text: MemoryNotifier().notify(Notice(workspace_id="acme", kind="x", subject="s", text=text)),
    "refusal": lambda text: listening(lambda event, context: {"statusCode": 400, "body": f"no {text}"})({}, None),
}

def event(**more):
    at = datetime.now(UTC)
    return Event(event_id="e1", kind="x", workspace_id="acme", at=at, correlation_id="c", **more)

def raised(text):
    try:
        raise RuntimeError(text)
    except RuntimeError:
        logger().exception("a bug")

@pytest.mark.parametrize("text", [TOKEN, SECRET, "path-secret-99", EMAIL, PHONE, EMAIL.upper()])
@pytest.mark.parametrize("way", WAYS)
def test_watched_and_leaking(way, text):
    plant()
    WAYS[way](f"see {text}, please" if way != "metric" else text)

@pytest.mark.parametrize("way", WAYS)
def test_watched_and_clean(way):
    plant()
    WAYS[way]("nothing of anybody's")

def test_watched_and_said_again_to_who_said_it():
    plant()
    listening(lambda event, context: {"statusCode": 400, "body": f"no {EMAIL}"})({"body": f"is {EMAIL} there?"}, None)

def test_watched_and_told_as_a_value_that_was_wanted():
    plant()
    MemoryBus().publish([event(data={}, values={"email": EMAIL})])

def test_watched_and_answered_to_who_may_see_it():
    plant()
    listening(lambda event, context: {"statusCode": 200, "body": EMAIL})({}, None)

@pytest.mark.parametrize("way", WAYS)
def test_what_is_not_looked_at_is_left_alone(way):
    plant()
    WAYS[way](TOKEN)
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """A run of tests of which some leak."""
    folder: Path = tmp_path_factory.mktemp("canaries")
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (folder / "test_leaks.py").write_text(TESTS, encoding="utf-8")
    environ = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{LIBRARY.parent}", "PY_COLORS": "0"}
    command = [sys.executable, "-m", "pytest", "-q", "-rE", "-p", "no:randomly", "-p", "no:cacheprovider", str(folder)]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=120)


def test_every_leak_is_heard_and_nothing_else(run):
    heard = {
        line.split(" ")[1].partition("::")[2] for line in run.stdout.splitlines() if line.startswith("ERROR test_leaks")
    }
    ways = ("log", "trace", "metric", "print", "queue", "bus", "notice", "refusal")
    texts = ("sealed-token-0815", "client-secret-4711", "path-secret-99", "kanarie.zwart@example.com", "+4930901820045")
    leaking = {f"test_watched_and_leaking[{way}-{text}]" for way in ways for text in (*texts, texts[3].upper())}
    assert heard == leaking, run.stdout[-3000:]


def test_the_run_fails(run):
    assert run.returncode == 1
    assert "48 errors" in run.stdout.splitlines()[-1]


def test_what_was_heard_is_not_said_again(run):
    told = [line for line in run.stdout.splitlines() if line.startswith("  a") and " in " in line]
    assert len(told) >= 48
    assert not [line for line in told if "0815" in line or "4711" in line or "zwart" in line]
