"""Every room of adapters keeps the ports' promises: one suite over memory, moto and, if there is one, a local AWS.

The record store, the largest of them, has its own file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from crmbridge.domain.messages import ChangeHint, SyncStep, Ticket, Wake
from crmbridge.errors import ConfigurationError, ConflictError
from crmbridge.ports import Document
from tests.contract._ports import ROOMS, Ports, opened


@pytest.fixture(params=ROOMS)
def ports(request) -> Iterator[Ports]:
    with opened(request.param) as found:
        yield found


# ---------------------------------------------------------------------------------------------- documents


def test_a_document_comes_back_with_its_version(ports: Ports) -> None:
    body = {"name": "Ünal", "count": 3, "is_on": True, "none": None, "ids": ["1", "2"], "in": {"a": [{"b": 1}]}}
    saved = ports.documents.put(Document("acme#INTEGRATION", "int_1", body))
    assert saved.version == 1
    assert ports.documents.get("acme#INTEGRATION", "int_1") == saved
    assert ports.documents.put(replace(saved, body={"name": "B"})).version == 2
    assert ports.documents.get("acme#INTEGRATION", "int_2") is None
    assert ports.documents.get("other#INTEGRATION", "int_1") is None


def test_what_is_stored_is_out_of_everybodys_reach(ports: Ports) -> None:
    body: dict[str, Any] = {"ids": ["1"], "pair": ("a", "b")}
    ports.documents.put(Document("acme#RUN", "run_1", body))
    body["ids"].append("2")
    first = ports.documents.get("acme#RUN", "run_1")
    assert first is not None
    first.body["ids"].append("3")
    again = ports.documents.get("acme#RUN", "run_1")
    assert again is not None
    assert again.body == {"ids": ["1"], "pair": ["a", "b"]}


def test_a_stale_document_is_refused(ports: Ports) -> None:
    first = ports.documents.put(Document("acme#CURSOR", "int_1#contact", {"at": "1"}))
    ports.documents.put(replace(first, body={"at": "2"}))
    for stale in (first, replace(first, version=0), replace(first, version=7)):
        with pytest.raises(ConflictError):
            ports.documents.put(replace(stale, body={"at": "3"}))
        with pytest.raises(ConflictError):
            ports.documents.delete(stale)
    stored = ports.documents.get("acme#CURSOR", "int_1#contact")
    assert stored is not None
    assert (stored.body, stored.version) == ({"at": "2"}, 2)


def test_a_version_that_was_never_stored_is_refused(ports: Ports) -> None:
    with pytest.raises(ConflictError):
        ports.documents.put(Document("acme#LEASE", "x", {}, version=1))
    with pytest.raises(ConflictError):
        ports.documents.delete(Document("acme#LEASE", "x", {}, version=0))


def test_without_condition_the_last_put_stays(ports: Ports) -> None:
    first = ports.documents.put(Document("WORKSPACES", "acme", {"n": 1}), unconditionally=True)
    second = ports.documents.put(Document("WORKSPACES", "acme", {"n": 2}), unconditionally=True)
    assert (first.version, second.version) == (1, 2)
    assert ports.documents.get("WORKSPACES", "acme") == second


def test_a_deleted_document_is_gone_and_deleted_once(ports: Ports) -> None:
    saved = ports.documents.put(Document("STATE#abc", "state", {"a": 1}))
    ports.documents.delete(saved)
    assert ports.documents.get("STATE#abc", "state") is None
    with pytest.raises(ConflictError):
        ports.documents.delete(saved)
    with pytest.raises(ConflictError):
        ports.documents.put(saved)


def test_an_expired_document_counts_as_absent(ports: Ports) -> None:
    end = int(ports.clock().timestamp()) + 60
    held_by_a = ports.documents.put(Document("acme#LEASE", "int_1", {"holder": "a"}, expires_at=end))
    with pytest.raises(ConflictError):
        ports.documents.put(Document("acme#LEASE", "int_1", {"holder": "b"}, expires_at=end))
    ports.clock.advance(61)
    assert ports.documents.get("acme#LEASE", "int_1") is None
    assert ports.documents.query("acme#LEASE") == ()
    with pytest.raises(ConflictError):
        ports.documents.put(replace(held_by_a, expires_at=end + 600))
    with pytest.raises(ConflictError):
        ports.documents.delete(held_by_a)
    taken = ports.documents.put(Document("acme#LEASE", "int_1", {"holder": "b"}, expires_at=end + 600))
    assert ports.documents.get("acme#LEASE", "int_1") == taken
    for late in (replace(held_by_a, expires_at=end + 900), replace(held_by_a, version=0)):
        with pytest.raises(ConflictError):
            ports.documents.put(late)
    with pytest.raises(ConflictError):
        ports.documents.delete(held_by_a)


def test_an_end_can_be_put_off_and_taken_away(ports: Ports) -> None:
    end = int(ports.clock().timestamp()) + 60
    saved = ports.documents.put(Document("acme#GRANT", "int_1", {}, expires_at=end))
    saved = ports.documents.put(replace(saved, expires_at=end + 60))
    ports.clock.advance(90)
    assert ports.documents.get("acme#GRANT", "int_1") == saved
    saved = ports.documents.put(replace(saved, expires_at=None))
    ports.clock.advance(900)
    assert ports.documents.get("acme#GRANT", "int_1") == saved


def test_a_query_returns_a_partitions_documents_in_order(ports: Ports) -> None:
    for sk in ("b#2", "a#1", "b#1", "c", "b"):
        ports.documents.put(Document("acme#QUARANTINE#int_1", sk, {"sk": sk}))
    ports.documents.put(Document("acme#QUARANTINE#int_2", "b#3", {}))
    found = ports.documents.query("acme#QUARANTINE#int_1")
    assert [each.sk for each in found] == ["a#1", "b", "b#1", "b#2", "c"]
    assert all(each.body == {"sk": each.sk} and each.version == 1 for each in found)
    assert [each.sk for each in ports.documents.query("acme#QUARANTINE#int_1", "b#")] == ["b#1", "b#2"]
    assert ports.documents.query("acme#QUARANTINE#int_3") == ()


def test_a_query_follows_every_page(ports: Ports) -> None:
    for number in range(8):
        ports.documents.put(Document("acme#RUN#int_1", f"run_{number}", {"log": "x" * 300_000}))
    assert len(ports.documents.query("acme#RUN#int_1", "run_")) == 8


@pytest.mark.parametrize(
    "value", [1.5, datetime(2026, 3, 1, tzinfo=UTC), {1, 2}, b"raw"], ids=["float", "datetime", "set", "bytes"]
)
def test_what_is_not_json_is_refused(ports: Ports, value: Any) -> None:
    with pytest.raises(TypeError):
        ports.documents.put(Document("acme#RUN", "run_1", {"in": [{"value": value}]}))
    assert ports.documents.get("acme#RUN", "run_1") is None


# ---------------------------------------------------------------------------------------------- queues


def test_each_message_arrives_in_its_queue_as_its_json(ports: Ports) -> None:
    hint = ChangeHint("acme", "int_1", "contact", ("1", "2"), gone=("2",), merged_into={"2": "1"})
    step, ticket, wake = SyncStep("acme", "int_1", "run_1"), Ticket("acme", "int_1", "deal"), Wake("acme", "int_1")
    ports.queues.send_changes([hint])
    ports.queues.send_steps([step])
    ports.queues.send_tickets([ticket], cause="evt_1")
    ports.queues.send_wakes([wake], delay_s=0)
    assert [ChangeHint.from_json(each) for each in ports.delivered("changes")] == [hint]
    assert [SyncStep.from_json(each) for each in ports.delivered("sync")] == [step]
    assert [Ticket.from_json(each) for each in ports.delivered("push")] == [ticket]
    assert [Wake.from_json(each) for each in ports.delivered("wake")] == [wake]


def test_any_number_of_messages_is_sent(ports: Ports) -> None:
    ports.queues.send_changes([])
    hints = [ChangeHint("acme", "int_1", "contact", (f"{n}-" + "x" * 60_000,)) for n in range(23)]
    ports.queues.send_changes(hints)
    arrived = {each["external_ids"][0].split("-")[0] for each in ports.delivered("changes")}
    assert arrived == {str(n) for n in range(23)}


def test_a_ticket_of_one_cause_counts_once(ports: Ports) -> None:
    deal, contacts = Ticket("acme", "int_1", "deal"), Ticket("acme", "int_1", "contact")
    ports.queues.send_tickets([deal, contacts], cause="evt_1")
    ports.queues.send_tickets([deal], cause="evt_1")
    ports.queues.send_tickets([deal], cause="evt_2")
    arrived = sorted(each["entity"] for each in ports.delivered("push"))
    assert arrived == ["contact", "deal", "deal"]


def test_delayed_messages_are_not_seen_at_once(ports: Ports) -> None:
    ports.queues.send_wakes([Wake("acme", "int_1")], delay_s=900)
    ports.queues.send_steps([SyncStep("acme", "int_1", "run_1")], delay_s=900)
    assert ports.delivered("wake") == []
    assert ports.delivered("sync") == []


@pytest.mark.parametrize("delay_s", [-1, 901])
def test_a_delay_that_no_queue_keeps_is_refused(ports: Ports, delay_s: int) -> None:
    with pytest.raises(ValueError, match="delay"):
        ports.queues.send_wakes([Wake("acme", "int_1")], delay_s=delay_s)


# ---------------------------------------------------------------------------------------------- cipher, secrets


def test_a_token_is_read_with_its_own_context_only(ports: Ports) -> None:
    context = {"workspace_id": "acme", "integration_id": "int_1"}
    ciphertext = ports.cipher.encrypt("tok-ü-1", context=context)
    assert "tok" not in ciphertext
    assert ports.cipher.decrypt(ciphertext, context=dict(reversed(context.items()))) == "tok-ü-1"
    for other in ({}, {"workspace_id": "acme"}, {**context, "integration_id": "int_2"}, {**context, "more": "1"}):
        with pytest.raises(ConfigurationError):
            ports.cipher.decrypt(ciphertext, context=other)


def test_one_text_is_never_sealed_alike_twice(ports: Ports) -> None:
    texts = {ports.cipher.encrypt("tok-1", context={"workspace_id": "acme"}) for _ in range(5)}
    assert len(texts) == 5
    assert {ports.cipher.decrypt(each, context={"workspace_id": "acme"}) for each in texts} == {"tok-1"}


@pytest.mark.parametrize("text", ["", "tok", "v1", "v1..", "v1.!!.!!", "v1.AAAA.AAAA", "v2.AAAA.AAAA", "v1.a.b.c"])
def test_what_was_never_sealed_is_not_opened(ports: Ports, text: str) -> None:
    with pytest.raises(ConfigurationError):
        ports.cipher.decrypt(text, context={"workspace_id": "acme"})


def test_credentials_are_found_by_connector(ports: Ports) -> None:
    secrets = ports.secrets({"hubspot": {"client_id": "id-1", "client_secret": "hush"}})
    assert secrets.get("hubspot").client_id == "id-1"
    assert secrets.get("hubspot").client_secret == "hush"
    assert secrets.get("hubspot").previous_client_secret == ""


@pytest.mark.parametrize(
    ("values", "missing"),
    [({"client_id": "id-1"}, "client_secret"), ({"client_secret": "hush"}, "client_id"), ({}, "client_id and")],
)
def test_incomplete_credentials_are_named_but_not_shown(ports: Ports, values: dict[str, str], missing: str) -> None:
    secrets = ports.secrets({"hubspot": values})
    with pytest.raises(ConfigurationError, match=missing) as caught:
        secrets.get("hubspot")
    assert "hubspot" in str(caught.value)
    assert not any(value in str(caught.value) for value in values.values())


def test_credentials_that_do_not_exist_are_a_fault_of_the_deployment(ports: Ports) -> None:
    with pytest.raises(ConfigurationError, match="salesforce"):
        ports.secrets({}).get("salesforce")


def test_lines_of_history_can_be_written_twice(ports: Ports) -> None:
    lines = [Document("acme#JOURNAL#con_1", f"{number:03d}", {"rev": number}) for number in range(60)]
    ports.documents.append(lines)
    ports.documents.append(lines[10:40])
    ports.documents.append([])
    assert [each.body["rev"] for each in ports.documents.query("acme#JOURNAL#con_1")] == list(range(60))
