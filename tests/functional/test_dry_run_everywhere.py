"""Of fifty hard records, in every CRM, the dry-run tells the rows that are then written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crmbridge import connectors
from tests.functional.rehearsing import digests, overheard, pushes_held, rehearse, rows, told
from tests.matrix.house import House
from tests.matrix.journey import Journey


@pytest.mark.parametrize("crm", connectors.names())
def test_the_rows_that_are_told_are_the_rows_that_are_written(monkeypatch, crm):
    source = "hubspot" if crm == "salesforce" else "salesforce"
    house = House(monkeypatch, (source, crm))
    journey = Journey(house, source)
    journey.seed()
    with pushes_held(house):
        house.connect_all()
        house.sync()
        house.advance(120)
        pages = rehearse(house, house.ids[crm])
    with overheard(house, house.ids[crm]) as batches:
        house.settle()
    announced = json.loads(_with_ids(house, json.dumps([row["payload"] for row in rows(pages)]), house.ids[crm]))
    assert _unique(announced) == _unique(_rows(batches)) != []
    with pushes_held(house):
        assert journey.edit(source, "second")
        house.sync()
        pages = rehearse(house, house.ids[crm])
    with overheard(house, house.ids[crm]) as batches:
        house.settle()
    assert sorted(digests(batches)) == sorted(told(pages)) != [], "batches are the same, and entities take turns"


def _rows(batches: list[bytes]) -> list[dict[str, Any]]:
    return [row for batch in batches for row in json.loads(batch)["rows"]]


def _with_ids(house: House, text: str, integration_id: str) -> str:
    """Put the ids that the CRM gave in the places that were kept for them."""
    for record in house.live():
        link = record.links.get(integration_id)
        if link is not None and link.external_id:
            text = text.replace(f'"new:{record.record_id}"', json.dumps(link.external_id))
    return text


def _unique(found: list[dict[str, Any]]) -> list[str]:
    """Return rows once each, since a batch that is refused as a whole is tried again in halves.

    Several references stand in the order of the CRM's ids, which nobody knows before.
    """
    ordered = [{**each, "refs": {name: sorted(ids) for name, ids in each["refs"].items()}} for each in found]
    return sorted({json.dumps(each, sort_keys=True, ensure_ascii=False) for each in ordered})
