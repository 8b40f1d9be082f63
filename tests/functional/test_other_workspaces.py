"""Every function, handed each of its events with another workspace's name on it: nothing of the first one is touched.

The routes are walked in test_any_request.py; the doors, where an account or a secret says whose a call is, in attacks/.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from crmbridge import runtime
from crmbridge.domain.messages import ChangeHint, SyncStep, Ticket, Wake
from crmbridge.runtime import archiving
from crmbridge.services.hub import load_integrations
from crmbridge.settings import VARIABLES, Settings
from tests.functional.logins import made
from tests.functional.rehearsal import FOLDERS, ROOT, Context, Rehearsal
from tests.functional.test_events_samples import EVENTS, HUB, SF, deployment
from tests.functional.watching import calls

__all__ = ["deployment"]

MINE, THEIRS = "acme", "rival"
RIVAL = {"workspace": THEIRS, "role": "admin"}
SAMPLES = sorted(path.stem for path in EVENTS.glob("*.json"))
FORGEABLE = [
    name for name in SAMPLES if f'"{MINE}' in (EVENTS / f"{name}.json").read_text(encoding="utf-8").replace("\\", "")
]
"""Samples in which a workspace is named at all; in the others an account, a secret or nothing says whose they are."""


class Whole:
    """What a workspace has: everything stored for it, everything queued for it, and what was asked of its CRMs."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        documents = rehearsal.documents
        self.records = dict(rehearsal.records._records.get(MINE, {}))
        self.documents = {
            (each.pk, each.sk): each
            for pk in list(documents._partitions)
            for each in documents.query(pk)
            if pk.startswith((f"{MINE}#", "ACCOUNT#", "HOOK#", "CLIENT#"))
        }
        self.queued = [each.content for each in rehearsal.queues.messages if names(each.content, MINE)]
        self.calls = {crm: calls(rehearsal, crm) for crm in rehearsal.apps}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Whole) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment] - compared, never kept


def names(content: Any, workspace_id: str) -> bool:
    return getattr(content, "workspace_id", "") == workspace_id


def forged(sample: str) -> Any:
    """Return a sample with the other workspace in the place of the one it speaks of; every other id stays."""

    def swap(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: swap(each) for key, each in value.items()}
        if isinstance(value, list):
            return [swap(each) for each in value]
        if not isinstance(value, str):
            return value
        if value == MINE or value.startswith(f"{MINE}#"):
            return THEIRS + value.removeprefix(MINE)
        return value.replace(f'"{MINE}"', f'"{THEIRS}"').replace(f'"{MINE}#', f'"{THEIRS}#')

    return swap(json.loads((EVENTS / f"{sample}.json").read_text(encoding="utf-8")))


class Shelf:
    """An archive that keeps nothing of this workspace."""

    def put(self, lines: Any) -> int:
        assert {each.workspace_id for each in lines} == {THEIRS}
        return 1


BUS = "arn:aws:sqs:eu-central-1:123456789012:crm-bridge-bus-events"


