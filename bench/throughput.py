"""Processor time per record: the whole way from one CRM to another, and a comparison that finds nothing."""

from __future__ import annotations

from contextlib import closing

from bench import extract
from bench.crms import Crm, fill, running
from bench.figures import Figure
from bench.floors import median_us, read_with_httpx, read_with_urllib3
from bench.house import House


def measure(*, contacts: int) -> tuple[list[Figure], list[str]]:
    """Measure with this many contacts in a simulated HubSpot and none in a simulated Salesforce.

    Returns:
        The figures, and what one must know to read them.
    """
    notes: list[str] = []
    with running("hubspot") as hubspot, running("salesforce") as salesforce:
        fill(hubspot, contacts)
        floor_us = median_us(lambda: read_with_urllib3(hubspot), contacts)
        httpx_us = median_us(lambda: read_with_httpx(hubspot), contacts)
        other: list[Figure] = []
        if extract.is_there():
            other.append(extract.measure(hubspot, contacts=contacts, floor_us=floor_us))
        else:
            notes.append(extract.WHY_NOT)
        path, comparison = _engine(hubspot, salesforce, contacts)
    figures = [
        Figure("listing read by urllib3 and json: the floor", floor_us, "µs CPU per record"),
        Figure("listing read by httpx and json", httpx_us, "µs CPU per record", floor_us),
        *other,
        Figure("HubSpot → hub → Salesforce, the whole way", path["whole"], "µs CPU per record", floor_us),
    ]
    figures += [
        Figure(f"  of that: {stage}", value, "µs CPU per record", floor_us)
        for stage, value in path.items()
        if stage != "whole"
    ]
    figures.append(Figure("comparison that finds no change", comparison, "µs CPU per record", floor_us))
    return figures, notes


_VERBS = ("PATCH", "PUT", "DELETE")
_BATCHES = tuple(f"/batch/{what}" for what in ("create", "update", "upsert", "archive"))


def _engine(hubspot: Crm, salesforce: Crm, contacts: int) -> tuple[dict[str, float], float]:
    """Return processor time per record of a first sync by stage, and of a comparison after it."""
    with closing(House({"hubspot": hubspot, "salesforce": salesforce})) as house:
        source = house.connect(hubspot, entities=("contact",))
        house.connect(salesforce, entities=("contact",))
        house.cpu_s.clear()
        house.sync()
        us = 1e6 / contacts
        first = {stage: house.cpu_s[stage] * us for stage in ("read", "fan out", "push")}
        whole = sum(house.cpu_s.values()) * us
        made = len(salesforce.control("state?entity=Contact")["Contact"])
        if made != contacts:
            raise RuntimeError(f"{made} of {contacts} contacts arrived")
        written = _writes(hubspot) + _writes(salesforce)
        house.cpu_s.clear()
        house.compare(source)
        if _writes(hubspot) + _writes(salesforce) != written:
            raise RuntimeError("a comparison of equal records wrote something")
        return {"whole": whole, **first}, sum(house.cpu_s.values()) * us


def _writes(crm: Crm) -> int:
    """Return how many calls the CRM took that change records."""
    counts = crm.control("calls")["counts"]
    return sum(row["count"] for row in counts if row["method"] in _VERBS or row["endpoint"].endswith(_BATCHES))
