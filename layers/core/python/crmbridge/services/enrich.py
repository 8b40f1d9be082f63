"""Enrich a person from what the hub holds: profiles, engagement, and what is likely of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crmbridge.domain.records import Entity, Record, Value
from crmbridge.domain.social.inferring import Inferred, infer, mail_domain
from crmbridge.domain.social.profiles import Profile, mood, primary_channel, profiles_of
from crmbridge.domain.social.touchpoints import Touchpoint
from crmbridge.domain.workflows.engagement import engagement_fields
from crmbridge.domain.workflows.rules import ENGAGEMENT, engagement_rules
from crmbridge.services.hub import Hub, load_integrations
from crmbridge.services.touchpoints import touchpoints_of
from crmbridge.services.workspace_settings import load_section

PEOPLE: tuple[Entity, ...] = ("contact", "lead")
RECORDS_MAX = 5_000
"""People looked at for shared e-mail domains, of each kind; in a larger workspace the first so many."""

PAGE = 500


@dataclass(frozen=True, slots=True)
class Enrichment:
    """What is known of a person, and what is likely.

    Attributes:
        touchpoints: as they happened.
        fields: custom fields that would show it, as far as the workspace has defined them.
        ignored: names of those that no integration has a field for.
    """

    record: Record
    touchpoints: tuple[Touchpoint, ...]
    profiles: tuple[Profile, ...]
    inferred: tuple[Inferred, ...]
    fields: Mapping[str, Value]
    ignored: tuple[str, ...]


def enrich(hub: Hub, record: Record, *, social: bool, history: bool) -> Enrichment:
    """Return what the hub knows of a contact or lead, and what is likely of them; nothing is stored.

    Args:
        record: a live one.
        social: profiles and followers as well.
        history: engagement, sentiment and last interaction as well.
    """
    touchpoints = touchpoints_of(hub, record.workspace_id, record.record_id) if social or history else ()
    profiles = profiles_of(touchpoints) if social else ()
    inferred = infer(record, *_surroundings(hub, record)) if mail_domain(record) else ()
    wanted: dict[str, Value] = {**_inferred_fields(inferred)}
    if social:
        wanted |= _profile_fields(profiles)
        wanted |= {"x_social_platform": primary_channel(touchpoints)} if touchpoints else {}
    if history and touchpoints:
        rules = engagement_rules(load_section(hub, record.workspace_id, ENGAGEMENT))
        wanted |= engagement_fields(touchpoints, rules, now=hub.now())
        wanted |= {"x_social_sentiment": mood(touchpoints)} if mood(touchpoints) else {}
    fields, ignored = known_fields(hub, record, wanted)
    return Enrichment(record, touchpoints, profiles, inferred, fields, ignored)


def known_fields(hub: Hub, record: Record, wanted: Mapping[str, Value]) -> tuple[dict[str, Value], tuple[str, ...]]:
    """Return those of some custom fields that an integration of the workspace has, and the names of the others."""
    integrations = load_integrations(hub, record.workspace_id).values()
    known = {each.name for one in integrations for each in one.custom_fields if each.entity == record.entity}
    return {name: each for name, each in wanted.items() if name in known}, tuple(sorted(wanted.keys() - known))


def _profile_fields(profiles: Iterable[Profile]) -> dict[str, Value]:
    fields: dict[str, Value] = {}
    for each in profiles:
        if each.url:
            fields[f"x_{each.channel}_url"] = each.url
        if each.followers is not None:
            fields[f"x_{each.channel}_followers"] = str(each.followers)
    return fields


def _inferred_fields(inferred: Iterable[Inferred]) -> dict[str, Value]:
    """Return fields of their own for what is likely, each with its confidence: nothing that people say is touched."""
    names = {"company": "x_inferred_company", "job_title": "x_inferred_title", "industry": "x_inferred_industry"}
    return {names[each.field]: f"{each.value} ({each.confidence} %, inferred)" for each in inferred}


def _surroundings(hub: Hub, person: Record) -> tuple[list[Record], dict[str, Record]]:
    """Return others with an address at a person's domain, and the companies that they or the domain point to."""
    domain, workspace_id = mail_domain(person), person.workspace_id
    colleagues = [each for each in _people(hub, workspace_id) if _is_colleague(each, person, domain)]
    owners = hub.records.find_key(workspace_id, "company", "domain", [domain]).get(domain, ())
    named = {each.fields.get("company") for each in (*colleagues, person)}
    ids = sorted({*owners, *(each for each in named if isinstance(each, str))})
    companies = hub.records.get_many(workspace_id, ids) if ids else {}
    live = {key: each for key, each in companies.items() if each.deleted_at is None and not each.merged_into}
    return colleagues, live


def _is_colleague(record: Record, person: Record, domain: str) -> bool:
    is_live = record.deleted_at is None and not record.merged_into
    return is_live and record.record_id != person.record_id and mail_domain(record) == domain


def _people(hub: Hub, workspace_id: str) -> Iterable[Record]:
    for entity in PEOPLE:
        cursor, seen = None, 0
        while seen < RECORDS_MAX:
            page = hub.records.list_records(workspace_id, entity, cursor=cursor, limit=PAGE)
            yield from page.items
            seen, cursor = seen + len(page.items), page.next_cursor
            if cursor is None:
                break
