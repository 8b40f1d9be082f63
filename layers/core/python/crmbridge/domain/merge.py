"""The three-way field merge: remote against hub against what both last agreed on.

The base tells the direction of a change without any clock; a clock is asked only when both sides changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from crmbridge.domain.altering import altered
from crmbridge.domain.integrations import Integration
from crmbridge.domain.policy import can_combine, combine, judge
from crmbridge.domain.records import (
    PROJECTED,
    TRIED_MAX,
    Base,
    Conflict,
    FieldChange,
    Fields,
    Link,
    Lost,
    Observation,
    Record,
    Side,
    Stamp,
    Value,
)

Project = Callable[[Fields], Mapping[str, Value]]
"""Renders canonical values as one CRM would say them; leaves out what it cannot hold."""

UNSAID = object()
"""Stands for the value of a field that a CRM has never been known to hold."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge made of a record.

    Attributes:
        record: the merged record, not yet saved.
        changes: fields whose hub value changed.
        lost: values that lost a conflict.
        moved: whether anything differs from the record that went in, bookkeeping included.
    """

    record: Record
    changes: tuple[FieldChange, ...]
    lost: tuple[Lost, ...]
    moved: bool


def merge(
    record: Record,
    observation: Observation,
    *,
    integration: Integration,
    integrations: Mapping[str, Integration],
    project: Project,
    now: datetime,
) -> Merged:
    """Merge what one CRM says into a record.

    Applying the same observation twice changes nothing the second time. A link that does not exist yet is made;
    its base is empty on both sides, so values only one side has are kept and differing ones are a conflict.

    Args:
        record: the hub's record, read before the observation was made.
        observation: the CRM's values, references already resolved to record ids and put among the fields.
        integration: where the observation comes from.
        integrations: all of the workspace, by id; tells which other CRMs must hear of a change.
        project: the observed CRM's projection.
        now: our clock; only dates a conflict that is left to people.
    """
    link = record.links.get(integration.integration_id)
    if link is not None and _is_agreed(record, link, observation, integration, project):
        return Merged(record, (), (), moved=False)
    is_stranger = link is None or (link.state == "creating" and observation.correlation_id != record.record_id)
    if link is None or is_stranger:
        link = new_link(integration, record, observation.fields)
    elif link.state == "creating":
        link = our_own(link, new_link(integration, record, observation.fields), observation)
    work = _Work(
        record, link, observation, integration=integration, integrations=integrations, project=project, now=now
    )
    work.is_stranger = is_stranger
    for name in sorted(observation.fields):
        work.field(name, observation.fields[name])
    return work.result()


def _is_agreed(
    record: Record, link: Link, observation: Observation, integration: Integration, project: Project
) -> bool:
    """Tell at one glance what is true of most rows: all is agreed, and the CRM says just what is expected."""
    if link.base or link.state != "active" or link.external_id != observation.external_id:
        return False
    says, rule = project(record.fields), integration.rule(record.entity)
    return not any(
        value != says.get(name) and (rule.reads(name) or rule.writes(name))
        for name, value in observation.fields.items()
    )


def new_link(integration: Integration, record: Record, observed: Fields) -> Link:
    """Return a link whose base is empty on both sides for every field that takes part."""
    names = set(observed) | set(integration.rule(record.entity).fields)
    return Link(integration.integration_id, base={name: Base(None, None) for name in names})


def our_own(link: Link, fresh: Link, observation: Observation) -> Link:
    """Return the link of a create whose answer was lost, now that its row was found.

    The row says what we sent then, and the link has remembered the hub's changes since: so its older values are no
    edits. What the row does not say was perhaps not sent, and stays due.
    """
    unsent = {name: base for name, base in fresh.base.items() if observation.fields.get(name) is None}
    return altered(link, base={**link.base, **unsent})


class _Work:
    """One merge in progress: collects new fields, stamps and bases field by field."""

    def __init__(
        self,
        record: Record,
        link: Link,
        observation: Observation,
        *,
        integration: Integration,
        integrations: Mapping[str, Integration],
        project: Project,
        now: datetime,
    ) -> None:
        self.record = record
        self.link = link
        self.observation = observation
        self.integration = integration
        self.integrations = integrations
        self.rule = integration.rule(record.entity)
        self.fields: dict[str, Value] = dict(record.fields)
        self.stamps = dict(record.stamps)
        self.base = dict(link.base)
        self.frozen = dict(record.frozen)
        self.now = now
        self.changes: list[FieldChange] = []
        self.lost: list[Lost] = []
        self.project = project
        self.is_stranger = False
        agreed = {**record.fields, **{name: base.hub for name, base in link.base.items()}}
        self.said_then = project(agreed)
        self.says_now = self.said_then if agreed == record.fields else project(record.fields)

    def field(self, name: str, remote: Value) -> None:
        """Merge one field."""
        if not (self.rule.reads(name) or self.rule.writes(name)):
            return
        hub = self.record.fields.get(name)
        base = self.base.get(name)
        hub_then = hub if base is None else base.hub
        said = self.said_then.get(name, UNSAID) if base is None or base.remote is PROJECTED else base.remote
        if said is UNSAID:
            said = None
        if remote == said:
            return
        written = () if self._is_persons(name) else self._own_write(name, remote, base)
        if remote == hub or remote == self.says_now.get(name, UNSAID):
            self._agree(name, hub, remote)
        elif written or not self.rule.reads(name):
            self.base[name] = Base(written[0] if written else remote, remote)
        else:
            self._differ(name, remote, hub, hub_then)

    def _differ(self, name: str, remote: Value, hub: Value, hub_then: Value) -> None:
        """Take in a value that somebody set in the CRM."""
        if name in self.record.frozen:
            self._freeze(name, remote, hub, hub_then)
        elif hub == hub_then:
            self._take(name, remote, hub)
        else:
            self._conflict(name, remote, hub, hub_then)

    def _own_write(self, name: str, remote: Value, base: Base | None) -> tuple[Value, ...]:
        """Return the hub value, perhaps none, that the CRM got from us by a write that was never settled."""
        for value in () if base is None else base.tried:
            if remote in (value, self.project({**self.record.fields, name: value}).get(name, UNSAID)):
                return (value,)
        return ()

    def _stamp(self, name: str) -> Stamp:
        moment = self.observation.field_times.get(name, self.observation.modified_at)
        at = 0 if moment is None else int(moment.timestamp() * 1000)
        return Stamp(at, self.integration.integration_id)

    def _is_persons(self, name: str) -> bool:
        """Tell whether what the CRM says of a field is known to be no write of ours.

        A row we never wrote to cannot hold one; elsewhere the author of the version must be known, and the version
        be the one that changed this field.
        """
        seen, us = self.observation, self.integration.actor_id
        if self.is_stranger:
            return True
        if not seen.author or not us or seen.author == us:
            return False
        return seen.field_times.get(name, seen.modified_at) == seen.modified_at

    def _agree(self, name: str, hub: Value, remote: Value) -> None:
        """Note that both say the same; somebody who set it later than the hub's source now stands for it."""
        base = self.base.get(name)
        is_due = base is not None and (base.overruled or base.hub != hub)
        if remote == hub and (not is_due or self._is_persons(name)) and self._beats(name):
            self.stamps[name] = self._stamp(name)
        if remote == self.says_now.get(name, UNSAID):
            self.base.pop(name, None)
        else:
            self.base[name] = Base(hub, remote)

    def _beats(self, name: str) -> bool:
        """Tell whether the CRM's edit of a field would win over the one that the hub's value comes from."""
        mine, held = self._stamp(name), self.record.stamps.get(name, Stamp(0, ""))
        verdict = judge(mine, held, entity=self.record.entity, field=name, integrations=self.integrations)
        if verdict.policy == "merged":
            return (mine.at, mine.integration_id) > (held.at, held.integration_id)
        return verdict.policy != "manual" and verdict.remote_wins

    def _take(self, name: str, remote: Value, hub: Value) -> None:
        self.fields[name] = remote
        self.stamps[name] = self._stamp(name)
        self.base[name] = Base(remote, remote)
        self.changes.append(FieldChange(name, hub, remote))

    def _conflict(self, name: str, remote: Value, hub: Value, hub_then: Value) -> None:
        mine, held = self._stamp(name), self.record.stamps.get(name, Stamp(0, ""))
        verdict = judge(mine, held, entity=self.record.entity, field=name, integrations=self.integrations)
        wins = verdict.remote_wins
        if verdict.policy == "manual":
            self._freeze(name, remote, hub, hub_then)
            return
        if verdict.policy == "merged":
            if can_combine(name, remote, hub):
                self._combine(name, remote, hub, max(mine, held, key=lambda each: (each.at, each.integration_id)))
                return
            wins = (mine.at, mine.integration_id) > (held.at, held.integration_id)
        if wins:
            self.lost.append(Lost(name, hub, held.integration_id, mine.integration_id, verdict.policy))
            self._take(name, remote, hub)
        else:
            self.lost.append(Lost(name, remote, mine.integration_id, held.integration_id, verdict.policy))
            self.base[name] = Base(hub_then, remote, overruled=True)

    def _combine(self, name: str, remote: Value, hub: Value, stamp: Stamp) -> None:
        """Keep what both say; the CRM has not heard of the sum yet, so it stays due there."""
        both = combine(remote, hub)
        self.base[name] = Base(remote, remote)
        self.stamps[name] = stamp
        if both != hub:
            self.fields[name] = both
            self.changes.append(FieldChange(name, hub, both))

    def _freeze(self, name: str, remote: Value, hub: Value, hub_then: Value) -> None:
        """Leave a field to people: the hub keeps its value, the CRM its own, and both are written down."""
        mine, held = self._stamp(name), self.record.stamps.get(name, Stamp(0, ""))
        open_now = self.frozen.get(name) or Conflict(hub_then, {held.integration_id: Side(hub, held)}, self.now)
        sides = {**open_now.sides, mine.integration_id: Side(remote, mine)}
        self.frozen[name] = replace(open_now, sides=sides)
        self.base[name] = Base(hub_then, remote)

    def _linked(self, base: dict[str, Base]) -> Link:
        """Return the link as the observation leaves it; most leave it as it was."""
        link, external_id = self.link, self.observation.external_id
        state = "active" if link.state in ("creating", "invisible", "held") else link.state
        if base == link.base and external_id == link.external_id and state == link.state:
            return link
        return altered(link, external_id=external_id, state=state, base=base)

    def result(self) -> Merged:
        """Put the merged record together."""
        says_now = self.says_now if not self.changes else self.project(self.fields)
        link, record = self._linked(compact(self.base, self.fields, says_now)), self.record
        moved = (
            bool(self.changes)
            or self.stamps != record.stamps
            or self.frozen != record.frozen
            or link != record.links.get(link.integration_id)
        )
        if moved:
            links = {
                key: remember(other, self.changes, self.integrations, record) for key, other in record.links.items()
            }
            links[link.integration_id] = altered(link, version=self.observation.version)
            record = altered(record, fields=self.fields, stamps=self.stamps, links=links, frozen=self.frozen)
        return Merged(record, tuple(self.changes), tuple(self.lost), moved)


