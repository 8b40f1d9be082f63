"""docs/mapping.md says what the declarations say, and the declarations say what the simulated CRMs do."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmbridge import connectors
from crmbridge.domain.records import ACTIVITY_KINDS, ENTITIES, FIELD_NAMES
from tests.matrix.page import page
from tests.matrix.reasons import absence, reason
from tests.matrix.tour import tour

PAGE = Path(__file__).parents[2] / "docs/mapping.md"


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page(), "make mapping"


@pytest.mark.parametrize("crm", connectors.names())
def test_everything_a_crm_does_not_hold_has_its_reason(crm):
    supports = connectors.declaration(crm).supports
    silent = [entity for entity in ENTITIES if entity not in supports.entities and not absence(supports, entity)]
    silent += [
        f"{entity}.{name}"
        for entity in supports.entities
        for name in FIELD_NAMES[entity]
        if name not in supports.fields[entity] and not absence(supports, entity, name)
    ]
    if "activity" in supports.entities:
        silent += [
            f"activity.{kind}"
            for kind in ACTIVITY_KINDS
            if kind not in supports.activity_places and not absence(supports, "activity", kind)
        ]
    assert silent == []


@pytest.mark.parametrize("crm", connectors.names())
def test_every_value_a_crm_rewrites_has_its_reason_and_every_reason_a_field(crm):
    supports = connectors.declaration(crm).supports
    assert [key for key in tour(crm) if not reason(crm, *key, "rewritten")] == []
    held = {f"{entity}.{name}" for entity in supports.entities for name in supports.fields[entity]}
    assert supports.rewrites.keys() <= held
    assert supports.refuses.keys() <= {*supports.entities, *(f"activity.{kind}" for kind in supports.activity_places)}
