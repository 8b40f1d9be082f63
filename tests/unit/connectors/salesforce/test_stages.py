from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.connectors.salesforce.mapping.stages import Choice, stage_map, status_map
from crmbridge.domain.stages import DEAL_STAGES, LEAD_STATUSES
from tests.unit.connectors.salesforce.shapes import STAGES, STATUSES

choices = st.lists(
    st.builds(
        Choice,
        name=st.text(min_size=1, max_size=20),
        order=st.integers(0, 20),
        probability=st.floats(0, 100),
        is_active=st.booleans(),
        is_closed=st.booleans(),
        is_won=st.booleans(),
        is_default=st.booleans(),
        is_converted=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda each: each.name,
)


def test_several_stages_read_as_one_key_and_one_of_them_is_written() -> None:
    assert STAGES.keys["Needs Analysis"] == STAGES.keys["Qualification"] == "qualified"
    assert STAGES.names["qualified"] == "Qualification"


def test_an_open_key_without_a_stage_is_written_as_its_nearest() -> None:
    assert STAGES.names["presentation"] == STAGES.names["decision"] == "Qualification"


def test_a_final_key_without_a_stage_is_not_written() -> None:
    assert "won" not in stage_map([Choice(name="Pilot", probability=50)], {}).names


def test_closing_beats_the_name() -> None:
    made = stage_map(
        [Choice(name="Prospecting", is_closed=True), Choice(name="Bought", is_closed=True, is_won=True)], {}
    )
    assert made.keys == {"Prospecting": "lost", "Bought": "won"}


@pytest.mark.parametrize(
    ("probability", "key"),
    [
        (0, "appointment"),
        (19.9, "appointment"),
        (20, "qualified"),
        (59, "presentation"),
        (79, "decision"),
        (95, "contract"),
    ],
)
def test_an_orgs_own_stage_reads_by_its_probability(probability: float, key: str) -> None:
    assert stage_map([Choice(name="Own", probability=probability)], {}).keys["Own"] == key


def test_the_workspace_overrides_how_a_stage_reads_and_which_is_written() -> None:
    given_stages = [Choice(name="Qualification", order=1), Choice(name="Pilot", order=2, probability=90)]
    made = stage_map(given_stages, {"Pilot": "qualified", "Qualification": "no such key"})
    assert made.keys == {"Qualification": "qualified", "Pilot": "qualified"}
    assert made.names["qualified"] == "Pilot"


def test_an_inactive_stage_is_read_but_never_written() -> None:
    made = stage_map([Choice(name="Prospecting", is_active=False), Choice(name="First call", order=2)], {})
    assert made.keys["Prospecting"] == "appointment"
    assert made.names["appointment"] == made.first == "First call"


def test_the_status_of_converted_leads_is_read_but_never_written() -> None:
    assert STATUSES.keys["Closed - Converted"] == "qualified"
    assert STATUSES.names["qualified"] == "Working - Contacted"
    assert STATUSES.first == "Open - Not Contacted"


def test_an_orgs_own_status_is_being_worked_on_unless_it_is_the_default() -> None:
    made = status_map([Choice(name="Fresh", is_default=True), Choice(name="On it", order=1)], {})
    assert made.keys == {"Fresh": "new", "On it": "in_progress"}


@given(choices, st.sampled_from([stage_map, status_map]))
def test_writing_a_key_leads_to_a_name_that_reads_as_a_key_and_stays(given_choices, mapped) -> None:
    made = mapped(given_choices, {})
    keys = DEAL_STAGES if mapped is stage_map else LEAD_STATUSES
    for name in made.names.values():
        key = made.keys[name]
        assert key in keys
        assert made.keys[made.names[key]] == key
        assert next(each for each in given_choices if each.name == name).is_active
