"""Every sample in ``events/`` does at its own handler what somebody who invokes it by hand expects to see."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crmbridge import runtime
from crmbridge.adapters.memory.secrets import MemoryAppSecrets
from crmbridge.connectors import declaration, part
from crmbridge.domain.keys import digest
from crmbridge.domain.messages import ChangeHint, SyncStep, Ticket
from crmbridge.domain.tokens import AppSecret
from crmbridge.ports import Document
from crmbridge.ports.archive import ArchivedLine
from crmbridge.runtime import _sources, archiving
from crmbridge.runtime.doors import webhook_call
from crmbridge.settings import Settings
from tests.functional.rehearsal import Context, Rehearsal
from tests.functional.watching import calls
from tests.house.tree import crms

EVENTS = Path(__file__).parents[2] / "events"
HUB, SF = "int_01JD3K5T8Q2M4N6P8R0S2T4V6X", "int_01JD3K9W1A3C5E7G9J1L3N5Q7S"
PORTAL, ORGANISATION = "148000001", "00D000000000001EAA"
SENT_AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def deployment(monkeypatch) -> Rehearsal:
    """The deployment that the samples speak of: its workspace, its integrations, its accounts, its hour."""
    ids, new_id = iter([HUB, SF]), _sources.new_id
    monkeypatch.setattr(_sources, "new_id", lambda prefix: next(ids, "") if prefix == "int" else new_id(prefix))
    rehearsal = Rehearsal(monkeypatch)
    rehearsal.advance((SENT_AT - rehearsal.now()).total_seconds())
    assert [rehearsal.connect("hubspot"), rehearsal.connect("salesforce")] == [HUB, SF]
    rehearsal.settle()
    assert isinstance(rehearsal.hub.secrets, MemoryAppSecrets)
    rehearsal.hub.secrets._secrets["hubspot"] = AppSecret("sample-client-id", "sample-client-secret")
    owners = {f"ACCOUNT#hubspot#{PORTAL}": HUB, f"ACCOUNT#salesforce#{ORGANISATION}": SF}
    for pk, owner in {**owners, f"HOOK#salesforce#{digest('sample-path-secret')}": SF}.items():
        body = {"workspace_id": "acme", "integration_id": owner, "account_id": ORGANISATION}
        rehearsal.documents.put(Document(pk, "owner", body))
    return rehearsal


def play(rehearsal: Rehearsal, sample: str) -> Any:
    """Hand a sample to its function; its name begins with the function's folder."""
    folder, _, kind = sample.partition(".")
    rehearsal.crm_of_door = kind or "hubspot"
    return rehearsal.handlers[folder](json.loads((EVENTS / f"{sample}.json").read_text(encoding="utf-8")), Context())


