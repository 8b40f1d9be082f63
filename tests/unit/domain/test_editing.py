"""Values entered through the API are edits like any other: due wherever they are not said, and in order of time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crmbridge.domain.due import due_for, with_due
from crmbridge.domain.editing import edit, place_in
from crmbridge.domain.integrations import EntityRule, Integration
from crmbridge.domain.merge import merge
from crmbridge.domain.records import Conflict, Link, Observation, Parked, Record, Side, Stamp

FIELDS = ("city", "email", "job_title", "last_name")
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)


def crm(key: str, **more) -> Integration:
    return Integration(
        "acme", key, "hubspot", key, status="active", rules={"contact": EntityRule(fields=FIELDS)}, **more
    )


CRMS = {"a": crm("a"), "b": crm("b")}
ANA = Record(
    "acme",
    "con_1",
    "contact",
    fields={"email": "ana@example.com", "city": "Recife"},
    stamps={"email": Stamp(1, "a"), "city": Stamp(1, "a")},
    links={key: Link(key, f"{key}1") for key in CRMS},
    rev=1,
)


def entered(record: Record, crms=CRMS, at_ms: int = NOW_MS, **fields):
    done = edit(record, fields, at_ms=at_ms, integrations=crms)
    return replace(done, record=with_due(done.record, crms.values()))


def test_an_entered_value_is_due_in_every_crm():
    done = entered(ANA, city="Olinda")
    assert due_for(done.record, CRMS.values()) == {"a": 0, "b": 0}
    assert [(each.field, each.old, each.new) for each in done.changes] == [("city", "Recife", "Olinda")]
    assert done.record.stamps == {**ANA.stamps, "city": Stamp(NOW_MS, "hub")}


def test_entering_it_again_or_what_is_there_already_changes_nothing():
    done = entered(ANA, city="Olinda")
    again = entered(done.record, at_ms=NOW_MS + 5000, city="Olinda", email="ana@example.com")
    assert (again.changes, again.record) == ((), done.record)


def test_going_back_before_anybody_was_told_leaves_nothing_due():
    there = entered(ANA, city="Olinda")
    back = entered(there.record, at_ms=NOW_MS + 1, city="Recife")
    assert due_for(back.record, CRMS.values()) == {}


@pytest.mark.parametrize(("after_ms", "city"), [(1000, "Natal"), (-1000, "Olinda")])
def test_the_later_of_an_entry_and_an_edit_in_a_crm_wins(after_ms, city):
    done = entered(ANA, city="Olinda")
    at = datetime.fromtimestamp((NOW_MS + after_ms) / 1000, UTC)
    seen = Observation("a1", {"city": "Natal"}, modified_at=at)
    merged = merge(done.record, seen, integration=CRMS["a"], integrations=CRMS, project=dict, now=NOW)
    assert merged.record.fields["city"] == city
    assert len(merged.lost) == 1
    assert set(due_for(merged.record, CRMS.values())) == ({"b"} if city == "Natal" else {"a", "b"})


def test_a_field_in_conflict_is_left_to_people():
    sides = {"a": Side("Recife", Stamp(1, "a")), "b": Side("Natal", Stamp(2, "b"))}
    record = replace(ANA, frozen={"city": Conflict("Recife", sides, NOW)})
    done = entered(record, city="Olinda", job_title="CTO")
    assert (done.frozen, [each.field for each in done.changes]) == (("city",), ["job_title"])
    assert done.record.fields["city"] == "Recife"


OFF = EntityRule(enabled=False)
READS = EntityRule(direction="from_crm", fields=FIELDS)


@pytest.mark.parametrize(
    ("integration", "link", "more", "state"),
    [
        (crm("a"), Link("a", "1"), {}, "written"),
        (crm("a"), None, {}, "pending"),
        (crm("a"), Link("a", state="creating"), {}, "pending"),
        (crm("a"), Link("a", "1", state="deleted"), {}, "gone"),
        (crm("a"), Link("a", "1", state="held"), {}, "gone"),
        (crm("a"), Link("a", state="creating", parked=Parked("f", "no", "NO", NOW)), {}, "refused"),
        (crm("a"), Link("a", state="creating", retry_at=NOW, attempts=1), {}, "waiting"),
        (crm("a"), None, {"candidates": ("con_2",)}, "waiting"),
        (replace(crm("a"), status="paused"), None, {}, "waiting"),
        (replace(crm("a"), status="reauth_required"), None, {}, "waiting"),
        (replace(crm("a"), status="pending"), None, {}, "off"),
        (replace(crm("a"), rules={}), None, {}, "off"),
        (replace(crm("a"), rules={"contact": OFF}), Link("a", "1"), {}, "off"),
        (replace(crm("a"), rules={"contact": READS}), Link("a", "1"), {}, "off"),
        (crm("a"), None, {"fields": {"city": None}}, "off"),
    ],
)
def test_how_a_record_stands_in_a_crm(integration, link, more, state):
    record = replace(ANA, links={} if link is None else {"a": link}, **more)
    place = place_in(with_due(record, [integration]), integration)
    assert place.state == state
    assert bool(place.words) == (state in ("waiting", "refused", "off", "gone"))


def test_what_was_entered_was_created_updated_or_no_news():
    def written(before: Record) -> dict[str, str]:
        after = replace(before, links={key: Link(key, f"{key}1") for key in CRMS}, due_for={})
        return {key: place_in(after, each, before=before).state for key, each in CRMS.items()}

    assert written(entered(ANA, city="Olinda").record) == {"a": "updated", "b": "updated"}
    assert written(entered(replace(ANA, links={}), city="Olinda").record) == {"a": "created", "b": "created"}
    assert written(ANA) == {"a": "unchanged", "b": "unchanged"}
