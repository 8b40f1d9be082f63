"""Who answers for a new lead: a named person, else the first role whose conditions are met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

from crmbridge.domain.sales.conditions import Condition, all_hold, read_condition
from crmbridge.domain.sales.facts import Facts
from crmbridge.domain.sales.forms import Form, read

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class OwnerRules:
    """A workspace's roles.

    Attributes:
        roles: in order, a role and everything that has to be true for it.
        users: by role, the CRM's id of the person; ``default`` for everybody else.
    """

    roles: tuple[tuple[str, tuple[Condition, ...]], ...]
    users: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Owner:
    """Who was chosen.

    Attributes:
        user_id: of the CRM; empty when not even a default is set.
        role: that chose the person, ``named`` for an explicit one.
    """

    user_id: str
    role: str


DATA: dict[str, Any] = {
    "roles": [
        {"role": "high_value", "when": [{"field": "energy_bill_value", "operator": "greater_than", "value": 4000}]},
        {"role": "investment", "when": [{"field": "solution_interest", "operator": "equals", "value": "investimento"}]},
    ],
    "users": {},
}


@cache
def default_roles() -> OwnerRules:
    """Return the founding roles, with nobody in them yet."""
    return owners_from(DATA)


def owners_from(data: object) -> OwnerRules:
    """Return a workspace's roles.

    Raises:
        RequestRejectedError: something is wrong with them.
    """
    return read(data, _read_rules)


def _read_rules(form: Form) -> OwnerRules:
    roles = form.many("roles", lambda each: (each.text("role", most=40), each.many("when", read_condition, most=20)))
    known = {DEFAULT, *(role for role, _ in roles)}
    users: dict[str, str] = {}
    given = form.raw("users", {})
    if not isinstance(given, Mapping):
        form.wrong("users", "must be an object: a role, and the CRM's id of the person")
        return OwnerRules(roles)
    for role, user_id in cast("Mapping[str, object]", given).items():
        if role not in known:
            form.wrong(f"users.{role}", f"is no role; roles are {', '.join(sorted(known))}")
        elif not isinstance(user_id, str) or not user_id:
            form.wrong(f"users.{role}", "must be the CRM's id of a person, as text")
        else:
            users[role] = user_id
    return OwnerRules(roles, users)


def owner_of(rules: OwnerRules, facts: Facts, *, named: str = "") -> Owner:
    """Return who answers for a lead.

    Args:
        rules: the workspace's.
        facts: of the lead.
        named: the CRM's id of a person whom somebody chose; wins over every role.
    """
    if named:
        return Owner(named, "named")
    for role, conditions in rules.roles:
        if all_hold(conditions, facts) and rules.users.get(role):
            return Owner(rules.users[role], role)
    return Owner(rules.users.get(DEFAULT, ""), DEFAULT)
