"""What is set in motion: runs that are due, work nobody was told of, hints, and tickets."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.due import with_due
from crmbridge.domain.integrations import EntityRule
from crmbridge.domain.messages import ChangeHint, SyncStep, Ticket, Wake
from crmbridge.domain.records import LastChange, Link, Record
from crmbridge.errors import AuthorizationExpiredError, RetriableProviderError
from crmbridge.ports import Save
from crmbridge.services._reading import Cursor, save_cursor
from crmbridge.services._runs import list_runs, save_run
from crmbridge.services.apply_changes import apply_changes, coalesce
from crmbridge.services.fan_out_changes import StreamChange, awakened, fan_out_changes
from crmbridge.services.hub import load_integration, take_missed
from crmbridge.services.plan_sync import STALE_LEASES, plan_all, plan_woken, start_run
from tests.unit.services.hubs import ENTITIES, START, WORKSPACE, Clock, OneCrm, connected, make_hub, sent


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(clock):
    return make_hub(clock)


def has_been_read(hub, key: str = "int_a", entities=ENTITIES) -> None:
    for entity in entities:
        save_cursor(hub, WORKSPACE, key, entity, Cursor(START, START, START, START))


def end_runs(hub, key: str = "int_a") -> None:
    for run in list_runs(hub, WORKSPACE, key):
        if run.status == "running":
            save_run(hub, replace(run, status="done"))


def forget_messages(hub) -> None:
    for message in hub.queues.messages:
        hub.queues.acknowledge(message)


# ------------------------------------------------------------------------------------------------ runs


def test_a_new_integration_is_read_at_once_and_whole(hub):
    connected(hub)
    assert plan_all(hub).started == 1
    (run,) = list_runs(hub, WORKSPACE, "int_a")
    assert (run.mode, run.phase, run.entities) == ("baseline", "list", ENTITIES)
    assert sent(hub, SyncStep) == [SyncStep(WORKSPACE, "int_a", run.run_id)]


def test_what_was_read_before_is_read_on_when_its_interval_is_over(hub, clock):
    connected(hub, interval_s=900)
    has_been_read(hub)
    plan_all(hub)
    (run,) = list_runs(hub, WORKSPACE, "int_a")
    assert (run.mode, run.phase) == ("incremental", "changed")
    end_runs(hub)
    clock.advance(899)
    assert plan_all(hub).started == 0
    clock.advance(1)
    assert plan_all(hub).started == 1


def test_an_entity_that_was_switched_on_is_read_alone(hub):
    integration = connected(hub)
    has_been_read(hub, entities=("company",))
    run = start_run(hub, integration)
    assert run is not None
    assert (run.mode, run.entities) == ("baseline", ("contact",))


def test_a_full_run_compares_everything_and_repairs_whatever_differs(hub):
    integration = connected(hub)
    has_been_read(hub)
    run = start_run(hub, integration, full=True)
    assert run is not None
    assert (run.mode, run.entities, run.budget) == ("comparison", ENTITIES, None)


def test_a_full_run_of_what_was_not_all_read_yet_reads_everything_first(hub):
    integration = connected(hub)
    has_been_read(hub, entities=("company",))
    run = start_run(hub, integration, full=True)
    assert run is not None
    assert (run.mode, run.entities) == ("baseline", ENTITIES)


def test_no_run_is_begun_beside_one_that_goes_on(hub, clock):
    integration = connected(hub)
    first = start_run(hub, integration)
    clock.advance(STALE_LEASES * hub.lease_s - 1)
    assert start_run(hub, integration, full=True) == first
    assert (plan_all(hub).started, plan_all(hub).resumed) == (0, 0)
    assert len(sent(hub, SyncStep)) == 1


def test_a_run_that_nobody_continued_is_picked_up_from_its_checkpoint(hub, clock):
    run = start_run(hub, connected(hub))
    assert run is not None
    forget_messages(hub)
    clock.advance(STALE_LEASES * hub.lease_s)
    assert plan_all(hub).resumed == 1
    assert sent(hub, SyncStep) == [SyncStep(WORKSPACE, "int_a", run.run_id)]


def test_an_integration_without_entities_begins_no_run(hub):
    rules = {"contact": EntityRule(enabled=False)}
    assert start_run(hub, connected(hub, rules=rules)) is None
    assert plan_all(hub).started == 0


@pytest.mark.parametrize(
    "more",
    [{"status": status} for status in ("pending", "paused", "reauth_required")]
    + [{"blocked_until": START + timedelta(seconds=1)}],
)
def test_a_closed_integration_is_left_alone(hub, more):
    connected(hub, **more)
    plan = plan_all(hub)
    assert (plan.started, plan.resumed, plan.tickets) == (0, 0, 0)
    assert hub.queues.messages == []


def test_hints_that_were_let_go_are_made_up_for_as_soon_as_the_crm_opens(hub, clock):
    connected(hub)
    has_been_read(hub)
    plan_all(hub)
    end_runs(hub)
    connected_again = load_integration(hub, WORKSPACE, "int_a")
    hub.connectors.crm_client = RetriableProviderError("down", provider="acme", retry_after_s=30)
    apply_changes(hub, ChangeHint(WORKSPACE, "int_a", "contact", ("1",)))
    assert plan_woken(hub, [Wake(WORKSPACE, "int_a")]).started == 0
    clock.advance(31)
    assert plan_woken(hub, [Wake(WORKSPACE, "int_a")]).started == 1
    end_runs(hub)
    assert plan_woken(hub, [Wake(WORKSPACE, "int_a")]).started == 0
    assert connected_again.interval_s > 31


def test_a_wake_up_is_for_one_integration_and_several_count_once(hub):
    connected(hub)
    connected(hub, "int_b")
    wakes = [Wake(WORKSPACE, "int_b")] * 3 + [Wake(WORKSPACE, "int_gone"), Wake("rival", "int_a")]
    assert plan_woken(hub, wakes).started == 1
    assert {step.integration_id for step in sent(hub, SyncStep)} == {"int_b"}


def test_due_work_that_nobody_was_told_of_gets_a_ticket_at_every_look_until_it_is_done(hub, clock):
    integration = connected(hub)
    has_been_read(hub)
    record = Record(WORKSPACE, "con_1", "contact", fields={"city": "Recife"}, rev=1)
    hub.records.save_many([Save(None, with_due(record, [integration]))])
    for number in (1, 2):
        plan_all(hub)
        assert plan_woken(hub, [Wake(WORKSPACE, "int_a")]).tickets == 1, "two looks in one second count once"
        assert sent(hub, Ticket) == [Ticket(WORKSPACE, "int_a", "contact")] * number
        clock.advance(60)


# ------------------------------------------------------------------------------------------------ hints

ids = st.sampled_from(["1", "2", "3"])
hints = st.builds(
    lambda where, external_ids, gone, merged, times: ChangeHint(
        WORKSPACE,
        *where,
        external_ids=tuple(dict.fromkeys((*external_ids, *gone, *merged))),
        gone=tuple(gone),
        merged_into=merged,
        modified_ms={key: at for key, at in times.items() if key in external_ids},
    ),
    st.tuples(st.sampled_from(["int_a", "int_b"]), st.sampled_from(["contact", "deal"])),
    st.lists(ids, min_size=1, max_size=3, unique=True),
    st.lists(ids, max_size=1),
    st.dictionaries(ids, st.just("9"), max_size=1),
    st.dictionaries(ids, st.integers(1, 3), max_size=2),
)


@given(st.lists(hints, max_size=6))
def test_folding_loses_no_id_and_mixes_no_integrations(given_hints):
    folded = coalesce(given_hints)
    keys = [(each.workspace_id, each.integration_id, each.entity) for each in folded]
    assert len(set(keys)) == len(keys)
    for each in folded:
        same = [one for one in given_hints if (one.integration_id, one.entity) == (each.integration_id, each.entity)]
        assert set(each.external_ids) == {key for one in same for key in one.external_ids}
        assert len(set(each.external_ids)) == len(each.external_ids)
        assert set(each.gone) == {key for one in same for key in one.gone}
        assert set(each.merged_into) == {key for one in same for key in one.merged_into}


@given(st.lists(hints, min_size=1, max_size=4))
def test_folding_claims_a_time_only_where_every_hint_of_the_id_has_one(given_hints):
    for each in coalesce(given_hints):
        same = [one for one in given_hints if (one.integration_id, one.entity) == (each.integration_id, each.entity)]
        for key in each.external_ids:
            said = [one.modified_ms.get(key) for one in same if key in one.external_ids]
            assert each.modified_ms.get(key) == (None if None in said else max(said))


def test_hints_for_a_closed_crm_are_noted_and_not_read(hub):
    connected(hub, status="paused")
    hub.connectors.crm_client = AssertionError("the CRM was called")
    assert apply_changes(hub, ChangeHint(WORKSPACE, "int_a", "contact", ("1",))).seen == 0
    assert take_missed(hub, WORKSPACE, "int_a")


@pytest.mark.parametrize("key", ["int_gone", "int_off"])
def test_hints_for_nobody_are_dropped(hub, key):
    connected(hub, "int_off", rules={})
    hub.connectors.crm_client = AssertionError("the CRM was called")
    assert apply_changes(hub, ChangeHint(WORKSPACE, key, "contact", ("1",))).seen == 0
    assert not take_missed(hub, WORKSPACE, key)


def test_a_grant_that_died_asks_for_people_and_keeps_the_hint(clock):
    error = AuthorizationExpiredError("gone", provider="acme")
    hub = make_hub(clock, OneCrm(crm_client=error))
    connected(hub)
    apply_changes(hub, ChangeHint(WORKSPACE, "int_a", "contact", ("1",)))
    assert load_integration(hub, WORKSPACE, "int_a").status == "reauth_required"
    assert take_missed(hub, WORKSPACE, "int_a")


def test_an_outage_blocks_the_crm_and_keeps_the_hint(clock):
    hub = make_hub(clock, OneCrm(crm_client=RetriableProviderError("down", provider="acme")))
    connected(hub)
    apply_changes(hub, ChangeHint(WORKSPACE, "int_a", "contact", ("1",)))
    held = load_integration(hub, WORKSPACE, "int_a")
    assert (held.failures, held.blocked_until) == (1, clock.now() + timedelta(seconds=2))
    assert take_missed(hub, WORKSPACE, "int_a")
    assert sent(hub, Wake) == [Wake(WORKSPACE, "int_a")]


# ------------------------------------------------------------------------------------------------ the stream


def changed(number: int, *, due: dict[str, int], before: dict[str, int] | None = None, kind: str = "changed"):
    record = Record(WORKSPACE, f"con_{number}", "contact", due_for=due, last=LastChange(kind, "int_a", START), rev=2)
    held = None if before is None else replace(record, due_for=before, rev=1)
    return StreamChange(f"evt{number}", held, record)


NOW = int(START.timestamp())


@pytest.mark.parametrize(
    ("change", "woken"),
    [
        (changed(1, due={}), ()),
        (changed(1, due={"int_b": 0}), ("int_b",)),
        (changed(1, due={"int_c": 0, "int_b": 0}), ("int_b", "int_c")),
        (changed(1, due={"int_b": 0}, before={"int_b": 0}), ("int_b",)),
        (changed(1, due={"int_b": NOW + 1}), ()),
        (changed(1, due={"int_b": NOW}), ("int_b",)),
        (changed(1, due={"int_b": 0}, before={"int_b": 0}, kind="intended"), ()),
        (changed(1, due={"int_b": 0}, before={"int_b": 0}, kind="settled"), ()),
        (changed(1, due={"int_b": 0, "int_c": 0}, before={"int_b": 0}, kind="settled"), ("int_c",)),
        (changed(1, due={"int_b": 0}, before={}, kind="settled"), ("int_b",)),
        (changed(1, due={"int_b": NOW + 60}, before={"int_b": 0}, kind="postponed"), ()),
    ],
)
def test_who_has_new_work_after_a_change(change, woken):
    assert awakened(change, START) == woken


def test_many_changes_make_one_ticket_per_integration_and_entity(hub):
    changes = [changed(number, due={"int_b": 0}) for number in range(50)]
    assert fan_out_changes(hub, changes) == (Ticket(WORKSPACE, "int_b", "contact"),)


def test_a_batch_that_is_told_again_sends_nothing_twice(hub):
    changes = [changed(number, due={"int_b": 0, "int_c": 0}) for number in range(5)]
    fan_out_changes(hub, changes)
    fan_out_changes(hub, changes)
    assert sorted(each.integration_id for each in sent(hub, Ticket)) == ["int_b", "int_c"]


def test_history_is_the_same_whatever_is_told_again(hub):
    changes = [changed(number, due={}) for number in range(3)]
    shown = []
    for order in permutations(changes):
        fan_out_changes(hub, [*order, order[0]])
        shown.append([hub.documents.query(f"{WORKSPACE}#JOURNAL#con_{number}") for number in range(3)])
    assert all(each == shown[0] for each in shown)
    assert [len(lines) for lines in shown[0]] == [1, 1, 1]


def test_a_record_with_links_wakes_nobody_by_itself():
    record = Record(WORKSPACE, "con_1", "contact", links={"int_b": Link("int_b", "1")}, fields={"city": "x"})
    assert awakened(StreamChange("e", None, record), START) == ()
