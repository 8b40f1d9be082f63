"""What the mapping must know of an organization: people, currencies, columns, stages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from crmbridge.connectors.dynamics.mapping.places import Place
from crmbridge.connectors.dynamics.mapping.schema import Schema
from crmbridge.connectors.dynamics.mapping.stages import StageMap
from crmbridge.domain.custom_fields import CustomField
from crmbridge.ports import Owner


@dataclass(frozen=True, slots=True)
class People:
    """Users by id and by e-mail address.

    Attributes:
        emails: address (lower case) by user id, disabled users included.
        ids: user id by address; of several users an enabled one with the lowest id.
        active: ids that may be made owners.
    """

    emails: Mapping[str, str] = field(default_factory=dict[str, str])
    ids: Mapping[str, str] = field(default_factory=dict[str, str])
    active: frozenset[str] = frozenset()


def people_of(owners: Iterable[Owner]) -> People:
    """Index users.

    Example:
        >>> people_of([Owner("b", "Ana@example.com", "Ana", True)]).ids
        {'ana@example.com': 'b'}
    """
    ranked = sorted(owners, key=lambda each: (not each.is_active, each.owner_id))
    emails = {each.owner_id: each.email.lower() for each in ranked if each.email}
    ids: dict[str, str] = {}
    for owner_id, email in emails.items():
        ids.setdefault(email, owner_id)
    return People(emails, ids, frozenset(each.owner_id for each in ranked if each.is_active))


@dataclass(frozen=True, slots=True)
class Facts:
    """One organization as the mapping of one table sees it.

    Attributes:
        currencies: id by ISO code.
        custom: the workspace's own fields of the entity.
        words: the workspace's own words per choice field: canonical word to the option's number or label.
    """

    place: Place
    schema: Schema
    people: People = field(default_factory=People)
    currencies: Mapping[str, str] = field(default_factory=dict[str, str])
    stages: StageMap = field(default_factory=StageMap)
    custom: tuple[CustomField, ...] = ()
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
