"""What must stay fast, so that ten thousand records are no burden. Bounds are generous: machines are busy."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.sandbox_salesforce.org_client import DATA, EXTERNAL_ID, OrgClient

COUNT = 10_000


def _fastest_s(work: Callable[[], Any], times: int = 3) -> float:
    taken: list[float] = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)


@pytest.mark.slow
def test_ten_thousand_records_are_seeded_found_and_written_quickly(org: OrgClient):
    org.seed(custom_fields=[EXTERNAL_ID])
    people = [
        {"LastName": f"Doe {n}", "FirstName": "Jo", "Email": f"u{n}@example.com", "Ext__c": f"e{n}"}
        for n in range(COUNT)
    ]
    started = time.perf_counter()
    ids = org.seed(records={"Contact": people})["ids"]["Contact"]
    assert time.perf_counter() - started < 3

    def found(where: str) -> Callable[[], Any]:
        return lambda: org.rows(f"SELECT Id, Email, SystemModstamp FROM Contact WHERE {where}")

    chosen = range(0, COUNT, COUNT // 200)
    for name, values in (("Email", "u{}@Example.com"), ("Ext__c", "e{}")):
        listed = ",".join(f"'{values.format(n)}'" for n in chosen)
        assert len(found(f"{name} IN ({listed})")()) == 200
        assert _fastest_s(found(f"{name} IN ({listed})")) < 0.1
    listed = ",".join(f"'{ids[n]}'" for n in chosen)
    assert _fastest_s(found(f"Id IN ({listed})")) < 0.1
    recent = "SystemModstamp >= 2026-01-01T00:00:00Z ORDER BY SystemModstamp, Id LIMIT 200"
    assert _fastest_s(found(recent)) < 0.1

    rows = [{"attributes": {"type": "Contact"}, "id": each, "Title": "t"} for each in ids[:200]]
    assert _fastest_s(lambda: org.patch(f"{DATA}/composite/sobjects", json={"records": rows})) < 0.1
