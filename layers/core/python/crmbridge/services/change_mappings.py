"""Check, change and remember the overrides of an integration's mapping."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from crmbridge.domain.custom_fields import PREFIX
from crmbridge.domain.integrations import EntityRule, Integration
from crmbridge.domain.mapping.checks import Problem, Terms, displaced, problems_of, rewrites_of
from crmbridge.domain.mapping.overrides import Overrides, changed_fields, override_to_json, taking_part
from crmbridge.domain.messages import SyncStep
from crmbridge.domain.records import ENTITIES, Entity
from crmbridge.errors import ConflictError, RequestRejectedError
from crmbridge.ports import Document
from crmbridge.services._override_json import show_override
from crmbridge.services.hub import Hub, save_integration

REST_S = 90
"""Seconds between the saving of a mapping and the first record that is turned to it: by then every worker that began
under the old one has ended. Longer than ``WorkerTimeout`` of the template."""

STILL_S = 600
"""A change of mapping that has not moved for so long is picked up again, in seconds."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of some overrides.

    Attributes:
        problems: why they cannot be carried out; none when they can.
        rewrites: by ``entity.field``, which values do not come back as they were said, and why.
        displaced: by ``entity.field``, what is not synchronised with this CRM any more, and why.
    """

    problems: tuple[Problem, ...]
    rewrites: Mapping[str, str]
    displaced: Mapping[str, str]


def terms_of(hub: Hub, integration: Integration) -> Terms:
    """Return what an integration's CRM can hold."""
    declared = hub.connectors.declaration(integration.crm)
    fields: dict[Entity, tuple[str, ...]] = {
        each: declared.supports.fields[each] for each in declared.supports.entities
    }
    return Terms(fields, integration.custom_fields, declared.label)


def judge_overrides(hub: Hub, integration: Integration, overrides: Overrides) -> Verdict:
    """Tell whether overrides can be carried out, and what they cost; nothing is changed."""
    terms = terms_of(hub, integration)
    problems = problems_of(overrides, terms)
    if problems:
        return Verdict(problems, {}, {})
    return Verdict((), rewrites_of(overrides, terms), displaced(overrides, terms))


def with_overrides(hub: Hub, integration: Integration, overrides: Overrides) -> Integration:
    """Return an integration as it would be with other overrides, not stored.

    Raises:
        RequestRejectedError: they cannot be carried out; names the first field that is wrong, and why.
    """
    verdict = judge_overrides(hub, integration, overrides)
    if verdict.problems:
        first, *rest = verdict.problems
        more = f" ({len(rest)} more; validate tells all)" if rest else ""
        raise RequestRejectedError(first.reason + more, field=first.at, next_step=first.next_step)
    terms = terms_of(hub, integration)
    rules: dict[Entity, EntityRule] = {}
    for entity, rule in integration.rules.items():
        fields = taking_part(rule.fields, integration.field_maps, overrides, entity)
        placed = {each.field for each in overrides if each.entity == entity}
        kept = tuple(each for each in fields if each in placed or each in terms.places(entity))
        rules[entity] = replace(rule, fields=kept)
    return replace(integration, field_maps=overrides, rules=rules)


def change_mappings(
    hub: Hub,
    integration: Integration,
    overrides: Overrides,
    *,
    expected: int | None,
    accepted: Collection[str],
    by: str,
) -> Integration:
    """Store other overrides, and have every record turned to them before the CRM is read or written again.

    Args:
        expected: the version that the caller has seen; ``None`` to change whatever there is.
        accepted: fields, as ``entity.field``, that may lose something on the round trip.
        by: who changes them.

    Raises:
        RequestRejectedError: they cannot be carried out, or lose something that was not accepted.
        ConflictError: the mapping has moved since, or is being changed.
    """
    if integration.remapping:
        raise ConflictError("the mapping is being changed; wait until GET …/mappings says that it is in force")
    if expected is not None and expected != integration.mapping_version:
        raise ConflictError(
            f"the mapping is at version {integration.mapping_version} and not {expected}; read it again"
        )
    changed = with_overrides(hub, integration, overrides)
    _insist(judge_overrides(hub, integration, overrides), accepted)
    if overrides == integration.field_maps:
        return integration
    version = integration.mapping_version + 1
    moves: list[Entity] = [
        each for each in ENTITIES if changed_fields(integration.field_maps, overrides, each) and each in changed.rules
    ]
    turns = bool(moves) and integration.status != "pending"
    change_id = hub.new_id("map") if turns else ""
    if turns:
        _begin(hub, integration, change_id, moves)
    saved = save_integration(hub, replace(changed, mapping_version=version, remapping=change_id))
    _remember(hub, saved, by)
    if turns:
        step = SyncStep(saved.workspace_id, saved.integration_id, change_id, task="mapping")
        hub.queues.send_steps([step], delay_s=REST_S)
    return saved


