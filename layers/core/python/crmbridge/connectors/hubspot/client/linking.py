"""Associations of records: read in batches, written in batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from pydantic import ValidationError

from crmbridge.connectors.hubspot.client.calls import Calls, associations
from crmbridge.connectors.hubspot.client.catalogue import stuck
from crmbridge.connectors.hubspot.client.errors import named, row_error
from crmbridge.connectors.hubspot.mapping import (
    AssociationPage,
    BatchAnswer,
    ErrorBody,
    Linked,
    ObjectRule,
    linked_refs,
)
from crmbridge.errors import FatalProviderError
from crmbridge.ports import WriteOp

READ_MAX = 1_000
WRITE_MAX = 1_000
"""Inputs in one call; HubSpot allows 2,000."""

_TYPES: Mapping[tuple[str, str], tuple[str, tuple[int, ...]]] = {
    ("contacts", "company"): ("companies", (1, 279)),
    ("leads", "person"): ("contacts", (578, 608)),
    ("deals", "company"): ("companies", (5, 341)),
    ("deals", "contacts"): ("contacts", (3,)),
    ("notes", "company"): ("companies", (190,)),
    ("notes", "contacts"): ("contacts", (202,)),
    ("notes", "deal"): ("deals", (214,)),
    ("tasks", "company"): ("companies", (192,)),
    ("tasks", "contacts"): ("contacts", (204,)),
    ("tasks", "deal"): ("deals", (216,)),
    ("calls", "company"): ("companies", (182,)),
    ("calls", "contacts"): ("contacts", (194,)),
    ("calls", "deal"): ("deals", (206,)),
    ("meetings", "company"): ("companies", (188,)),
    ("meetings", "contacts"): ("contacts", (200,)),
    ("meetings", "deal"): ("deals", (212,)),
    ("emails", "company"): ("companies", (186,)),
    ("emails", "contacts"): ("contacts", (198,)),
    ("emails", "deal"): ("deals", (210,)),
}
"""Object at the other end and types of association, the primary first. Source: HubSpot, association type ids."""

_NOTHING = "NO_ASSOCIATIONS_FOUND"


def type_specs(path: str, name: str) -> list[dict[str, Any]]:
    """Return the types in which a reference field is written."""
    return [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": each} for each in _TYPES[path, name][1]]


def inline_links(rule: ObjectRule, refs: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """Return the associations that go along with a record to create."""
    return [
        {"to": {"id": external_id}, "types": type_specs(rule.path, name)}
        for name, external_ids in refs.items()
        for external_id in external_ids
    ]


def read_refs(calls: Calls, rule: ObjectRule, external_ids: Sequence[str]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return, by record, the reference fields that only associations tell.

    A record whose associations HubSpot would not tell has no entry for that field, which means "not read".
    """
    refs: dict[str, dict[str, tuple[str, ...]]] = {each: {} for each in external_ids}
    for name, target in rule.linked.items():
        linked, silent = _read(calls, rule.path, target, external_ids)
        for external_id in external_ids:
            if external_id not in silent:
                refs[external_id][name] = linked_refs(name, linked.get(external_id, ()))
    return refs


def linked_ids(calls: Calls, source: str, target: str, external_ids: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of all records of one object that some records of another are associated with, each once."""
    found = _read(calls, source, target, external_ids)[0] if external_ids else {}
    return tuple(dict.fromkeys(each.to_object_id for linked in found.values() for each in linked))


def _read(
    calls: Calls, source: str, target: str, external_ids: Sequence[str]
) -> tuple[dict[str, list[Linked]], set[str]]:
    """Return associations by record, and the records nothing was told of."""
    found: dict[str, list[Linked]] = {}
    silent: set[str] = set()
    waiting: list[dict[str, str]] = [{"id": each} for each in external_ids]
    while waiting:
        asked, waiting = waiting[:READ_MAX], waiting[READ_MAX:]
        answer = calls.post(BatchAnswer, associations(source, target, "read"), {"inputs": asked}).body
        pages = _pages(answer)
        for page in pages:
            found.setdefault(page.from_.id, []).extend(page.to)
            if page.after is not None:
                following = {"id": page.from_.id, "after": page.after}
                if following in asked:
                    raise stuck(f"associations of {page.from_.id}")
                waiting.append(following)
        if any(not _says_nothing(each) for each in answer.errors):
            silent |= {each["id"] for each in asked} - {page.from_.id for page in pages} - _without(answer.errors)
    return found, silent


def _pages(answer: BatchAnswer) -> list[AssociationPage]:
    try:
        return [AssociationPage.model_validate(each) for each in answer.results]
    except ValidationError as error:
        raise row_error(
            ErrorBody(message=f"associations in a shape we do not know: {error.errors()[0]['loc']}")
        ) from error


def _says_nothing(error: ErrorBody) -> bool:
    return _NOTHING in str(error.sub_category)


def _without(errors: Iterable[ErrorBody]) -> set[str]:
    return {each for error in errors if _says_nothing(error) for each in named(error, "fromObjectId")}


@dataclass(slots=True)
class LinkChanges:
    """Associations to make and to end, by reference field, each with the row it is for."""

    added: dict[str, list[tuple[str, str]]] = field(default_factory=dict[str, list[tuple[str, str]]])
    removed: dict[str, list[tuple[str, str]]] = field(default_factory=dict[str, list[tuple[str, str]]])

    def note(self, op: WriteOp, external_id: str) -> None:
        """Add what one row changes."""
        for name, wanted in op.refs.items():
            before = op.refs_before.get(name, ())
            self.added.setdefault(name, []).extend((external_id, each) for each in wanted if each not in before)
            self.removed.setdefault(name, []).extend((external_id, each) for each in before if each not in wanted)


def write_links(calls: Calls, rule: ObjectRule, changes: LinkChanges) -> dict[str, FatalProviderError]:
    """Make associations, then end the old ones, so that no record loses its primary company in between.

    Returns:
        Refusals by the record they are of.
    """
    refused: dict[str, FatalProviderError] = {}
    for name, pairs in changes.added.items():
        for chunk in _chunks(pairs):
            refused.update(_add(calls, rule, name, chunk))
    for name, pairs in changes.removed.items():
        kept = [pair for pair in pairs if pair[0] not in refused]
        target = _TYPES[rule.path, name][0]
        for chunk in _chunks(kept):
            inputs = [{"from": {"id": source}, "to": [{"id": other}]} for source, other in chunk]
            calls.post(BatchAnswer, associations(rule.path, target, "archive"), {"inputs": inputs})
    return refused


def _add(calls: Calls, rule: ObjectRule, name: str, pairs: Sequence[tuple[str, str]]) -> dict[str, FatalProviderError]:
    types = type_specs(rule.path, name)
    inputs = [{"from": {"id": source}, "to": {"id": other}, "types": types} for source, other in pairs]
    path = associations(rule.path, _TYPES[rule.path, name][0], "create")
    answer = calls.post(BatchAnswer, path, {"inputs": inputs}).body
    if not answer.errors:
        return {}
    made = {(str(each.get("fromObjectId")), str(each.get("toObjectId"))) for each in answer.results}
    refusals = [row_error(each) for each in answer.errors]
    return {
        source: next((each for each in refusals if other in str(each)), refusals[0])
        for source, other in pairs
        if (source, other) not in made
    }


def _chunks(pairs: Sequence[tuple[str, str]]) -> Iterable[list[tuple[str, str]]]:
    rest = iter(pairs)
    while chunk := list(islice(rest, WRITE_MAX)):
        yield chunk