@pytest.fixture
def both(deployment: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> Rehearsal:
    """The samples' deployment, beside whose workspace there is another one."""
    arns = {name: BUS for name in VARIABLES if name.endswith("_ARN")}
    monkeypatch.setattr(runtime, "settings", lambda: Settings(arns))
    monkeypatch.setattr(archiving, "archive_port", Shelf)
    made(deployment, "hubspot", claims=RIVAL)
    deployment.settle()
    return deployment


def play(rehearsal: Rehearsal, folder: str, event: Any, kind: str = "hubspot") -> str:
    """Hand an event to a function, let everything that follows from it happen, and return what it answered."""
    rehearsal.crm_of_door = kind
    answer = rehearsal.handlers[folder](event, Context())
    rehearsal.settle()
    return json.dumps(answer)


@pytest.mark.parametrize("sample", FORGEABLE)
def test_no_event_of_another_workspace_touches_this_one(both, sample):
    folder, _, kind = sample.partition(".")
    before = Whole(both)
    answer = play(both, folder, forged(sample), kind or "hubspot")
    assert Whole(both) == before
    assert not (HUB in answer or SF in answer) or "there is no integration" in answer


def test_every_function_that_is_told_a_workspace_is_walked():
    folders = {path.name for path in (ROOT / "functions").iterdir() if (path / "app.py").exists()}
    assert {name.partition(".")[0] for name in SAMPLES} == folders
    told_by_account = {"receive_webhook", "receive_change_event", "finish_oauth"}
    told_by_schedule = {"plan_sync"}  # its wake-ups are walked
    assert folders - {name.partition(".")[0] for name in FORGEABLE} <= told_by_account | told_by_schedule


MESSAGES = {
    "a hint": ("changes", lambda workspace, key: ChangeHint(workspace, key, "contact", ("501", "502"), gone=("502",))),
    "a hint of a merge": (
        "changes",
        lambda workspace, key: ChangeHint(workspace, key, "contact", ("501",), merged_into={"501": "502"}),
    ),
    "a step of a run": ("sync", lambda workspace, key: SyncStep(workspace, key, "run_x")),
    "a look at webhooks": ("sync", lambda workspace, key: SyncStep(workspace, key, "", "webhooks")),
    "a ticket": ("push", lambda workspace, key: Ticket(workspace, key, "contact")),
    "a wake-up": ("wake", Wake),
}


STRANGE = ("", f"{MINE}#GRANT", "ACCOUNT", "HOOK", "../acme", "*")
"""Names that no workspace has, some of them beginnings of keys."""


@pytest.mark.parametrize("key", [HUB, SF])
def test_no_message_of_another_workspace_or_of_none_reaches_an_integration(both, key):
    before = Whole(both)
    for name, (queue, make) in MESSAGES.items():
        for workspace_id in (THEIRS, *STRANGE):
            record = {"messageId": "m1", "body": json.dumps(make(workspace_id, key).to_json())}
            answer = json.loads(play(both, FOLDERS[queue], {"Records": [record]}))
            assert answer["batchItemFailures"] == [] or workspace_id != THEIRS, (name, answer)
    assert Whole(both) == before


def test_a_run_of_this_workspace_is_not_read_on_for_another(both):
    both.advance(901)
    both.plan()
    steps = [each.content for each in both.queues.messages if isinstance(each.content, SyncStep)]
    assert {each.workspace_id for each in steps} == {MINE}
    before = Whole(both)
    for step in steps:
        record = {"messageId": "m1", "body": json.dumps(replace(step, workspace_id=THEIRS).to_json())}
        answer = both.handlers["run_sync_batch"]({"Records": [record]}, Context())
        assert answer == {"batchItemFailures": []}
        assert Whole(both) == before


def test_the_schedule_starts_each_workspaces_own_runs(both):
    both.advance(901)
    both.plan()
    for message in both.queues.messages:
        told = message.content
        assert told.integration_id in load_integrations(both.hub, told.workspace_id), told


@pytest.mark.parametrize("place", ["clientMetadata", "groupConfiguration", "scopes"])
def test_nobody_gets_into_a_workspace_by_what_they_send_when_they_sign_in(both, place):
    event = json.loads((EVENTS / "add_claims.json").read_text(encoding="utf-8"))
    event["request"]["userAttributes"] = {"email": "mallory@rival.test", "workspace": MINE, "role": "admin"}
    event["request"][place] = {"workspace": MINE, "custom:workspace": MINE, "role": "admin", "custom:role": "admin"}
    claims = both.handlers["add_claims"](event, Context())["response"]["claimsAndScopeOverrideDetails"]
    for token in ("idTokenGeneration", "accessTokenGeneration"):
        assert claims[token]["claimsToAddOrOverride"] == {"workspace": "", "role": "viewer"}
