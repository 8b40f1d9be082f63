"""A full comparison sees what no webhook and no listing of changes told, repairs it, and says what it found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crmbridge.domain.messages import SyncStep
from crmbridge.domain.records import Base, LastChange
from crmbridge.errors import NotFoundError
from crmbridge.ports import Save
from crmbridge.services._reports import REPORTS_MAX, issue_report, list_reports, load_report
from crmbridge.services._runs import list_runs
from crmbridge.services.hub import change_integration
from crmbridge.services.plan_sync import plan_all, start_comparison, start_run
from crmbridge.services.read_records import show_run
from tests.unit.services.hubs import WORKSPACE
from tests.unit.services.shelves import Room, says


@pytest.fixture
def room() -> Room:
    return Room()


# ------------------------------------------------------------------------------------------------ what it sees


def test_two_sides_in_step_are_equal_and_nothing_is_written(room: Room):
    room.people(25)
    saved, written = len(room.saved), len(room.a.written) + len(room.b.written)
    for key in ("int_a", "int_b", "int_a", "int_b"):
        report = room.compare(key)
        assert says(report, there=25, here=25, both=25, equal=25, parity_percent="100.00")
    assert (len(room.saved), len(room.a.written) + len(room.b.written)) == (saved, written)


def test_an_old_edit_that_nobody_was_told_of_is_found_and_travels(room: Room):
    (key, *_) = room.people(3)
    room.a.rows[key]["city"] = "Olinda"
    room.a.times[key] -= timedelta(days=1)  # before the cursor
    start_run(room.hub, room.integration())
    room.settle()
    assert {row["city"] for row in room.b.rows.values()} == {"Recife"}, "no listing of changes shows it"
    report = room.compare()
    assert says(report, newer_there=1, repaired=1, equal=2, differing={"city": 1}, parity_percent="66.66")
    assert sorted(str(row["city"]) for row in room.b.rows.values()) == ["Olinda", "Recife", "Recife"]
    assert says(room.compare(), equal=3, differing={})


def test_rows_that_the_hub_lacks_are_taken_in(room: Room):
    room.people(3)
    key = room.a.put(7, email="new@example.com")
    room.a.times[key] -= timedelta(days=2)
    assert says(room.compare(), there=4, both=3, missing_here=1, repaired=1, parity_percent="75.00")
    assert "new@example.com" in {row["email"] for row in room.b.rows.values()}
    assert says(room.compare(), there=4, here=4, both=4, equal=4)


def test_a_row_that_vanished_without_evidence_is_invisible_and_nothing_is_deleted(room: Room):
    (key, *_) = room.people(3)
    room.a.hidden.add(key)
    assert says(room.compare(), there=2, here=3, invisible=1, missing_there=1, repaired=1)
    assert room.record(key).links["int_a"].state == "invisible"
    assert len(room.b.rows) == 3
    saved = len(room.saved)
    assert says(room.compare(), there=2, here=3, invisible=1, missing_there=1)
    assert len(room.saved) == saved, "it is noted once"


def test_a_row_that_is_seen_again_is_a_place_like_any_other(room: Room):
    (key, *_) = room.people(3)
    room.a.hidden.add(key)
    room.compare()
    room.a.hidden.clear()
    assert says(room.compare(), there=3, here=3, both=3, equal=3, repaired=1)
    assert room.record(key).links["int_a"].state == "active"


def test_a_row_that_turns_out_to_be_deleted_after_it_was_invisible_is_followed(room: Room):
    (key, *_) = room.people(3)
    room.a.hidden.add(key)
    room.compare()
    room.a.drop(key)
    assert says(room.compare(), here=3, gone=1, missing_there=1, repaired=1)
    assert room.record(key).links["int_a"].state == "deleted"


def test_a_deletion_that_nobody_was_told_of_is_followed(room: Room):
    change_integration(room.hub, room.integration(), on_delete="propagate")
    (key, *_) = room.people(3)
    room.a.drop(key)
    assert says(room.compare(), there=2, here=3, gone=1, missing_there=1, repaired=1)
    assert room.record(key).links["int_a"].state == "deleted"
    assert room.record(key).deleted_at is not None
    assert says(room.compare(), there=2, here=2, both=2, equal=2)


def test_a_row_that_only_the_listing_has_lost_stays_where_it_is(room: Room):
    (key, *_) = room.people(3)
    room.a.unlisted.add(key)
    assert says(room.compare(), there=2, here=3)
    assert room.record(key).links["int_a"].state == "active"


def test_an_unlisted_row_that_was_edited_is_taken_in_all_the_same(room: Room):
    (key, *_) = room.people(3)
    room.a.unlisted.add(key)
    room.a.rows[key]["city"] = "Olinda"
    assert says(room.compare(), there=2, here=3, repaired=1)
    assert room.record(key).fields["city"] == "Olinda"


def test_a_row_that_was_written_a_moment_ago_is_given_time_to_show(room: Room):
    (key, *_) = room.people(3)
    room.a.put(0, city="Olinda")
    start_run(room.hub, room.integration())
    room.settle()
    room.a.hidden.add(key)
    assert says(room.compare(), there=2, here=3)
    room.clock.advance(3600)
    assert says(room.compare(), there=2, here=3, invisible=1, repaired=1)


def test_what_a_crm_refuses_is_shown_as_owed_and_parked(room: Room):
    (key, *_) = room.people(3)
    other = next(each for each, row in room.b.rows.items() if row["email"] == "p0@example.com")
    room.b.refused.add(other)
    room.a.put(0, city="Olinda")
    start_run(room.hub, room.integration())
    room.settle()
    assert says(room.compare("int_b"), newer_here=1, parked=1, differing={"city": 1}, parity_percent="66.66")
    assert says(room.compare("int_a"), equal=3)
    assert room.record(key).fields["city"] == "Olinda"


def test_work_that_is_due_but_forgotten_by_the_index_is_found(room: Room):
    (key, *_) = room.people(3)
    before = room.record(key)
    links = {**before.links, "int_b": replace(before.links["int_b"], base={"city": Base("Recife")})}
    lost = replace(before, fields={**before.fields, "city": "Natal"}, links=links, rev=before.rev + 1)
    room.hub.records.save_many([Save(before, lost)])
    room.stream.clear()
    assert says(room.compare("int_b"), newer_here=1, repaired=1, differing={"city": 1})
    assert sorted(str(row["city"]) for row in room.b.rows.values()) == ["Natal", "Recife", "Recife"]


def test_a_field_left_to_people_is_no_news(room: Room):
    for key in ("int_a", "int_b"):
        change_integration(room.hub, room.integration(key), policy="manual")
    (key, *_) = room.people(2)
    other = next(each for each, row in room.b.rows.items() if row["email"] == "p0@example.com")
    room.a.put(0, city="Olinda")
    start_run(room.hub, room.integration("int_a"))
    room.settle(only=SyncStep)
    room.b.rows[other]["city"] = "Natal"
    assert says(room.compare("int_b"), newer_there=1, repaired=1, differing={"city": 1})
    assert says(room.compare("int_b"), frozen=1, differing={"city": 1})
    assert list(room.record(key).frozen) == ["city"]


def test_a_crm_that_renders_values_its_own_way_is_equal(room: Room):
    room.a.put(1, email="ana@example.com", job_title="Head of Sales")
    room.read_all()
    assert says(room.compare("int_a"), equal=1)
    assert says(room.compare("int_b"), equal=1)


def test_a_row_that_nobody_can_read_is_counted_and_kept_raw(room: Room):
    (key, *_) = room.people(3)
    room.a.garbled.add(key)
    assert says(room.compare(), there=2, here=3, quarantined=1)
    assert list_runs(room.hub, WORKSPACE, "int_a")[0].status == "partial"
    (kept,) = room.hub.documents.query(f"{WORKSPACE}#QUARANTINE#int_a")
    assert kept.sk == f"contact#{key}"


# ------------------------------------------------------------------------------------------------ budget


def test_a_comparison_repairs_no_more_than_its_budget_and_says_what_is_left(room: Room):
    keys = room.people(25)
    for key in keys[:12]:
        room.a.rows[key]["city"] = "Olinda"
    first = room.compare(budget=5)
    assert says(first, newer_there=12, repaired=5, left=7, differing={"city": 12}, status="partial")
    second = room.compare(budget=5)
    assert says(second, newer_there=7, repaired=5, left=2, differing={"city": 7})
    assert says(room.compare(budget=5), newer_there=2, repaired=2, differing={"city": 2}, status="done")
    assert sum(row["city"] == "Olinda" for row in room.b.rows.values()) == 12
    assert says(room.compare(budget=5), equal=25)


def test_a_budget_of_nothing_only_looks(room: Room):
    keys = room.people(25)
    room.a.rows[keys[3]]["city"] = "Olinda"
    room.a.hidden.add(keys[4])
    room.a.drop(keys[5])
    room.a.put(77, email="new@example.com")
    saved = len(room.saved)
    wanted = {"newer_there": 1, "missing_here": 1, "gone": 1, "invisible": 1, "left": 4, "differing": {"city": 1}}
    assert says(room.compare(budget=0), **wanted)
    assert len(room.saved) == saved
    assert says(room.compare(), **{**wanted, "left": 0, "repaired": 4})


# ------------------------------------------------------------------------------------------------ when


def compared(room: Room) -> int:
    return sum(run.mode == "comparison" for run in list_runs(room.hub, WORKSPACE, "int_a"))


def test_a_comparison_begins_four_hours_after_everything_was_last_read(room: Room):
    room.people(1)
    room.clock.advance(3 * 3600 - 100)
    plan_all(room.hub)
    room.settle()
    assert compared(room) == 0
    room.clock.advance(200)
    plan_all(room.hub)
    room.settle()
    assert compared(room) == 1
    room.clock.advance(3600)
    plan_all(room.hub)
    room.settle()
    assert compared(room) == 1


def test_an_integration_may_have_its_own_interval_or_none(room: Room):
    change_integration(room.hub, room.integration(), compare_every_s=1800)
    room.people(1)
    for _ in range(3):
        plan_all(room.hub)
        room.settle()
        room.clock.advance(1900)
    assert compared(room) == 3
    change_integration(room.hub, room.integration(), compare_every_s=0)
    room.clock.advance(40 * 3600)
    plan_all(room.hub)
    room.settle()
    assert compared(room) == 3


def test_other_reading_goes_on_beside_a_comparison_and_a_second_comparison_does_not(room: Room):
    room.people(3)
    first = start_comparison(room.hub, room.integration(), budget=None)
    assert start_comparison(room.hub, room.integration(), budget=3) == first
    assert start_run(room.hub, room.integration(), full=True) == first
    beside = start_run(room.hub, room.integration())
    assert beside is not None
    assert beside.mode == "incremental"


def test_a_crm_that_was_never_read_is_not_compared(room: Room):
    assert start_comparison(room.hub, room.integration(), budget=None) is None


def test_a_comparison_leaves_the_reading_position_alone(room: Room):
    room.people(3)
    before = room.hub.documents.query(f"{WORKSPACE}#CURSOR")
    room.compare()
    assert room.hub.documents.query(f"{WORKSPACE}#CURSOR") == before


# ------------------------------------------------------------------------------------------------ reports


def test_the_last_fifty_reports_are_kept(room: Room):
    room.people(1)
    reports = [room.compare()["report_id"] for _ in range(REPORTS_MAX // 2 + 2)]
    kept = list_reports(room.hub, WORKSPACE, "int_a")
    assert len(kept) == REPORTS_MAX
    assert kept[0]["report_id"] == reports[-1]
    with pytest.raises(NotFoundError):
        load_report(room.hub, WORKSPACE, "int_a", reports[0])


def test_a_report_issued_twice_is_one(room: Room):
    run = start_comparison(room.hub, room.integration(), budget=None)
    assert run is None
    room.people(1)
    run = start_comparison(room.hub, room.integration(), budget=None)
    assert run is not None
    for _ in range(2):
        issue_report(room.hub, run, "contact", status="done")
    assert len(list_reports(room.hub, WORKSPACE, "int_a")) == 1


def test_how_a_run_finds_its_way_is_not_shown(room: Room):
    room.people(1)
    run = start_comparison(room.hub, room.integration(), budget=7)
    assert run is not None
    shown = show_run(run)
    assert {"tally", "chosen", "cursor", "workspace_id"} & shown.keys() == set()
    assert shown["budget"] == 7


def test_history_is_not_told_again_by_what_a_comparison_puts_right(room: Room):
    (key, *_) = room.people(1)
    before = room.record(key)
    last = before.last
    assert isinstance(last, LastChange)
    room.hub.records.save_many([Save(before, replace(before, rev=before.rev + 1, due_for={"int_b": 0}))])
    room.compare(settle=False)
    after = room.record(key).last
    assert after is not None
    assert (after.kind, room.record(key).due_for) == ("reconciled", {})
