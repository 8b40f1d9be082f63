"""Canaries: secrets and personal data that tests handle, and that must stand in no log, metric, queue or error.

Nobody has to plant them by hand: whatever is sealed, whatever our applications' credentials are, every e-mail address
and telephone number that reaches a record or is put into a simulated CRM becomes one. What the code under test writes
down is then held against all of them, and the test during which one is found fails.
"""

from __future__ import annotations

import builtins
import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import pytest

from crmbridge.adapters.aws.queues import SqsQueues
from crmbridge.adapters.memory.bus import MemoryBus, MemoryNotifier
from crmbridge.adapters.memory.cipher import MemoryCipher
from crmbridge.adapters.memory.queues import MemoryQueues
from crmbridge.adapters.memory.records import MemoryRecords
from crmbridge.adapters.memory.secrets import MemoryAppSecrets

OURS = "crm-bridge"
SHORTEST = 8
"""Characters of the shortest text that is one: shorter ones would be found in words that have nothing to do with it."""

PERSONAL = ("email", "phone", "mobile_phone", "email_from", "email_to")
_WORD = re.compile(r"[A-Za-z0-9_.@+~-]{8,}")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"\+\d{8,15}")


@dataclass
class Canaries:
    """What was planted, and where any of it was seen.

    Attributes:
        planted: what kind each is, by the longest word of it.
        found: where one was seen and which kind it is, never the text itself.
        is_on: whether anything is planted and looked for now.
    """

    planted: dict[str, str] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    is_on: bool = False

    def plant(self, kind: str, value: object) -> None:
        """Remember a text that must be seen nowhere."""
        if self.is_on and isinstance(value, str) and (words := _words(value)):
            self.planted.setdefault(max(words, key=len), kind)

    def plant_people(self, text: str) -> None:
        """Remember the addresses and numbers in a text."""
        for kind, pattern in (("an e-mail address", _EMAIL), ("a telephone number", _PHONE)):
            for each in pattern.findall(text):
                self.plant(kind, each)

    def look(self, where: str, text: str, *, asked: str = "") -> None:
        """Look for what was planted in what the code under test has written down.

        Args:
            asked: what it was told by whoever reads this; to say that again gives nothing away.
        """
        if not self.is_on:
            return
        seen = _words(text) & self.planted.keys()
        for each in seen - _words(asked) if seen else ():
            self.found.append(f"{self.planted[each]} in {where}: {text.casefold().replace(each, '***')[:300]}")

    def take(self) -> list[str]:
        """Return what was found since the last time."""
        taken, self.found = self.found, []
        return taken


CANARIES = Canaries()


def _words(text: str) -> set[str]:
    return {each.strip(".-") for each in _WORD.findall(text.casefold())}


# ------------------------------------------------------------------------------------------------ planting


def _plant_sealed(plaintext: str) -> None:
    """Plant what a cipher is given: tokens, verifiers, addresses that end with a secret; a kept answer is no secret."""
    if plaintext.startswith("["):
        return
    try:
        grant = json.loads(plaintext)
    except ValueError:
        grant = None
    if isinstance(grant, dict):
        for name in ("access_token", "refresh_token"):
            CANARIES.plant("a token", grant.get(name))
    else:
        CANARIES.plant("a sealed text", plaintext.rpartition("/")[2])


def _plant_credentials(secrets: Any) -> None:
    for app in secrets.values():
        for value in (app.client_secret, app.previous_client_secret, app.private_key):
            CANARIES.plant("a client secret", value)


def _plant_record(save: Any) -> None:
    for name in PERSONAL:
        value = save.after.fields.get(name)
        for each in value if isinstance(value, tuple) else (value,):
            CANARIES.plant("a person's address or number", each)


# ------------------------------------------------------------------------------------------------ looking


def _look_at_log(record: logging.LogRecord) -> None:
    if record.name != OURS and record.levelno < logging.WARNING:
        return
    plain = logging.LogRecord("", 0, "", 0, "", (), None).__dict__
    extra = {name: value for name, value in record.__dict__.items() if name not in plain}
    trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
    CANARIES.look("a log line", f"{record.getMessage()} {extra} {trace}")


def _look_at_print(*values: object) -> None:
    if any("_aws" in str(each) for each in values):
        CANARIES.look("a metric", " ".join(map(str, values)))


def listening(handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return a function's handler whose refusals are looked at; what the caller sent may stand in them again."""

    def handle(event: Any, context: Any) -> Any:
        answer = handler(event, context)
        if isinstance(answer, dict) and answer.get("statusCode", 200) >= 400:
            CANARIES.look("a refusal", str(answer.get("body")), asked=json.dumps(event, ensure_ascii=False))
        return answer

    return handle


def _before(owner: Any, name: str, look: Callable[..., None]) -> None:
    """Have something looked at before every call of a function."""
    real = getattr(owner, name)

    @wraps(real)
    def call(*args: Any, **more: Any) -> Any:
        if CANARIES.is_on:
            look(*args)
        return real(*args, **more)

    setattr(owner, name, call)


def _tap() -> None:
    _before(MemoryCipher, "encrypt", lambda _, plaintext: _plant_sealed(plaintext))
    _before(MemoryAppSecrets, "__init__", lambda _, secrets: _plant_credentials(secrets))
    _before(MemoryRecords, "_save", lambda _, save: _plant_record(save))
    _before(MemoryQueues, "_send", lambda _, queue, contents, *__: _look_at_queue(queue, contents))
    _before(SqsQueues, "_send", lambda _, queue, entries: CANARIES.look(f"queue {queue}", str(entries)))
    _before(MemoryBus, "publish", lambda _, events: _look_at_bus(events))
    _before(MemoryNotifier, "notify", lambda _, notice: CANARIES.look("a message to people", str(notice.to_json())))
    _before(logging.Logger, "handle", lambda _, record: _look_at_log(record))
    _before(builtins, "print", _look_at_print)


def _look_at_queue(queue: str, contents: Any) -> None:
    for each in contents:
        CANARIES.look(f"queue {queue}", json.dumps(each.to_json(), ensure_ascii=False))


def _look_at_bus(events: Any) -> None:
    """Look at what every event says; its values may be personal, and go along only where a workspace wants that."""
    for each in events:
        CANARIES.look("the bus", json.dumps(each.bare().to_json(), ensure_ascii=False, default=str))


class Plugin:
    """Lets tests fail in which a canary was seen.

    Args:
        watches: whether canaries are planted and looked for during a test.
    """

    def __init__(self, watches: Callable[[pytest.Item], bool]) -> None:
        self._watches = watches
        _tap()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Begin to look, before any fixture is made."""
        CANARIES.is_on = self._watches(item)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """Fail the test during which a canary was seen."""
        for _, stream, text in getattr(item, "_report_sections", ()):
            if stream in ("stdout", "stderr"):
                CANARIES.look(stream, text)
        found = CANARIES.take()
        if found:
            listed = "\n  ".join(found[:10])
            pytest.fail(f"{len(found)} times a secret or a person's data was written down:\n  {listed}", pytrace=False)
