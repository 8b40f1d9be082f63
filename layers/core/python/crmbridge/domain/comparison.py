"""How one CRM's row differs from the hub's record, field by field, and whose turn it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from crmbridge.domain.due import due_fields
from crmbridge.domain.integrations import Integration
from crmbridge.domain.merge import Project
from crmbridge.domain.records import PROJECTED, Observation, Record


@dataclass(frozen=True, slots=True)
class Difference:
    """Names of fields that a row and its record do not agree on, each in one of three lists, ascending.

    Attributes:
        news: the CRM says what the hub has not taken in.
        owed: the hub holds what the CRM has not been told, or refused.
        frozen: people must decide about it first.
    """

    news: tuple[str, ...] = ()
    owed: tuple[str, ...] = ()
    frozen: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.news, *self.owed, *self.frozen)


NONE = Difference()


def compare(record: Record, observation: Observation, *, integration: Integration, project: Project) -> Difference:
    """Compare a row with its record, up to what the CRM can hold and how it renders what it is told.

    Args:
        record: with a link to the integration.
        observation: the CRM's values, references already resolved to record ids and put among the fields.
        integration: where the observation comes from; its rule tells which fields take part.
        project: the CRM's projection.
    """
    link = record.links[integration.integration_id]
    rule = integration.rule(record.entity)
    says = project(record.fields)
    then = {name: base.hub for name, base in link.base.items()}
    said_then = project({**record.fields, **then}) if then else says
    due = due_fields(record, link, rule)
    found: dict[str, list[str]] = {"news": [], "owed": [], "frozen": []}
    for name in sorted(observation.fields):
        remote = observation.fields[name]
        if remote in (record.fields.get(name), says.get(name)):
            continue
        if not (rule.reads(name) or rule.writes(name)):
            continue
        base = link.base.get(name)
        said = said_then.get(name) if base is None or base.remote is PROJECTED else base.remote
        where = _whose(is_frozen=name in record.frozen, is_news=remote != said, is_due=name in due)
        if where:
            found[where].append(name)
    return Difference(*(tuple(found[each]) for each in ("news", "owed", "frozen")))


def _whose(*, is_frozen: bool, is_news: bool, is_due: bool) -> str:
    """Tell in which list a field belongs whose values are not the same; none where the CRM renders it its own way."""
    if is_frozen:
        return "frozen"
    if is_news:
        return "news"
    return "owed" if is_due else ""


def mark_invisible(record: Record, *, integration_id: str) -> Record:
    """Return the record with its copy in one CRM not to be seen any more, without proof that it was deleted."""
    link = replace(record.links[integration_id], state="invisible")
    return replace(record, links={**record.links, integration_id: link})
