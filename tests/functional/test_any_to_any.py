"""Any two of the CRMs, and all at once: nothing lost or doubled, no echo, and a reason for what is rewritten."""

from __future__ import annotations

from itertools import combinations

import pytest

from crmbridge import connectors
from tests.matrix.house import House
from tests.matrix.journey import Journey
from tests.matrix.judge import Verdict, judge
from tests.matrix.reasons import reason

CRMS = connectors.names()
PAIRS = [pair if number % 2 else pair[::-1] for number, pair in enumerate(combinations(CRMS, 2))]
"""Each pair once; which of the two is seeded takes turns."""

QUICK = {frozenset(pair) for pair in (("kommo", "pipedrive"), ("hubspot", "zoho"), ("dynamics", "salesflare"))}


def _params() -> list:
    return [
        pytest.param(*pair, id="-".join(pair), marks=() if frozenset(pair) in QUICK else pytest.mark.slow)
        for pair in PAIRS
    ]


def _agreed(journey: Journey) -> Verdict:
    """Look at every CRM; whatever is not as it was said has its reason in the declaration."""
    verdict = judge(journey)
    assert verdict.problems == []
    unexplained = [key for key in verdict.by_field() if not reason(*key)]
    assert unexplained == [], "a declaration's `rewrites` has to say why"
    return verdict


def _wrote_nothing_back(house: House, journey: Journey, crm: str) -> None:
    """The CRM in which people changed something hears of nothing but what another CRM moves by itself."""
    moving = {
        (entity, name) for tool in house.tools.values() for entity in tool.entities for name in tool.moves(entity)
    }
    echoes = [
        (entity, sorted(names))
        for written_to, entity, names in house.updates
        if written_to == crm and not {(entity, name) for name in names} <= moving
    ]
    assert echoes == []


def _is_quiet(house: House, journey: Journey) -> None:
    """Two comparisons of everything write nothing at all."""
    before = journey.snapshot()
    house.forget()
    house.compare()
    house.compare()
    assert dict(house.written) == {}
    assert journey.snapshot() == before


def _settled(house: House) -> None:
    house.sync()
    house.sync()


@pytest.mark.parametrize(("source", "other"), _params())
def test_fifty_hard_records_go_to_another_crm_and_back(monkeypatch, source, other):
    house = House(monkeypatch, (source, other))
    journey = Journey(house, source)
    journey.seed()
    house.connect_all()
    _settled(house)
    assert (source, "update") not in house.written, "nobody has changed anything since"
    verdict = _agreed(journey)
    shared = len(journey.hards(source, other))
    made = house.written[other, "create"] + house.written[other, "upsert"] - len(house.refused)
    assert made == shared - len(verdict.lost), "each is made once"
    for crm, which in ((other, "edit"), (source, "second")):
        house.forget()
        assert journey.edit(crm, which) >= shared - len(verdict.lost)
        _settled(house)
        _agreed(journey)
        _wrote_nothing_back(house, journey, crm)
    _is_quiet(house, journey)


@pytest.mark.slow
@pytest.mark.parametrize("source", ["zoho", "pipedrive"])
def test_all_crms_at_once_stay_in_step(monkeypatch, source):
    house = House(monkeypatch, CRMS)
    journey = Journey(house, source)
    journey.seed()
    house.connect_all()
    _settled(house)
    assert (source, "update") not in house.written, "nobody has changed anything since"
    _agreed(journey)
    for number, crm in enumerate(journey.others):
        assert journey.edit(crm, "edit", range(number, len(journey.placed), len(journey.others)))
    _settled(house)
    _agreed(journey)
    assert journey.edit(source, "second") == len(journey.placed)
    _settled(house)
    _agreed(journey)
    _is_quiet(house, journey)
