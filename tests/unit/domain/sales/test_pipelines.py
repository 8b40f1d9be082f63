"""Stages, the agent's map onto them, and standing still."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest

from crmbridge.domain.sales.automation.pipelines import (
    AGENT_STAGES,
    DATA,
    REPAIR_STAGES,
    days_in_stage,
    default_pipeline,
    live_stage,
    mapped_stages,
    pipeline_from,
    stage_of_agent,
)
from crmbridge.errors import RequestRejectedError

PIPELINE = default_pipeline()


def test_the_pipeline_has_the_nine_founding_stages_with_their_colours():
    assert [(each.key, each.name, each.colour) for each in PIPELINE.stages] == [
        ("new", "Novo Lead", "#99CCFF"),
        ("in_qualification", "Em Qualificação", "#FFCC66"),
        ("qualified", "Qualificado", "#66CCFF"),
        ("meeting_scheduled", "Reunião Agendada", "#66CC66"),
        ("meeting_confirmed", "Reunião Confirmada", "#00CC00"),
        ("in_negotiation", "Em Negociação", "#FFFF66"),
        ("proposal_sent", "Proposta Enviada", "#FF9966"),
        ("won", "Fechado/Ganho", "#00FF00"),
        ("lost", "Fechado/Perdido", "#FF0000"),
    ]
    assert [each.kind for each in PIPELINE.stages[-3:]] == ["open", "won", "lost"]


@pytest.mark.parametrize(
    ("agent", "stage"),
    [
        ("initial", "new"),
        ("identifying", "in_qualification"),
        ("solution_discovery", "in_qualification"),
        ("value_assessment", "in_qualification"),
        ("competitor_analysis", "qualified"),
        ("scheduling", "meeting_scheduled"),
        ("scheduled", "meeting_confirmed"),
        ("something_else", "in_qualification"),
        ("", "in_qualification"),
    ],
)
def test_the_agents_stages_have_their_places(agent, stage):
    assert stage_of_agent(agent) == stage


def test_a_pipeline_without_the_agents_stage_starts_at_its_own_beginning():
    data = deepcopy(DATA)
    data["stages"] = [{**data["stages"][0], "key": "start"}, *data["stages"][-2:]]
    own = pipeline_from(data)
    assert live_stage(own, "identifying") == "start"
    assert live_stage(own, "identifying", current="start") == "start"


def test_every_mapped_stage_exists():
    assert all(PIPELINE.stage(key) for key in (*AGENT_STAGES.values(), *REPAIR_STAGES.values()))


@pytest.mark.parametrize(
    ("key", "following"),
    [("new", "in_qualification"), ("proposal_sent", "won"), ("won", None), ("lost", None), ("x", None)],
)
def test_a_stage_is_followed_by_the_next_and_never_by_lost(key, following):
    found = PIPELINE.following(key)
    assert (found and found.key) == following


def test_a_crms_stages_are_found_by_their_names():
    labels = {"1": "novo lead", "2": "EM QUALIFICACAO", "3": "Anything", "8": "Fechado/Ganho"}
    found, missing = mapped_stages(PIPELINE, labels)
    assert found == {"new": "1", "in_qualification": "2", "won": "8"}
    assert missing[0] == "qualified"
    assert len(missing) == 6


@pytest.mark.parametrize(("hours", "days"), [(0, 0), (12, 0.5), (24, 1), (-5, 0), (24 * 7, 7)])
def test_days_in_a_stage_are_counted_with_their_fraction(hours, days):
    now = datetime(2027, 3, 1, tzinfo=UTC)
    assert days_in_stage(now - timedelta(hours=hours), now=now) == days


@pytest.mark.parametrize(
    ("stage", "change", "words"),
    [
        (0, {"key": "won"}, "stages must not have two stages called 'won'"),
        (7, {"kind": "open"}, "stages must have exactly one stage of kind won"),
        (0, {"kind": "lost"}, "stages must have exactly one stage of kind lost"),
        (0, {"colour": "blue"}, r"stages\[0\]\.colour must be a colour such as #99CCFF, not 'blue'"),
        (1, {"probability": 101}, r"stages\[1\]\.probability must be a whole number from 0 to 100, not 101"),
        (2, {"criteria": [{"field": "x"}]}, r"stages\[2\]\.criteria\[0\]\.operator must be one of"),
    ],
)
def test_a_wrong_pipeline_is_refused_in_words(stage, change, words):
    data = deepcopy(DATA)
    data["stages"][stage] |= change
    with pytest.raises(RequestRejectedError, match=words):
        pipeline_from(data)


def test_open_stages_come_before_the_closed_ones():
    data = deepcopy(DATA)
    data["stages"].append(data["stages"].pop(0))
    with pytest.raises(RequestRejectedError, match="stages must have every open stage before won and lost"):
        pipeline_from(data)