def shown(answer: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return answer["statusCode"], json.loads(answer["body"])


def queued(rehearsal: Rehearsal, kind: type) -> list[Any]:
    return [each.content for each in rehearsal.queues.messages if isinstance(each.content, kind)]


PLAYED = {
    "add_claims", "announce", "announce.held", "apply_changes",
    "archive_history", "connect_crm", "connect_crm.complete",
    "connect_crm.status", "crm_api",
    "crm_api.create", "crm_api.events", "crm_api.health", "crm_api.webhooks", "fan_out_changes", "finish_oauth",
    "finish_oauth.denied", "plan_sync",
    "plan_sync.wake", "push_changes", "receive_change_event", "receive_webhook.hubspot",
    "receive_webhook.salesforce", "run_sync_batch", "run_sync_batch.webhooks", "take_events", "take_events.bus",
}  # fmt: skip
DOORS = {crm: declaration(crm).supports for crm in crms() if declaration(crm).supports.webhooks}
SECRET_PATHS = sorted(
    crm for crm, each in DOORS.items() if not each.webhook_signature and f"receive_webhook.{crm}" not in PLAYED
)
"""CRMs beside the first two whose webhooks carry a secret in their path; each needs a sample."""


def test_every_sample_is_played_here():
    assert {path.stem for path in EVENTS.glob("*.json")} == PLAYED | {f"receive_webhook.{crm}" for crm in SECRET_PATHS}


def test_add_claims_gives_the_person_workspace_and_role(deployment):
    answer = play(deployment, "add_claims")["response"]["claimsAndScopeOverrideDetails"]
    for token in ("idTokenGeneration", "accessTokenGeneration"):
        assert answer[token]["claimsToAddOrOverride"] == {"workspace": "acme", "role": "admin"}


def test_announce_tells_what_became_of_the_integrations(deployment):
    deployment.bus.published.clear()
    assert play(deployment, "announce") == {"batchItemFailures": []}
    told = [(each.kind, each.data["integrationId"]) for each in deployment.bus.published]
    assert {("integration_added", HUB), ("integration_added", SF)} <= set(told)


def test_announce_held_puts_on_the_bus_what_it_did_not_take_before(deployment):
    deployment.bus.published.clear()
    assert play(deployment, "announce.held") == {"batchItemFailures": []}
    (event,) = deployment.bus.published
    assert (event.kind, event.data["to"]) == ("deal_stage_changed", "won")


def test_connect_crm_begins_a_login(deployment):
    status, body = shown(play(deployment, "connect_crm"))
    assert status == 200, body
    assert body["url"].startswith("http://hubspot.test/oauth/authorize?client_id=sample-client-id&redirect_uri=https")


def test_connect_crm_complete_refuses_a_code_that_nobody_was_given(deployment):
    status, body = shown(play(deployment, "connect_crm.complete"))
    assert (status, body.get("field")) == (400, "code"), body


def test_connect_crm_status_shows_the_connection(deployment):
    status, body = shown(play(deployment, "connect_crm.status"))
    assert (status, [(each["integrationId"], each["connected"]) for each in body["items"]]) == (200, [(HUB, True)])


def test_crm_api_lists_the_integrations(deployment):
    status, body = shown(play(deployment, "crm_api"))
    assert (status, [each["id"] for each in body["items"]]) == (200, [HUB, SF])


def test_crm_api_create_creates(deployment, monkeypatch):
    status, body = shown(play(deployment, "crm_api.create"))
    assert status == 201, body
    assert (body["provider"], body["name"], body["status"]) == ("hubspot", "Sales HubSpot", "pending")


def test_crm_api_events_takes_a_booking(deployment):
    status, body = shown(play(deployment, "crm_api.events"))
    assert (status, [each["result"] for each in body["items"]]) == (200, ["taken"])
    assert [each[:3] for each in body["items"][0]["records"]] == ["dea", "con"]


def test_take_events_takes_what_registered_senders_put_on_the_bus_and_into_the_queue(deployment, monkeypatch):
    queue = "arn:aws:sqs:eu-central-1:123456789012:crm-bridge-bus-events"
    monkeypatch.setattr(runtime, "settings", lambda: Settings({"BUS_EVENTS_QUEUE_ARN": queue}))
    for sample in ("take_events", "take_events.bus"):
        assert len(play(deployment, sample)["batchItemFailures"]) == 1, "nobody has registered the sender yet"
    senders = (
        {"door": "queue", "principal": "AROAEXAMPLEID00000002"},
        {"door": "bus", "account": "123456789012", "source": "social.inbox"},
    )
    for sender in senders:
        assert deployment.call("POST", "/api/crm/event-sources", sender)[0] == 201
    for sample in ("take_events", "take_events.bus"):
        assert play(deployment, sample) == {"batchItemFailures": []}
    people = deployment.records.list_records("acme", "contact", cursor=None, limit=10).items
    assert sorted(str(each.fields["last_name"]) for each in people) == ["Prado", "jana"]


def test_crm_api_health_is_healthy(deployment):
    status, told = shown(play(deployment, "crm_api.health"))
    assert (status, told.pop("lastSync") is not None) == (200, True)
    assert told == {"status": "healthy", "integrations": 2, "healthy": 2}


def test_crm_api_webhooks_tells_who_sets_them_up(deployment):
    assert shown(play(deployment, "crm_api.webhooks")) == (200, {"state": "by_hand", "items": []})


@pytest.mark.parametrize(
    ("sample", "words"),
    [("finish_oauth", "this login is unknown"), ("finish_oauth.denied", "end-user denied authorization")],
)
def test_finish_oauth_tells_the_person_what_went_wrong(deployment, sample, words):
    page = play(deployment, sample)
    assert page["statusCode"] == 400
    assert page["headers"]["content-type"].startswith("text/html")
    assert words in page["body"]


def test_receive_webhook_hubspot_is_signed_by_the_sample_secret_and_queued(deployment):
    answer = play(deployment, "receive_webhook.hubspot")
    assert answer["statusCode"] == 200, answer
    hints = {each.entity: each for each in queued(deployment, ChangeHint)}
    assert {entity: hint.external_ids for entity, hint in hints.items()} == {
        "contact": ("50001",),
        "company": ("60007",),
        "deal": ("70019",),
    }
    assert {hint.integration_id for hint in hints.values()} == {HUB}
    assert hints["deal"].gone == ("70019",)


def test_receive_webhook_salesforce_is_acknowledged_and_queued(deployment):
    answer = play(deployment, "receive_webhook.salesforce")
    assert (answer["statusCode"], "<Ack>true</Ack>" in answer["body"]) == (200, True)
    (hint,) = queued(deployment, ChangeHint)
    assert (hint.integration_id, hint.entity, hint.external_ids) == (SF, "contact", ("003000000000001AAA",))


@pytest.mark.parametrize("crm", SECRET_PATHS)
def test_a_sample_with_a_secret_in_its_path_is_queued_for_whom_the_secret_names(deployment, crm):
    sample = json.loads((EVENTS / f"receive_webhook.{crm}.json").read_text(encoding="utf-8"))
    assert sample["pathParameters"] == {"secret": "sample-path-secret"}
    (told, *_) = part(crm, "webhooks").DOOR.parse(webhook_call(sample))
    body = {"workspace_id": "acme", "integration_id": HUB, "account_id": told.account_id}
    deployment.documents.put(Document(f"HOOK#{crm}#{digest('another-secret')}", "owner", body))
    assert play(deployment, f"receive_webhook.{crm}")["statusCode"] == 404
    deployment.documents.put(Document(f"HOOK#{crm}#{digest('sample-path-secret')}", "owner", body))
    answer = play(deployment, f"receive_webhook.{crm}")
    assert answer["statusCode"] == 200, answer
    hints = queued(deployment, ChangeHint)
    assert {hint.integration_id for hint in hints} == {HUB}
    assert told.external_id in {each for hint in hints for each in hint.external_ids}


def test_receive_change_event_is_queued(deployment):
    assert play(deployment, "receive_change_event") is None
    (hint,) = queued(deployment, ChangeHint)
    assert (hint.integration_id, hint.entity, hint.external_ids) == (SF, "contact", ("003000000000001AAA",))


def test_apply_changes_asks_the_crm_for_what_was_hinted_at(deployment):
    before = calls(deployment, "hubspot", "batch/read")
    assert play(deployment, "apply_changes") == {"batchItemFailures": []}
    assert calls(deployment, "hubspot", "batch/read") >= before + 2


def test_fan_out_changes_sends_one_ticket_for_the_crm_that_must_hear(deployment):
    assert play(deployment, "fan_out_changes") is None
    assert queued(deployment, Ticket) == [Ticket("acme", SF, "contact")]


def test_archive_history_moves_an_expired_line_into_the_archive(deployment, monkeypatch):
    stored: list[ArchivedLine] = []

    class Shelf:
        def put(self, lines):
            stored.extend(lines)
            return 1

    monkeypatch.setattr(archiving, "archive_port", Shelf)
    assert play(deployment, "archive_history") is None
    assert [(each.workspace_id, each.line_id, each.day) for each in stored] == [
        ("acme", "con_01JD3K5T8Q2M4N6P8R0S2T4V6X#0000000002", "2026-11-21")
    ]


def test_push_changes_finds_nothing_due_and_keeps_no_message(deployment):
    assert play(deployment, "push_changes") == {"batchItemFailures": []}
    assert queued(deployment, Ticket) == []


def test_run_sync_batch_drops_a_step_of_a_run_that_is_gone(deployment):
    assert play(deployment, "run_sync_batch") == {"batchItemFailures": []}
    assert queued(deployment, SyncStep) == []


def test_run_sync_batch_webhooks_has_nothing_to_do_where_nobody_wants_any(deployment):
    before = calls(deployment, "hubspot")
    assert play(deployment, "run_sync_batch.webhooks") == {"batchItemFailures": []}
    assert calls(deployment, "hubspot") == before


@pytest.mark.parametrize(("sample", "started"), [("plan_sync", {HUB, SF}), ("plan_sync.wake", {SF})])
def test_plan_sync_begins_the_runs_that_are_due(deployment, sample, started):
    deployment.advance(901)
    assert play(deployment, sample)["batchItemFailures"] == []
    assert {step.integration_id for step in queued(deployment, SyncStep)} == started
