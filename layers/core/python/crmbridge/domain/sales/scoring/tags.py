"""Tags that follow a lead's state: set when they apply, removed when they do not, others left alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from crmbridge.domain.sales.conditions import Condition, all_hold, read_condition
from crmbridge.domain.sales.facts import Facts
from crmbridge.domain.sales.forms import Form, read


@dataclass(frozen=True, slots=True)
class TagRule:
    """A tag and everything that has to be true for it; no conditions mean always."""

    tag: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class TagChange:
    """What to do to a lead's tags.

    Attributes:
        add: tags that apply and are not there, in the order of the rules.
        remove: tags of the rules that are there and do not apply, ascending.
    """

    add: tuple[str, ...]
    remove: tuple[str, ...]


def _is(field: str, operator: str, value: str | int | bool | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"field": field, "operator": operator}
    return found if value is None else {**found, "value": value}


def _rule(tag: str, *conditions: dict[str, Any]) -> dict[str, Any]:
    return {"tag": tag, "when": list(conditions)}


DATA: dict[str, Any] = {
    "tags": [
        _rule("WhatsApp Lead"),
        _rule("Lead Quente", _is("score", "at_least", 70)),
        _rule("Lead Morno", _is("score", "at_least", 40), _is("score", "less_than", 70)),
        _rule("Lead Frio", _is("score", "less_than", 40)),
        _rule("Alto Valor", _is("energy_bill_value", "at_least", 4000)),
        _rule("Médio Valor", _is("energy_bill_value", "at_least", 2000), _is("energy_bill_value", "less_than", 4000)),
        _rule("Tem Concorrente", _is("competitor", "is_known")),
        _rule("Já Tem Desconto", _is("current_discount", "is_known")),
        _rule("Urgente", _is("timeline", "equals", "imediato")),
        _rule("Alto Engajamento", _is("message_count", "greater_than", 10)),
        _rule("Reunião Agendada", _is("meeting_is_booked", "equals", True)),
        _rule("Follow-up Necessário", _is("follow_up_is_due", "equals", True)),
        _rule("Desconto Competidor", _is("competitor", "is_known"), _is("current_discount", "is_known")),
        _rule("Alta Prioridade", _is("score", "at_least", 70), _is("timeline", "equals", "imediato")),
        _rule(
            "Resposta Rápida", _is("avg_response_time_s", "at_least", 0), _is("avg_response_time_s", "less_than", 60)
        ),
        _rule("Sem Resposta", _is("sequence_is_exhausted", "equals", True)),
    ]
}


@cache
def default_tags() -> tuple[TagRule, ...]:
    """Return the founding tags."""
    return tags_from(DATA)


def tags_from(data: object) -> tuple[TagRule, ...]:
    """Return a workspace's tag rules.

    Raises:
        RequestRejectedError: something is wrong with them.
    """
    return read(data, lambda form: form.many("tags", _read_rule))


def _read_rule(form: Form) -> TagRule:
    return TagRule(form.text("tag", most=100), form.many("when", read_condition, most=20))


def tags_of(rules: Sequence[TagRule], facts: Facts) -> tuple[str, ...]:
    """Return the tags that apply, in the order of the rules.

    Args:
        rules: the workspace's.
        facts: of the lead, ``score`` among them.
    """
    return tuple(rule.tag for rule in rules if all_hold(rule.conditions, facts))


def tag_change(rules: Sequence[TagRule], facts: Facts, *, current: Collection[str]) -> TagChange:
    """Return what makes a lead's tags agree with its state; tags that no rule names belong to people."""
    wanted = tags_of(rules, facts)
    ours = {rule.tag for rule in rules}
    return TagChange(
        add=tuple(tag for tag in wanted if tag not in current),
        remove=tuple(sorted(tag for tag in current if tag in ours and tag not in wanted)),
    )
