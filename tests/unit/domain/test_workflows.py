"""What events are turned into: sums to the penny, in any order; stages, warranties, scores, names."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.social.touchpoints import TOUCH_KINDS, Touchpoint
from crmbridge.domain.stages import DEAL_STAGES
from crmbridge.domain.workflows.bookings import booking_deal, first_deal, later, repair_activity, repair_deal
from crmbridge.domain.workflows.engagement import TOUCH_OF, engagement_score
from crmbridge.domain.workflows.events import EVENT_TYPES
from crmbridge.domain.workflows.field_kits import KITS
from crmbridge.domain.workflows.lifecycle import Line, lifecycle
from crmbridge.domain.workflows.newest import still_new
from crmbridge.domain.workflows.people import Person, split_name, told_of
from crmbridge.domain.workflows.rules import ENGAGEMENT, REPAIR_SHOP, engagement_rules, shop_rules
from crmbridge.services.take_events import HANDLERS

RULES = shop_rules(REPAIR_SHOP.defaults)
WEIGHTS = engagement_rules(ENGAGEMENT.defaults)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

amounts = st.decimals(min_value="0.01", max_value="9999.99", places=2)
moments = st.integers(0, 100)


def lines(kind: str, **more: st.SearchStrategy) -> st.SearchStrategy[Line]:
    return st.builds(Line, kind=st.just(kind), line_id=st.sampled_from("abcdef"), at_ms=moments, **more)


told = st.lists(
    st.one_of(
        lines("payment", amount=amounts),
        lines("refund", amount=amounts),
        lines("booking", word=st.sampled_from(["iPhone", "iPad"]), is_void=st.booleans()),
        lines("review", rating=st.decimals(1, 5, places=1)),
        lines("repair"),
        lines("statement", amount=amounts, bookings=st.integers(0, 9), rating=st.decimals(1, 5, places=1)),
    ),
    max_size=20,
    unique_by=lambda each: (each.kind, each.line_id),
)


@given(told, st.randoms(use_true_random=False))
def test_where_a_customer_stands_does_not_depend_on_the_order_of_telling(all_of, random):
    mixed = list(all_of)
    random.shuffle(mixed)
    assert lifecycle(mixed, RULES) == lifecycle(all_of, RULES)


@given(told)
def test_telling_everything_twice_changes_nothing(all_of):
    assert lifecycle([*all_of, *all_of], RULES) == lifecycle(all_of, RULES)


@given(st.lists(amounts, max_size=12), st.lists(amounts, max_size=12))
def test_what_was_spent_is_payments_less_refunds_to_the_penny(paid, refunded):
    all_of = [Line(kind="payment", line_id=f"p{n}", at_ms=n, amount=each) for n, each in enumerate(paid)]
    all_of += [Line(kind="refund", line_id=f"r{n}", at_ms=n, amount=each) for n, each in enumerate(refunded)]
    found = lifecycle(all_of, RULES)
    pence = sum(int(each * 100) for each in paid) - sum(int(each * 100) for each in refunded)
    assert found.spent == Decimal(max(0, pence)) / 100
    assert found.points == max(0, pence) * 2 // 100
    assert found.is_vip == (pence >= 100_000)


@pytest.mark.parametrize(
    ("spent", "vip", "points"),
    [
        ("999.99", False, 1999),
        ("1000", True, 2000),
        ("1000.00", True, 2000),
        ("1200.50", True, 2401),
        ("0.49", False, 0),
    ],
)
def test_vip_begins_at_a_thousand_and_a_pound_is_two_points(spent, vip, points):
    found = lifecycle([Line(kind="payment", line_id="p", at_ms=1, amount=Decimal(spent))], RULES)
    assert (found.is_vip, found.points) == (vip, points)


def test_what_the_shop_states_counts_up_to_its_moment_and_what_came_after_is_added():
    stated = Line(
        kind="statement", line_id="s", at_ms=50, amount=Decimal("1200.50"), bookings=4, rating=Decimal("4.8"), reviews=4
    )
    more = [
        Line(kind="payment", line_id="before", at_ms=50, amount=Decimal(900)),
        Line(kind="payment", line_id="after", at_ms=51, amount=Decimal("10.10")),
        Line(kind="refund", line_id="back", at_ms=52, amount=Decimal("0.10")),
        Line(kind="booking", line_id="b", at_ms=60, word="iPad", on="2026-11-20"),
        Line(kind="booking", line_id="c", at_ms=61, is_void=True),
        Line(kind="review", line_id="r", at_ms=70, rating=Decimal(1)),
    ]
    found = lifecycle([*more, stated], RULES)
    assert (found.spent, found.bookings, found.rating) == (Decimal("1210.50"), 5, Decimal("4.04"))
    assert (found.device, found.last_booking_on) == ("iPad", "2026-11-20")


@given(st.permutations([((3, "c"), {"stage": 3, "title": 3}), ((5, "a"), {"stage": 5}), ((5, "b"), {"title": 5})]))
def test_the_later_word_counts_in_whatever_order_events_come_in(events):
    state: dict[str, int] = {}
    marks: dict[str, tuple[int, str]] = {}
    for mark, said in [*events, *events]:
        fresh, marks = still_new(said, mark, marks)
        state |= fresh
    assert state == {"stage": 5, "title": 5}


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        ("pending", "appointment"),
        ("diagnosed", "qualified"),
        ("in_progress", "contract"),
        ("completed", "won"),
        ("cancelled", "lost"),
    ],
)
def test_a_status_is_a_stage_of_every_crm(status, stage):
    assert stage in DEAL_STAGES
    assert booking_deal({"id": "1", "status": status}, RULES)["stage"] == stage
    assert repair_deal({"id": "1", "status": status}, RULES, on="2026-11-21")["stage"] == stage


def test_an_unknown_status_moves_nothing():
    assert "stage" not in booking_deal({"id": "1", "status": "confirmed"}, RULES)
    assert first_deal({}, RULES)["stage"] == "appointment"


@pytest.mark.parametrize(("told_months", "months", "until"), [(6, "6", "2027-02-28"), (None, "12", "2027-08-31")])
def test_a_completed_repair_has_its_warranty_or_twelve_months(told_months, months, until):
    repair = {"id": "1", "status": "completed", "completionDate": "2026-08-31T10:00:00Z"}
    if told_months is not None:
        repair["warrantyPeriod"] = told_months
    fields = repair_deal(repair, RULES, on="2026-11-21")
    assert (fields["x_warranty_months"], fields["x_warranty_until"]) == (months, until)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 1200))
def test_months_later_is_the_same_day_or_the_months_last(day, months):
    then = later(day, months)
    assert (then.year * 12 + then.month) - (day.year * 12 + day.month) == months
    assert then.day == day.day or (then + timedelta(days=1)).day == 1


def test_an_activity_of_a_repair_tells_all_that_is_known():
    repair = {
        "id": "1",
        "status": "in_progress",
        "deviceModel": "iPhone 14 Pro",
        "diagnosisDescription": "Front glass damaged",
        "repairDescription": "Replaced glass",
        "assignedTechnician": "Tech-001",
        "estimatedHours": "2",
        "actualHours": "1.5",
        "totalCost": "299.99",
        "qualityCheckPassed": True,
    }
    shown = repair_activity(repair, at="2026-11-21T10:00:00Z")
    assert (shown["kind"], shown["status"], shown["subject"]) == (
        "task",
        "completed",
        "Repair in progress: iPhone 14 Pro",
    )
    assert str(shown["description"]).splitlines() == [
        "Diagnosis: Front glass damaged",
        "Repair: Replaced glass",
        "Technician: Tech-001",
        "Estimated hours: 2",
        "Actual hours: 1.5",
        "Total cost: 299.99",
        "Quality check: passed",
    ]


touches = st.builds(
    lambda kind, days: Touchpoint(
        record_id="con_1", key="k", at=NOW - timedelta(days=days), channel="twitter", kind=kind
    ),
    st.sampled_from(TOUCH_KINDS),
    st.integers(0, 200),
)


@given(st.lists(touches, max_size=30), touches)
def test_engagement_lies_between_0_and_100_and_never_falls_by_doing_more(all_of, one):
    score = engagement_score(all_of, WEIGHTS, now=NOW)
    assert 0 <= score <= engagement_score([*all_of, one], WEIGHTS, now=NOW) <= 100


def test_what_is_longer_ago_than_the_window_counts_no_more():
    shared = Touchpoint(record_id="con_1", key="k", at=NOW, channel="twitter", kind="share")
    assert engagement_score([shared], WEIGHTS, now=NOW + timedelta(days=90)) == 8
    assert engagement_score([shared], WEIGHTS, now=NOW + timedelta(days=90, seconds=1)) == 0


def test_everything_that_is_weighed_can_happen():
    assert set(ENGAGEMENT.defaults["weights"]) == set(TOUCH_KINDS)
    assert set(TOUCH_OF.values()) <= set(TOUCH_KINDS)


@given(st.text(max_size=30))
def test_a_name_loses_none_of_its_words(name):
    first, last = split_name(name)
    assert f"{first} {last}".split() == name.split()
    assert last or not name.split()


def test_what_is_known_of_a_person_is_added_to_and_not_written_over():
    known = {"email": "ana@example.com", "last_name": "Prado", "first_name": "Ana"}
    person = Person(email="other@example.com", phone="+5581999990000", first_name="A.", last_name="P.")
    assert told_of(person, known) == {"phone": "+5581999990000"}


def test_every_event_has_somebody_who_takes_it():
    assert HANDLERS.keys() == set(EVENT_TYPES)


def test_kits_name_each_field_once_and_as_fields_may_be_called():
    for kit in KITS.values():
        names = [(each.entity, each.name) for each in kit]
        assert len(names) == len(set(names))
        assert all(len(each.name) <= 40 and each.label for each in kit)
