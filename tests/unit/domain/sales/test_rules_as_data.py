"""A workspace's rules are read strictly, refused in readable words, and versioned."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.sales.conditions import Condition, all_hold, holds, read_condition
from crmbridge.domain.sales.forms import read
from crmbridge.domain.sales.revisions import revised
from crmbridge.domain.sales.scoring.cards import card_from
from crmbridge.domain.sales.scoring.hub_card import DATA as HUB
from crmbridge.domain.sales.scoring.kommo_card import DATA as KOMMO
from crmbridge.errors import ConflictError, RequestRejectedError

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


def _changed(data, path, value):
    data = deepcopy(data)
    place = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("data", "path", "value", "field", "words"),
    [
        (HUB, ["factors", 0, "weight"], 11, "factors", "must have weights that add up to 100 percent, not 101"),
        (
            HUB,
            ["factors", 2, "weight"],
            "many",
            "factors[2].weight",
            "must be a number from 0 to 100, decimals as text",
        ),
        (HUB, ["factors", 2, "weight"], 7.5, "factors[2].weight", 'such as "7.5", not 7.5'),
        (HUB, ["factors", 1, "name"], "job_title", "factors", "must not have two factors called 'job_title'"),
        (HUB, ["factors", 3, "seen_fact"], "", "factors[3].seen_fact", "must name the fact that tells when"),
        (
            HUB,
            ["factors", 3, "half_life_days"],
            -1,
            "factors[3].half_life_days",
            "a whole number from 0 to 3650, not -1",
        ),
        (HUB, ["factors"], [], "factors", "must hold at least one factor"),
        (HUB, ["style"], "strict", "style", "must be one of points, weighted, not 'strict'"),
        (KOMMO, ["factors", 0, "weight"], 5, "factors[0].weight", "belongs to weighted cards"),
        (KOMMO, ["factors", 0, "fact"], "", "factors[0].fact", "must name the fact that the at_least table looks at"),
        (KOMMO, ["factors", 0, "grade", "kind"], "x", "factors[0].grade.kind", "at_least, below, contains, counts"),
        (
            KOMMO,
            ["factors", 0, "grade", "rows"],
            [],
            "factors[0].grade.rows",
            "must hold at least one row for at_least",
        ),
        (KOMMO, ["factors", 0, "grade", "rows", 1, "is"], "big", "factors[0].grade.rows[1].is", "must be a number"),
        (KOMMO, ["factors", 1, "grade", "rows", 0, "is"], 4, "factors[1].grade.rows[0].is", "must be a word, not 4"),
        (KOMMO, ["factors", 0, "grade", "rows", 1, "points"], 101, "factors[0].grade.rows[1].points", "from 0 to 100"),
        (KOMMO, ["factors", 0, "grade", "rows", 1, "is"], 4000, "factors[0].grade.rows", "the same thing twice"),
        (KOMMO, ["factors", 4, "points"], 5, "factors[4].points", "is not known here; known are fact, grade"),
        (KOMMO, ["factors", 4], "response", "factors[4]", "must be an object with named fields"),
    ],
)
def test_a_wrong_card_is_refused_in_words_that_name_the_field(data, path, value, field, words):
    with pytest.raises(RequestRejectedError) as refused:
        card_from(_changed(data, path, value))
    assert refused.value.field == field
    assert words in str(refused.value)
    assert refused.value.next_step


def test_everything_that_is_wrong_is_said_at_once():
    wrong = _changed(_changed(HUB, ["factors", 0, "weight"], -5), ["name"], "")
    with pytest.raises(RequestRejectedError) as refused:
        card_from(wrong)
    assert "name must be a text" in str(refused.value)
    assert "factors[0].weight must be a number" in str(refused.value)


@pytest.mark.parametrize("data", [None, [], "rules", 7])
def test_what_is_no_object_is_refused(data):
    with pytest.raises(RequestRejectedError, match="the rules must be an object"):
        card_from(data)


def test_weights_may_be_decimals_written_as_text():
    halves = _changed(_changed(HUB, ["factors", 0, "weight"], "10.5"), ["factors", 1, "weight"], "7.5")
    assert [each.weight for each in card_from(halves).factors[:2]] == [Decimal("10.5"), Decimal("7.5")]


@pytest.mark.parametrize(
    ("operator", "value", "fact", "met"),
    [
        ("equals", "São Paulo", "sao paulo ", True),
        ("equals", 70, "70.0", True),
        ("equals", True, True, True),
        ("equals", True, "true", False),
        ("equals", 1, True, False),
        ("equals", "x", None, False),
        ("not_equals", "x", None, True),
        ("greater_than", 10, 10, False),
        ("greater_than", 10, "10.01", True),
        ("at_least", 10, 10, True),
        ("less_than", 10, 10, False),
        ("at_most", 10, 10, True),
        ("at_most", 10, None, False),
        ("at_most", 10, "ten", False),
        ("contains", "solar", "Energia Solar", True),
        ("contains", "VIP", ("vip", "novo"), True),
        ("contains", "solar", None, False),
        ("not_contains", "solar", None, True),
        ("one_of", ("a", "b"), "B", True),
        ("one_of", ("a", "b"), ("c", "b"), True),
        ("one_of", ("a", "b"), "c", False),
        ("one_of", ("a", "b"), None, False),
        ("not_one_of", ("a", "b"), None, True),
        ("is_known", None, "", False),
        ("is_known", None, 0, True),
        ("is_known", None, False, True),
        ("is_unknown", None, (), True),
    ],
)
def test_an_operator_compares_as_people_mean_it(operator, value, fact, met):
    assert holds(Condition("f", operator, value), {"f": fact}) == met


def test_no_conditions_are_always_met_and_one_unmet_is_enough():
    assert all_hold((), {})
    assert not all_hold((Condition("a", "is_unknown"), Condition("b", "is_known")), {})


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"field": "a", "operator": "like", "value": 1}, "operator must be one of at_least, at_most, contains"),
        ({"operator": "equals", "value": 1}, "field must be a text of 1 to 60 letters, and is missing"),
        ({"field": "a", "operator": "at_least", "value": "hot"}, "value must be a number for at_least"),
        ({"field": "a", "operator": "at_least"}, "value must be a number for at_least"),
        ({"field": "a", "operator": "equals", "value": None}, "value must be a text, a whole number, true or false"),
        ({"field": "a", "operator": "equals", "value": [1]}, "value must be a text, a whole number, true or false"),
        ({"field": "a", "operator": "one_of", "value": []}, "value must hold at least one text"),
        ({"field": "a", "operator": "is_known", "value": 1}, "value is not needed by is_known"),
        ({"field": "a", "operator": "equals", "value": 1, "or": 2}, "or is not known here; known are field, operator"),
    ],
)
def test_a_wrong_condition_is_refused_in_words(data, words):
    with pytest.raises(RequestRejectedError, match=words):
        read(data, read_condition)


def test_a_condition_reads_as_a_sentence():
    told = [
        Condition("score", "at_least", 70),
        Condition("stage", "one_of", ("a", "b")),
        Condition("phone", "is_known"),
    ]
    assert [str(each) for each in told] == ["score at least 70", "stage one of a, b", "phone is known"]


FLAT = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
JSON = st.recursive(
    FLAT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)


@given(JSON)
def test_what_is_no_card_is_refused_whatever_its_shape(data):
    with pytest.raises(RequestRejectedError, match="must "):
        card_from(data)


# -------------------------------------------------------------------------------------------------- versions


def _revised(body, *, before=None, expected=0):
    return revised("hub_card", body, check=card_from, before=before, expected=expected, author="ana", at=NOW)


def test_rules_count_up_and_keep_who_wrote_them():
    first = _revised(HUB)
    second = _revised(HUB, before=first, expected=1)
    assert (first.number, second.number, second.author, second.at) == (1, 2, "ana", NOW)


def test_two_people_cannot_overwrite_each_other():
    first = _revised(HUB)
    with pytest.raises(ConflictError, match="hub_card is at version 1 by now, not 0"):
        _revised(HUB, before=first)


def test_wrong_rules_never_become_a_version():
    with pytest.raises(RequestRejectedError):
        _revised({"name": "x"})
