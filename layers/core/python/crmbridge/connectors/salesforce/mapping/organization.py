"""What the mapping must know of one org: its people, stages, statuses and the shape of its objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from crmbridge.connectors.salesforce.mapping.ids import Kept, id18
from crmbridge.connectors.salesforce.mapping.schema import Schema
from crmbridge.connectors.salesforce.mapping.stages import StageMap
from crmbridge.ports import Owner


@dataclass(frozen=True, slots=True)
class People:
    """The org's users.

    Attributes:
        emails: e-mail address (lower case) by user id; inactive users included.
        ids: user id by e-mail address; of several users the active one with the lowest id.
        active: ids that may be made owners.
    """

    emails: Mapping[str, str] = field(default_factory=dict[str, str])
    ids: Mapping[str, str] = field(default_factory=dict[str, str])
    active: frozenset[str] = frozenset()


def people_of(owners: Iterable[Owner]) -> People:
    """Index users by id and by e-mail address.

    Example:
        >>> one = Owner("005000000000002AAA", "Ana@example.com", "Ana", True)
        >>> people_of([one]).ids
        {'ana@example.com': '005000000000002AAA'}
    """
    ranked = sorted(owners, key=lambda each: (not each.is_active, each.owner_id))
    emails = {id18(each.owner_id): each.email.lower() for each in ranked if each.email}
    ids: dict[str, str] = {}
    for owner_id, email in emails.items():
        ids.setdefault(email, owner_id)
    return People(emails, ids, frozenset(id18(each.owner_id) for each in ranked if each.is_active))


@dataclass(frozen=True, slots=True)
class OrgFacts:
    """One org as the mapping of one entity sees it.

    Attributes:
        stages: opportunity stages for deals, lead statuses for leads, empty otherwise.
    """

    entity: Kept
    schema: Schema
    people: People = field(default_factory=People)
    stages: StageMap = field(default_factory=StageMap)