def compact(base: Mapping[str, Base], fields: Fields, says: Mapping[str, Value]) -> dict[str, Base]:
    """Drop every base that says no more than "the CRM agreed to the projection of the hub's present value".

    One that was overruled stays until the CRM has been told: it may mean the same in a form that is to be another.
    """
    kept: dict[str, Base] = {}
    for name, each in base.items():
        is_agreed = each.hub == fields.get(name) and (each.remote is PROJECTED or each.remote == says.get(name))
        if is_agreed and not each.tried and not each.overruled:
            continue
        kept[name] = each
    return kept


def remember(link: Link, changes: list[FieldChange], integrations: Mapping[str, Integration], record: Record) -> Link:
    """Keep, on another CRM's link, what it last agreed to for the fields that just changed in the hub.

    A field that has returned to the agreed value needs no write; what was due in between may have been written all the
    same, by a call whose answer was lost.
    """
    integration = integrations.get(link.integration_id)
    if integration is None or link.state not in ("active", "creating", "invisible", "held") or not changes:
        return link
    rule = integration.rule(record.entity)
    base = dict(link.base)
    for change in changes:
        if not (rule.writes(change.field) or rule.reads(change.field)):
            continue
        held = base.get(change.field)
        if held is None:
            base[change.field] = Base(change.old)
        elif held.overruled or held.hub != change.old:
            tried = (change.old, *(each for each in held.tried if each != change.old))
            base[change.field] = replace(held, tried=tried[:TRIED_MAX])
    return link if base == link.base else altered(link, base=base)
