"""Touchpoints: kept once, under their workspace, and with whoever a lead has become."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crmbridge.domain.records import Record
from crmbridge.domain.social.touchpoints import Touchpoint
from crmbridge.errors import NotFoundError
from crmbridge.ports import Save
from crmbridge.services.touchpoints import all_touchpoints, forget_touchpoints, record_touchpoints, touchpoints_of
from tests.unit.services.hubs import START, WORKSPACE, Clock, make_hub

LEAD, OTHER, COMPANY = (
    "lea_0000000000000000000000000A",
    "con_0000000000000000000000000B",
    "com_0000000000000000000000000C",
)


@pytest.fixture
def hub():
    made = make_hub(Clock())
    records = [
        Record(WORKSPACE, LEAD, "lead", {"email": "ana@example.com"}, rev=1),
        Record(WORKSPACE, OTHER, "contact", {"email": "bo@example.com"}, rev=1),
        Record(WORKSPACE, COMPANY, "company", {"name": "Acme"}, rev=1),
    ]
    assert made.records.save_many([Save(None, each) for each in records]) == (True, True, True)
    return made


def touch(key: str, record_id: str = LEAD, *, after_h: int = 0, channel: str = "instagram") -> Touchpoint:
    at = START + timedelta(hours=after_h)
    return Touchpoint(record_id=record_id, key=key, at=at, channel=channel, kind="click", campaign="spring")


def test_a_touchpoint_told_twice_is_kept_once(hub):
    assert record_touchpoints(hub, WORKSPACE, [touch("e1"), touch("e2", after_h=1)]) == (True, True)
    assert record_touchpoints(hub, WORKSPACE, [touch("e1", after_h=9), touch("e3", after_h=-1)]) == (False, True)
    assert touchpoints_of(hub, WORKSPACE, LEAD) == (touch("e3", after_h=-1), touch("e1"), touch("e2", after_h=1))


def test_the_same_key_of_another_record_is_another_touchpoint(hub):
    assert record_touchpoints(hub, WORKSPACE, [touch("e1"), touch("e1", OTHER)]) == (True, True)
    assert all_touchpoints(hub, WORKSPACE) == {LEAD: (touch("e1"),), OTHER: (touch("e1", OTHER),)}


def test_touchpoints_of_a_merged_record_are_the_survivors(hub):
    lead = hub.records.get_many(WORKSPACE, [LEAD])[LEAD]
    assert hub.records.save_many([Save(lead, replace(lead, merged_into=OTHER, rev=2))]) == (True,)
    assert record_touchpoints(hub, WORKSPACE, [touch("e1")]) == (True,)
    assert touchpoints_of(hub, WORKSPACE, OTHER) == (touch("e1", OTHER),)


@pytest.mark.parametrize("record_id", [COMPANY, "lea_000000000000000000000000ZZ", "nonsense"])
def test_only_leads_and_contacts_are_touched(hub, record_id):
    with pytest.raises(NotFoundError, match="no lead or contact"):
        record_touchpoints(hub, WORKSPACE, [touch("e1"), touch("e2", record_id)])
    assert all_touchpoints(hub, WORKSPACE) == {}


def test_another_workspace_neither_sees_nor_adds_touchpoints(hub):
    record_touchpoints(hub, WORKSPACE, [touch("e1")])
    assert touchpoints_of(hub, "other", LEAD) == ()
    assert all_touchpoints(hub, "other") == {}
    with pytest.raises(NotFoundError):
        record_touchpoints(hub, "other", [touch("e2")])


def test_a_forgotten_person_leaves_no_touchpoint(hub):
    record_touchpoints(hub, WORKSPACE, [touch("e1"), touch("e2"), touch("e3", OTHER)])
    assert forget_touchpoints(hub, WORKSPACE, LEAD) == 2
    assert all_touchpoints(hub, WORKSPACE) == {OTHER: (touch("e3", OTHER),)}
