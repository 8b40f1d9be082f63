"""Who wins when two CRMs changed one field to different values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crmbridge.domain.integrations import Integration, PolicyName, primary_of
from crmbridge.domain.records import Entity, Stamp, Value

FIRST, MIDDLE, LAST = 0, 1, 2
"""Ranks of a value's source; a lower one wins before any clock is asked."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one field's conflict ends.

    Attributes:
        policy: the policy that decided.
        remote_wins: the incoming value replaces the hub's; meaningless with ``manual`` and ``merged``.
    """

    policy: PolicyName
    remote_wins: bool = False


def policy_of(integration: Integration | None, entity: Entity, field: str, *, primary: str) -> PolicyName:
    """Return the policy that an integration has for a field: its own, its entity's, or the integration's.

    Args:
        integration: ``None`` for a value set through our own API, or by a CRM that was disconnected since.
        entity: of the record.
        field: canonical name.
        primary: id of the workspace's primary integration, empty without one.
    """
    policy: PolicyName = "default"
    if integration is not None:
        policies = integration.rule(entity).policies
        policy = policies.get(field, policies.get("*", integration.policy))
    if policy == "default":
        return "primary_wins" if primary else "last_modified_wins"
    return policy


def judge(mine: Stamp, held: Stamp, *, entity: Entity, field: str, integrations: Mapping[str, Integration]) -> Verdict:
    """Decide one field's conflict, the same way in whatever order the edits were delivered.

    Each value has a rank from its source's policy; the order is (rank, source time, integration id). Our own clock
    has no say. ``manual`` on either side leaves it to people; ``merged`` on either side keeps what both say.

    Args:
        mine: time and source of the value that just came in.
        held: time and source of the hub's value.
        entity: of the record.
        field: canonical name.
        integrations: all of the workspace, by id.

    Example:
        >>> judge(Stamp(2, "a"), Stamp(1, "b"), entity="contact", field="city", integrations={})
        Verdict(policy='last_modified_wins', remote_wins=True)
    """
    primary = primary_of(integrations.values())
    policies: list[PolicyName] = [
        policy_of(integrations.get(each.integration_id), entity, field, primary=primary) for each in (mine, held)
    ]
    if "manual" in policies:
        return Verdict("manual")
    if "merged" in policies:
        return Verdict("merged")
    ranks = [
        _rank(each, policy, integrations.get(each.integration_id), primary)
        for each, policy in zip((mine, held), policies, strict=True)
    ]
    if ranks[0] != ranks[1]:
        wins = ranks[0] < ranks[1]
        return Verdict(_deciding(policies, ranks), wins)
    return Verdict("last_modified_wins", (mine.at, mine.integration_id) > (held.at, held.integration_id))


def _rank(stamp: Stamp, policy: PolicyName, integration: Integration | None, primary: str) -> tuple[int, int]:
    is_primary = bool(primary) and stamp.integration_id == primary
    if policy == "crm_wins" and integration is not None:
        return FIRST, integration.rank
    if policy == "hub_wins":
        return LAST, 0
    if policy == "primary_wins" and is_primary:
        return FIRST, -1
    if policy == "secondary_wins" and is_primary:
        return LAST, -1
    return MIDDLE, 0


def _deciding(policies: list[PolicyName], ranks: list[tuple[int, int]]) -> PolicyName:
    """Name the policy of the side whose rank is out of the ordinary."""
    return policies[0] if ranks[0][0] != MIDDLE else policies[1]


def combine(mine: Value, held: Value) -> Value:
    r"""Return what ``merged`` makes of two values: both lists, or all lines of both texts, in an order of their own.

    Commutes, and doing it again changes nothing, so any delivery order ends the same.

    Example:
        >>> combine(("a", "c"), ("b", "c"))
        ('a', 'b', 'c')
        >>> combine("call back", "prefers e-mail")
        'call back\nprefers e-mail'
    """
    if isinstance(mine, tuple) or isinstance(held, tuple):
        return tuple(sorted({*_items(mine), *_items(held)})) or None
    lines = {line for value in (mine, held) if isinstance(value, str) for line in value.split("\n") if line.strip()}
    return "\n".join(sorted(lines)) or None


def can_combine(field: str, mine: Value, held: Value) -> bool:
    """Tell whether two values can both be kept: lists and free text can, a name or an amount cannot."""
    if isinstance(mine, tuple) or isinstance(held, tuple):
        return True
    return field in TEXTS


TEXTS = frozenset({"description"})
"""Free-text fields of which every line may be kept."""


def _items(value: Value) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) else ()