def _insist(verdict: Verdict, accepted: Collection[str]) -> None:
    """Refuse losses that nobody has accepted; a custom field is there to be a place, so losing its own is none."""
    gone = {name: each for name, each in verdict.displaced.items() if not name.partition(".")[2].startswith(PREFIX)}
    for name, reason in {**verdict.rewrites, **gone}.items():
        if name not in accepted:
            raise RequestRejectedError(
                f"{name} would not make the round trip: {reason}",
                field="accepts",
                next_step=f"send accepts with {name!r} if that is meant, or change the mapping",
            )


def _begin(hub: Hub, before: Integration, change_id: str, moves: list[Entity]) -> None:
    """Note how records stand now, so that they can be turned by whoever comes to it."""
    body = {
        "change_id": change_id,
        "before": [override_to_json(each) for each in before.field_maps],
        "entities": list(moves),
        "cursor": None,
        "not_before": (hub.now() + timedelta(seconds=REST_S)).isoformat(),
        "moved_at": hub.now().isoformat(),
        "looked_at": 0,
        "turned": 0,
    }
    where = (f"{before.workspace_id}#REMAPPING", before.integration_id)
    hub.documents.put(Document(*where, body), unconditionally=True)


def _remember(hub: Hub, saved: Integration, by: str) -> None:
    body = {
        "version": saved.mapping_version,
        "at": hub.now().isoformat(),
        "by": by,
        "fields": [override_to_json(each) for each in saved.field_maps],
        "shown": [show_override(each) for each in saved.field_maps],
    }
    pk = f"{saved.workspace_id}#MAPPINGS#{saved.integration_id}"
    hub.documents.put(Document(pk, f"{saved.mapping_version:06d}", body), unconditionally=True)


def mapping_versions(hub: Hub, integration: Integration) -> list[dict[str, Any]]:
    """Return every version of an integration's overrides: number, when, by whom, and what it said; newest first."""
    found = hub.documents.query(f"{integration.workspace_id}#MAPPINGS#{integration.integration_id}")
    return [
        {
            "version": each.body["version"],
            "at": each.body["at"],
            "by": each.body["by"],
            "fields": list(each.body["shown"]),
        }
        for each in reversed(found)
    ]


def remapping_state(hub: Hub, integration: Integration) -> dict[str, Any]:
    """Return whether an integration's mapping is in force, and how far the turning of its records is."""
    if not integration.remapping:
        return {"state": "in_force"}
    found = hub.documents.get(f"{integration.workspace_id}#REMAPPING", integration.integration_id)
    body: Mapping[str, Any] = {} if found is None else found.body
    return {"state": "changing", "lookedAt": body.get("looked_at", 0), "turned": body.get("turned", 0)}


def nudge(hub: Hub, integration: Integration) -> None:
    """Have a change of mapping gone on with, should whoever was at it have died."""
    found = hub.documents.get(f"{integration.workspace_id}#REMAPPING", integration.integration_id)
    if found is None or found.body["change_id"] != integration.remapping:
        return
    if hub.now() - datetime.fromisoformat(found.body["moved_at"]) >= timedelta(seconds=STILL_S):
        step = SyncStep(integration.workspace_id, integration.integration_id, integration.remapping, task="mapping")
        hub.documents.put(replace(found, body={**found.body, "moved_at": hub.now().isoformat()}), unconditionally=True)
        hub.queues.send_steps([step])
