"""Every schedule of an integration, in virtual time: the planner looks once a minute, for a day and more."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from crmbridge.adapters.memory.queues import MemoryQueues
from crmbridge.domain.due import with_due
from crmbridge.domain.messages import ChangeHint, SyncStep, Ticket
from crmbridge.domain.records import Link, Record
from crmbridge.domain.schedules import BOUNDS, DEFAULT, Schedule
from crmbridge.errors import RequestRejectedError
from crmbridge.ports import Document, Save
from crmbridge.services._priority import note_priority
from crmbridge.services._runs import list_runs, save_run
from crmbridge.services._schedules import read_schedule, show_schedule
from crmbridge.services.clean_up import LISTED_MAX, clean_up, list_clean_ups
from crmbridge.services.hub import Hub, load_integrations
from crmbridge.services.plan_sync import plan_all
from crmbridge.services.push_new import push_new_contacts
from crmbridge.services.workspace_settings import change_settings
from tests.unit.services.hubs import START, WORKSPACE, Clock, OneCrm, connected, make_hub, sent
from tests.unit.services.test_planning import has_been_read

HOUR, DAY = 60, 24 * 60
PUSH, CLEAN = "push", "clean"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(clock: Clock) -> Hub:
    return make_hub(clock, Silent())


class Silent(OneCrm):
    """A CRM without webhooks."""

    def declaration(self, crm):
        declared = super().declaration(crm)
        return replace(declared, supports=replace(declared.supports, webhooks=False, webhook_signature=False))


def watched(hub: Hub, clock: Clock, minutes: int) -> Counter[str]:
    """Let the planner look every minute, runs end at once, and count what it set in motion."""
    seen: Counter[str] = Counter()
    assert isinstance(hub.queues, MemoryQueues)
    for _ in range(minutes):
        clock.advance(60)
        plan_all(hub)
        for message in hub.queues.messages:
            content = message.content
            if isinstance(content, SyncStep) and content.task == "read":
                (run,) = [each for each in list_runs(hub, WORKSPACE, "int_a") if each.run_id == content.run_id]
                seen[run.mode] += 1
                save_run(hub, replace(run, status="done"))
            elif isinstance(content, SyncStep):
                seen[content.task] += 1
            elif isinstance(content, ChangeHint):
                seen[content.reason] += 1
            hub.queues.acknowledge(message)
    return seen


def people(hub: Hub, *fields: dict, links: dict | None = None, first: int = 1) -> list[Record]:
    """Store contacts, each with a place in int_a unless told otherwise."""
    places = {"int_a": Link("int_a", "0")} if links is None else links
    made = [
        Record(
            WORKSPACE,
            f"con_{number:026d}",
            "contact",
            fields=each,
            links={key: replace(link, external_id=f"{key}-{number}") for key, link in places.items()},
            rev=1,
            created_at=START,
        )
        for number, each in enumerate(fields, first)
    ]
    assert all(hub.records.save_many([Save(None, each) for each in made]))
    return made


def always() -> bool:
    return True


# ------------------------------------------------------------------------------------------------ by default


def test_a_day_of_an_integration_with_the_defaults(hub, clock):
    connected(hub, created_at=START)
    has_been_read(hub)
    seen = watched(hub, clock, DAY)
    assert seen == {"incremental": 96, "comparison": 5, PUSH: 24, CLEAN: 1}


def test_it_is_pulled_every_six_hours_however_rarely_it_is_read(hub, clock):
    connected(hub, created_at=START, interval_s=DAY * 60, compare_every_s=0)
    has_been_read(hub)
    assert watched(hub, clock, DAY)["incremental"] == 4


@pytest.mark.parametrize(
    ("schedule", "kind", "wanted"),
    [
        (Schedule(pull_s=2 * 3600), "incremental", 12),
        (Schedule(push_s=1800), PUSH, 48),
        (Schedule(push_s=0), PUSH, 0),
        (Schedule(clean_s=6 * 3600), CLEAN, 4),
        (Schedule(clean_s=0), CLEAN, 0),
    ],
)
def test_an_interval_that_was_set_is_kept(hub, clock, schedule, kind, wanted):
    connected(hub, created_at=START, interval_s=DAY * 60, compare_every_s=0, schedule=schedule)
    has_been_read(hub)
    assert watched(hub, clock, DAY)[kind] == wanted


def test_two_planners_ask_once(hub, clock, monkeypatch):
    connected(hub, created_at=START)
    clock.advance(3600)
    stale = hub.documents.query(f"{WORKSPACE}#SCHEDULE")
    query = hub.documents.query
    plan_all(hub)
    monkeypatch.setattr(hub.documents, "query", lambda pk, prefix="": stale if "SCHEDULE" in pk else query(pk, prefix))
    plan_all(hub)
    assert [each.task for each in sent(hub, SyncStep)].count(PUSH) == 1


# ------------------------------------------------------------------------------------------------ high priority


def marked(hub: Hub, record: Record) -> Record:
    note_priority(hub, None, record)
    return record


def test_contacts_of_high_priority_are_read_every_minute_where_no_webhook_tells(hub, clock):
    connected(hub, created_at=START)
    has_been_read(hub)
    people_of = people(hub, {"last_name": "Prado", "tags": ("VIP",)}, {"last_name": "Reis", "tags": ("Lisbon",)})
    for each in people_of:
        note_priority(hub, None, each)
    assert watched(hub, clock, HOUR)["priority"] == 60
    plan_all(hub)
    (hint,) = sent(hub, ChangeHint)
    assert (hint.integration_id, hint.entity, hint.external_ids) == ("int_a", "contact", ("int_a-1",))


def test_a_mark_by_the_custom_field_counts_and_one_that_was_taken_away_does_not(hub, clock):
    connected(hub, created_at=START)
    (record,) = people(hub, {"last_name": "Prado", "x_priority": "High"})
    note_priority(hub, None, record)
    assert watched(hub, clock, 2)["priority"] == 2
    note_priority(hub, record, replace(record, fields={"last_name": "Prado", "x_priority": "low"}))
    assert watched(hub, clock, 2)["priority"] == 0


def test_the_workspace_says_which_tags_mark(hub, clock):
    change_settings(hub, WORKSPACE, {"schedules": {"priorityTags": ["Gold"]}})
    connected(hub, created_at=START)
    vip, gold = people(hub, {"tags": ("vip",)}, {"tags": ("gold",)})
    marked(hub, vip)
    marked(hub, gold)
    plan_all(hub)
    assert [each.external_ids for each in sent(hub, ChangeHint)] == [("int_a-2",)]


@pytest.mark.parametrize(("priority_s", "wanted"), [(600, 6), (0, 0)])
def test_how_often_they_are_read_can_be_set(hub, clock, priority_s, wanted):
    connected(hub, created_at=START, schedule=Schedule(priority_s=priority_s))
    marked(hub, people(hub, {"tags": ("vip",)})[0])
    assert watched(hub, clock, HOUR)["priority"] == wanted


def test_where_webhooks_tell_of_them_nobody_asks(clock):
    hub = make_hub(clock)
    connected(hub, created_at=START)
    marked(hub, people(hub, {"tags": ("vip",)})[0])
    assert watched(hub, clock, HOUR)["priority"] == 0


def test_a_contact_without_a_mark_costs_nothing(hub):
    before = hub.documents.gets
    marked(hub, people(hub, {"last_name": "Prado"})[0])
    assert hub.documents.gets == before


# ------------------------------------------------------------------------------------------------ new contacts


def pushed(hub: Hub) -> int | None:
    return push_new_contacts(hub, SyncStep(WORKSPACE, "int_a", "", task="push"), has_time=always)


def test_a_new_contact_that_nobody_noticed_goes_out(hub):
    connected(hub)
    (record,) = people(hub, {"last_name": "Prado"}, links={})
    assert record.due_for == {}, "stored before the integration was there"
    assert pushed(hub) == 1
    assert "int_a" in hub.records.get_many(WORKSPACE, [record.record_id])[record.record_id].due_for
    assert [(each.integration_id, each.entity) for each in sent(hub, Ticket)] == [("int_a", "contact")]


def test_only_what_is_new_since_the_last_push_is_looked_at(hub):
    connected(hub)
    people(hub, *({"last_name": f"P{n}"} for n in range(450)))
    assert pushed(hub) == 450
    people(hub, {"last_name": "Late"}, first=900)
    assert pushed(hub) == 451, "once more: ids ascend in time only as far as clocks agree"
    assert pushed(hub) == 1
    assert pushed(hub) == 0


def test_a_push_that_ran_out_of_time_goes_on_where_it_stopped(hub):
    connected(hub)
    people(hub, *({"last_name": f"P{n}"} for n in range(450)))
    turns = iter([True, False])
    step = SyncStep(WORKSPACE, "int_a", "", task="push")
    assert push_new_contacts(hub, step, has_time=lambda: next(turns)) == 200
    assert sent(hub, SyncStep) == [step]
    assert pushed(hub) == 250


def test_nothing_is_pushed_to_who_is_closed(hub):
    connected(hub, status="paused")
    people(hub, {"last_name": "Prado"}, links={})
    assert pushed(hub) is None


# ------------------------------------------------------------------------------------------------ clean-ups


def cleaned(hub: Hub) -> dict:
    report = clean_up(hub, SyncStep(WORKSPACE, "int_a", "", task="clean"), has_time=always)
    assert report is not None
    return dict(report)


def test_what_cannot_be_right_and_what_may_be_one_is_reported(hub):
    connected(hub)
    people(
        hub,
        {"email": "ana@example.com", "phone": "+5581999990000"},
        {"email": "ana@example.com", "phone": "12"},
        {"email": "ana@", "mobile_phone": "+5581999990001"},
    )
    people(hub, {"email": "nobody", "last_name": "Elsewhere"}, links={}, first=50)
    report = cleaned(hub)
    assert report["counts"] == {
        "records": 4,
        "duplicates": 1,
        "dead_links": 0,
        "leftovers": 0,
        "invalid_emails": 1,
        "invalid_phones": 1,
    }
    one, two, three = (f"con_{number:026d}" for number in (1, 2, 3))
    assert report["duplicates"] == [{"entity": "contact", "key": "email", "record_ids": [one, two]}]
    assert report["invalid"] == [{"record_id": two, "field": "phone"}, {"record_id": three, "field": "email"}]
    assert "ana@" not in str(report), "a report names records and fields, no values"
    (listed,) = list_clean_ups(hub, WORKSPACE, "int_a")
    assert (listed["status"], listed["counts"]) == ("done", report["counts"])


def test_places_in_integrations_that_are_gone_are_removed_and_others_stay(hub):
    connected(hub)
    links = {
        "int_a": Link("int_a", "0"),
        "int_gone": Link("int_gone", "0"),
        "int_b": Link("int_b", "0", state="deleted"),
    }
    connected(hub, "int_b")
    (record,) = people(hub, {"email": "ana@example.com"}, links=links)
    assert cleaned(hub)["counts"]["dead_links"] == 1
    after = hub.records.get_many(WORKSPACE, [record.record_id])[record.record_id]
    assert set(after.links) == {"int_a", "int_b"}
    assert hub.records.find_external(WORKSPACE, "int_gone", "contact", ["int_gone-1"]) == {}
    assert cleaned(hub)["counts"]["dead_links"] == 0


def test_what_an_integration_left_behind_is_removed(hub):
    connected(hub)
    has_been_read(hub)
    for key in ("int_a", "int_gone"):
        hub.documents.put(Document(f"{WORKSPACE}#SCHEDULE", key, {}))
        hub.documents.put(Document(f"{WORKSPACE}#DELETIONS", f"{key}#contact", {"hours": {}, "braked": True}))
        hub.documents.put(Document(f"{WORKSPACE}#REPORT#{key}", "r1", {}))
    assert cleaned(hub)["counts"]["leftovers"] == 3
    assert [each.sk for each in hub.documents.query(f"{WORKSPACE}#SCHEDULE")] == ["int_a"]
    assert [each.sk for each in hub.documents.query(f"{WORKSPACE}#REPORT#int_a")] == ["r1"]
    assert len(hub.documents.query(f"{WORKSPACE}#CURSOR")) == 2


def test_a_clean_up_that_ran_out_of_time_goes_on_in_the_same_report(hub):
    connected(hub)
    people(hub, *({"email": "nobody"} for _ in range(250)))
    turns = iter([True, True, False])
    first = clean_up(hub, SyncStep(WORKSPACE, "int_a", "", task="clean"), has_time=lambda: next(turns))
    assert first is not None
    assert (first["status"], first["counts"]["records"]) == ("running", 200)
    (step,) = sent(hub, SyncStep)
    report = clean_up(hub, step, has_time=always)
    assert report is not None
    assert (report["report_id"], report["status"]) == (first["report_id"], "done")
    assert (report["counts"]["invalid_emails"], len(report["invalid"])) == (250, LISTED_MAX)
    assert len(list_clean_ups(hub, WORKSPACE, "int_a")) == 1
    again = clean_up(hub, step, has_time=always)
    assert again is not None
    assert again["counts"] == report["counts"], "told twice, it has been done"


# ------------------------------------------------------------------------------------------------ settings


def test_the_defaults_are_those_of_the_capability(hub):
    assert show_schedule(DEFAULT) == {
        "pullInterval": 360,
        "pushInterval": 60,
        "cleanupInterval": 1440,
        "priorityInterval": 1,
    }


@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_an_interval_is_set_in_minutes_within_its_bounds(name):
    _, least, most = BOUNDS[name]
    for minutes in (least, most):
        assert show_schedule(read_schedule({name: minutes}, DEFAULT)) == {**show_schedule(DEFAULT), name: minutes}
    for wrong in (least - 1 or -1, most + 1, -1, True, "60", 1.5, None):
        with pytest.raises(RequestRejectedError) as caught:
            read_schedule({name: wrong}, DEFAULT)
        assert caught.value.field == f"syncConfig.{name}"


def test_pulling_alone_cannot_be_switched_off():
    for name in BOUNDS:
        if name == "pullInterval":
            with pytest.raises(RequestRejectedError):
                read_schedule({name: 0}, DEFAULT)
        else:
            assert show_schedule(read_schedule({name: 0}, DEFAULT))[name] == 0


def test_a_schedule_is_stored_and_one_of_before_has_the_defaults(hub):
    connected(hub, schedule=Schedule(push_s=300))
    assert load_integrations(hub, WORKSPACE)["int_a"].schedule == Schedule(push_s=300)
    held = hub.documents.get(f"{WORKSPACE}#INTEGRATION", "int_a")
    body = {name: each for name, each in held.body.items() if name != "schedule"}
    hub.documents.put(Document(held.pk, held.sk, body, version=held.version))
    assert load_integrations(hub, WORKSPACE)["int_a"].schedule == DEFAULT


def test_what_is_due_is_as_before_where_a_link_goes(hub):
    integration = connected(hub)
    (record,) = people(hub, {"email": "ana@example.com"}, links={"int_gone": Link("int_gone", "0")})
    cleaned(hub)
    after = hub.records.get_many(WORKSPACE, [record.record_id])[record.record_id]
    assert after.due_for == with_due(after, [integration], rev=after.rev).due_for
