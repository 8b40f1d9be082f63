"""What must be true once faults have ended and everything has come to rest."""

from __future__ import annotations

from collections.abc import Iterator

from crmbridge.domain.due import due_fields
from crmbridge.domain.integrations import Integration
from crmbridge.domain.records import REFERENCES, Link, Record
from crmbridge.services.hub import load_integrations
from tests.simulation.crm import REFUSED, SimCrm
from tests.simulation.rows import Row
from tests.simulation.things import Thing, shown
from tests.simulation.world import WORKSPACE, World


class ViolationError(AssertionError):
    """An invariant does not hold."""


def problems(
    world: World, things: list[Thing], *, on_delete: str, latest_wins: bool, combines: bool = False
) -> Iterator[str]:
    """Yield what is wrong, in words; nothing when every invariant holds.

    Args:
        latest_wins: whether the policy is that the last edit wins.
        combines: whether the policy is that texts are put together.
    """
    if world.queues.messages or world.stream:
        yield "the queues are not empty"
    yield from _against_the_hub(world)
    for thing in things:
        thing.vague = thing.vague or combines
        yield from _of_thing(world, things, thing, on_delete, latest_wins=latest_wins)


# -------------------------------------------------------------------- what people would say


def _of_thing(world: World, things: list[Thing], thing: Thing, on_delete: str, *, latest_wins: bool) -> Iterator[str]:
    counts = {name: len(thing.rows(crm)) for name, crm in world.crms.items()}
    if max(counts.values()) > max(1, thing.made if thing.vague else 1):
        yield f"{thing.name} stands more than once: {counts}"
    elif thing.merged_in and counts[thing.merged_in]:
        yield f"{thing.name} was merged away in {thing.merged_in} and came back: {counts}"
    elif thing.deleted_in and not thing.vague:
        if on_delete == "propagate" and any(counts.values()):
            yield f"{thing.name} was deleted in {thing.deleted_in} and still stands: {counts}"
        back = sorted(name for name in thing.deleted_in if counts[name])
        if back:
            yield f"{thing.name} was deleted in {thing.deleted_in} and came back in {back}"
    elif not thing.vague and thing.made:
        yield from _of_values(world, things, thing, counts, latest_wins=latest_wins)


def _of_values(
    world: World, things: list[Thing], thing: Thing, counts: dict[str, int], *, latest_wins: bool
) -> Iterator[str]:
    refused = any(
        isinstance(edit.value, str) and REFUSED in edit.value for each in thing.edits.values() for edit in each
    )
    if min(counts.values()) == 0:
        if not refused:
            yield f"{thing.name} is missing: {counts}"
        return
    if refused and (
        not latest_wins or any(REFUSED in str(each) for name in thing.edits for each in thing.allowed(name))
    ):
        return
    for name, edits in thing.edits.items():
        if not REFERENCES[thing.entity].get(name) or _stand(world, things, [edit.value for edit in edits]):
            yield from _of_value(world, thing, name, latest_wins=latest_wins)


def _of_value(world: World, thing: Thing, name: str, *, latest_wins: bool) -> Iterator[str]:
    edits = thing.edits[name]
    allowed = thing.allowed(name) if latest_wins else [edit.value for edit in edits]
    for key, crm in world.crms.items():
        if not all(crm.takes(name, each) for each in allowed):
            continue  # the CRM keeps what it had of what it cannot hold
        value = shown(crm, thing.rows(crm)[0], name)
        wanted = [crm.normal(name, each) for each in allowed]
        if value not in wanted:
            yield f"{thing.name}.{name} in {key} is {value!r}, not {wanted}: {edits}"


def _stand(world: World, things: list[Thing], values: list[object]) -> bool:
    """Tell whether everything that a reference ever pointed to stands once everywhere."""
    names = {name for value in values if isinstance(value, tuple) for name in value}
    named = [thing for thing in things if thing.name in names]
    return len(named) == len(names) and all(
        not thing.vague and len(thing.rows(crm)) == 1 for thing in named for crm in world.crms.values()
    )


# -------------------------------------------------------------------- what the hub says of itself


def _against_the_hub(world: World) -> Iterator[str]:
    """Compare every CRM with the hub: each row has its record, each record its rows, and they say the same."""
    integrations = load_integrations(world.hub, WORKSPACE)
    owners: dict[tuple[str, str], list[str]] = {}
    for entity in world.entities:
        for record in world.records.list_records(WORKSPACE, entity, cursor=None, limit=10_000).items:
            for key, link in record.links.items():
                if link.external_id and link.state != "deleted":
                    owners.setdefault((key, link.external_id), []).append(record.record_id)
            yield from _of_record(world, record, integrations)
    yield from (f"{place} belongs to {ids}" for place, ids in owners.items() if len(ids) > 1)
    rows = (
        (f"int_{name}", key) for name, crm in world.crms.items() for each in world.entities for key in crm.live(each)
    )
    yield from (f"{key} in {name} belongs to no record" for name, key in rows if (name, key) not in owners)


def _of_record(world: World, record: Record, integrations: dict[str, Integration]) -> Iterator[str]:
    if record.frozen or record.candidates:
        yield f"{record.record_id} still waits for people: {sorted(record.frozen)} {record.candidates}"
    if any(not _waits_for_others(world, record, each) for each in record.due_for):
        yield f"{record.record_id} is still due for {dict(record.due_for)}"
    for key in integrations:
        link = record.links.get(key)
        if link is None and record.deleted_at is None and not record.merged_into and any(record.fields.values()):
            yield f"{record.record_id} was never made in {key}"
        elif link is not None and link.state == "active" and link.parked is None:
            crm = world.crms[integrations[key].crm]
            row = crm.rows[record.entity].get(link.external_id)
            if row is None or row.deleted_at is not None:
                yield f"{record.record_id} believes in {link.external_id} of {key}, which is gone"
            elif record.deleted_at is None:
                yield from _of_copy(world, record, link, crm, row)


def _waits_for_others(world: World, record: Record, key: str) -> bool:
    """Tell whether all that is due is references to records which a CRM refuses to take."""
    integration = load_integrations(world.hub, WORKSPACE)[key]
    names = due_fields(record, record.links.get(key), integration.rule(record.entity))
    ids = [
        each
        for name in names
        for value in [record.fields.get(name)]
        for each in (value if isinstance(value, tuple) else (str(value),))
    ]
    targets = list(world.records.get_many(WORKSPACE, ids).values())
    targets += world.records.get_many(WORKSPACE, [each.merged_into for each in targets if each.merged_into]).values()
    links = [each.links.get(key) for each in targets]
    return set(names) <= REFERENCES[record.entity].keys() and any(
        link is not None and link.parked is not None for link in links
    )


def _of_copy(world: World, record: Record, link: Link, crm: SimCrm, row: Row) -> Iterator[str]:
    says = crm.project(record.entity, record.fields)
    for name, value in says.items():
        if name in REFERENCES[record.entity]:
            ids = (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ()
            targets = world.records.get_many(WORKSPACE, ids)
            links = [targets[each].links.get(link.integration_id) for each in ids if each in targets]
            wanted = tuple(sorted(each.external_id for each in links if each is not None and each.state == "active"))
            if len(wanted) == len(ids) and row.refs.get(name, ()) != wanted:
                yield f"{record.record_id}.{name} in {link.integration_id} is {row.refs.get(name)}, not {wanted}"
        elif row.fields.get(name) not in (value, crm.normal(name, value)):
            yield f"{record.record_id}.{name} in {link.integration_id} is {row.fields.get(name)!r}, not {value!r}"
