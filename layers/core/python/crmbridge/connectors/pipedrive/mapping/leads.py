"""Leads: a title there, on a person and an organization that hold everything else we know of a lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.pipedrive.mapping.lexicon import Lexicon, letters
from crmbridge.connectors.pipedrive.mapping.observing import observe
from crmbridge.connectors.pipedrive.mapping.projecting import project
from crmbridge.connectors.pipedrive.mapping.rules import CONTACT, NAME_MAX, ObjectRule
from crmbridge.domain.records import Fields, Observation, Value

MARK = "lea_"
"""First letters of our ids of leads: persons and organizations that carry one were made for a lead only."""

_NOT_THE_PERSONS = frozenset({"owner", "tags"})
PERSON: ObjectRule = replace(
    CONTACT, fields=tuple(each for each in CONTACT.fields if each.field not in _NOT_THE_PERSONS)
)
"""The person of a lead: a contact's fields, without an owner and labels of its own."""

PERSON_FIELDS = frozenset(each.field for each in PERSON.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is around some leads.

    Attributes:
        person: vocabulary of persons; its custom fields are not the leads'.
        external_code: of our own field among the deals' fields, which leads share.
        persons: rows by id.
        companies: names by organization id.
        labels: names by id.
    """

    person: Lexicon
    external_code: str = ""
    persons: Mapping[int, Mapping[str, Any]] = field(default_factory=dict[int, Mapping[str, Any]])
    companies: Mapping[int, str] = field(default_factory=dict[int, str])
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


def observe_lead(row: Mapping[str, Any], around: Around) -> Observation:
    """Return what a lead, its person and its organization say together.

    Raises:
        ValueError: a value cannot be understood.
    """
    person = around.persons.get(row.get("person_id") or 0)
    fields: dict[str, Value] = dict.fromkeys(PERSON_FIELDS & _known(around.person))
    modified_at = values.moment(row.get("update_time") or row.get("add_time"))
    version = str(row.get("update_time") or "")
    if person is not None:
        seen = observe(PERSON, person, around.person)
        fields |= seen.fields
        version = f"{version}#{seen.version}"
        modified_at = max((each for each in (modified_at, seen.modified_at) if each is not None), default=None)
    fields["company_name"] = values.text(around.companies.get(row.get("organization_id") or 0))
    fields["tags"] = tuple(sorted({around.labels.get(str(each), str(each)) for each in row.get("label_ids") or ()}))
    owner = around.person.owner_emails.get(row.get("owner_id") or 0)
    if owner is not None:
        fields["owner"] = owner
    correlation_id = str(row.get(around.external_code) or "") if around.external_code else ""
    return Observation(str(row["id"]), fields, {}, version, modified_at, correlation_id=correlation_id)


def project_lead(fields: Fields, lexicon: Lexicon) -> dict[str, Any]:
    """Return canonical values as Pipedrive would say them; those it cannot hold are left out. Idempotent."""
    said = project(PERSON, {name: value for name, value in fields.items() if name in PERSON_FIELDS}, lexicon)
    if "company_name" in fields:
        said["company_name"] = _text(fields["company_name"])
    if "tags" in fields:
        tags = fields["tags"]
        names = (_text(each) for each in (tags if isinstance(tags, tuple) else (tags,)))
        said["tags"] = tuple(sorted({each for each in names if each}))
    owner = _text(fields.get("owner"))
    if owner is not None and owner.lower() in lexicon.owner_ids:
        said["owner"] = owner.lower()
    return said


def title_of(fields: Fields) -> str:
    """Return what a new lead is called; people may call it otherwise later."""
    name = " ".join(str(fields[each]) for each in ("first_name", "last_name") if fields.get(each))
    called = name or fields.get("company_name") or fields.get("email") or "New"
    return f"{called} lead"[:NAME_MAX]


def label_id(labels: Mapping[str, str], name: str) -> str | None:
    """Return a lead label's id by its name."""
    return next((each for each, said in labels.items() if letters(said) == letters(name)), None)


def _known(lexicon: Lexicon) -> frozenset[str]:
    """Return the fields that persons of this company have."""
    keys = {each.field: PERSON.address if each.kind == "address" else each.key for each in PERSON.fields}
    optional = {each.field for each in PERSON.fields if each.optional}
    return frozenset(name for name, key in keys.items() if name not in optional or key in lexicon.fields)


def _text(value: Value) -> str | None:
    try:
        return values.text(value, max_length=NAME_MAX)
    except ValueError:
        return None
