"""docs/mapping.md: which field is held where, what becomes of it, and why; written from the declarations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from crmbridge import connectors
from crmbridge.domain.declaration import Connector
from crmbridge.domain.records import ACTIVITY_KINDS, ENTITIES, FIELD_NAMES, REFERENCES, Entity
from tests.matrix.reasons import FILLED_IN, OWNER, absence
from tests.matrix.records import FIFTY
from tests.matrix.tour import Example, tour

Examples = Mapping[tuple[Entity, str], Example]
TITLES: Mapping[Entity, str] = {
    "company": "Companies",
    "contact": "Contacts",
    "lead": "Leads",
    "deal": "Deals",
    "activity": "Activities",
}
HEAD = f"""# Mapping

Written by `make mapping` from the connectors' declarations and from what the simulated CRMs make of fifty hard records
(`tests/matrix/records.py`); a test fails when this page is not up to date. `tests/functional/test_any_to_any.py` takes
the fifty from each CRM to each other one, edits them there and back, and through all at once: nothing lost, nothing
doubled, no echo. Every value that does not make the round trip has its reason here.

* **kept**: comes back as it was said.
* **rewritten**: held, but some values come back otherwise; the reason stands below. The other CRMs keep theirs: a CRM's
  own rendering is no edit.
* **—**: not held there; the value stays in the hub and in the CRMs that can hold it.

Two rules hold everywhere:

* {OWNER};
* {FILLED_IN}.
"""


def page() -> str:
    """Return the whole page."""
    crms = [connectors.declaration(name) for name in connectors.names()]
    examples = {each.name: tour(each.name) for each in crms}
    parts = [HEAD, _pairs(crms)]
    parts.extend(_entity(entity, crms, examples) for entity in ENTITIES)
    return "\n".join(parts)


def _pairs(crms: list[Connector]) -> str:
    """Return how many of the fifty each two can both hold."""
    rows = [[one.label, *("" if one is other else str(sum(_both(one, other))) for other in crms)] for one in crms]
    counted = ", ".join(
        f"{sum(each.entity == entity for each in FIFTY)} {TITLES[entity].lower()}" for entity in ENTITIES
    )
    text = f"Of the fifty ({counted}), so many have a place in both:\n"
    return "\n".join(["## Which records two CRMs can both hold", "", text, *_table(["", *_labels(crms)], rows), ""])


def _both(one: Connector, other: Connector) -> Iterable[bool]:
    for hard in FIFTY:
        kind = hard.fields.get("kind")
        yield all(
            hard.entity in each.supports.entities and (kind is None or kind in each.supports.activity_places)
            for each in (one, other)
        )


def _entity(entity: Entity, crms: list[Connector], examples: Mapping[str, Examples]) -> str:
    rows = [[f"`{name}`", *(_cell(each, entity, name) for each in crms)] for name in FIELD_NAMES[entity]]
    lines = [f"## {TITLES[entity]}", "", *_table(["field", *_labels(crms)], rows), ""]
    if entity == "activity":
        places = [[kind, *(_place(each, kind) for each in crms)] for kind in ACTIVITY_KINDS]
        lines += ["Each kind has one place:", "", *_table(["kind", *_labels(crms)], places), ""]
    lines += _section("Rewritten", (_rewritten(each, entity, examples[each.name]) for each in crms))
    lines += _section("Taken under conditions", (_refused(each, entity) for each in crms))
    lines += _section("Not held", (_absent(each, entity) for each in crms))
    return "\n".join(lines)


def _cell(crm: Connector, entity: Entity, name: str) -> str:
    if entity not in crm.supports.entities or name not in crm.supports.fields[entity]:
        return "—"
    return "rewritten" if f"{entity}.{name}" in crm.supports.rewrites else "kept"


def _place(crm: Connector, kind: str) -> str:
    place = crm.supports.activity_places.get(kind)
    return "—" if place is None else f"`{place}`"


def _section(title: str, parts: Iterable[list[str]]) -> list[str]:
    lines = [line for part in parts for line in part]
    return [f"**{title}**", "", *lines, ""] if lines else []


def _rewritten(crm: Connector, entity: Entity, examples: Examples) -> list[str]:
    grouped: dict[str, list[str]] = defaultdict(list)
    for name in FIELD_NAMES[entity]:
        why = crm.supports.rewrites.get(f"{entity}.{name}")
        if why is not None:
            grouped[why].append(f"`{name}`{_example(name, entity, examples)}")
    return [f"* **{crm.label}**, {', '.join(names)}: {why}" for why, names in grouped.items()]


def _example(name: str, entity: Entity, examples: Examples) -> str:
    if name in REFERENCES[entity] or (entity, name) not in examples:
        return ""
    said, shown = examples[entity, name]
    return f" ({_short(said)} → {_short(shown)})"


def _short(value: Any) -> str:
    if value is None:
        return "nothing"
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    return f"{len(text):,} characters" if len(text) > 60 else "`" + text.replace("\n", "⏎") + "`"


def _refused(crm: Connector, entity: Entity) -> list[str]:
    return [
        f"* **{crm.label}**, {name.rpartition('.')[2]}: {why}"
        for name, why in crm.supports.refuses.items()
        if name.partition(".")[0] == entity
    ]


def _absent(crm: Connector, entity: Entity) -> list[str]:
    if entity not in crm.supports.entities:
        return [f"* **{crm.label}**, all: {absence(crm.supports, entity)}"]
    missing = [each for each in FIELD_NAMES[entity] if each not in crm.supports.fields[entity]]
    if entity == "activity":
        missing += [each for each in ACTIVITY_KINDS if each not in crm.supports.activity_places]
    grouped: dict[str, list[str]] = defaultdict(list)
    for name in missing:
        grouped[absence(crm.supports, entity, name)].append(f"`{name}`")
    return [f"* **{crm.label}**, {', '.join(names)}: {why}" for why, names in grouped.items()]


def _labels(crms: list[Connector]) -> list[str]:
    return [each.label for each in crms]


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
