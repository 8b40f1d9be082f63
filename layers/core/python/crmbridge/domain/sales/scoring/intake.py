"""What becomes of a WhatsApp message: a lead is found by its exact number or made, then scored, tagged and owned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from crmbridge.domain.sales.automation.pipelines import Pipeline, default_pipeline, live_stage
from crmbridge.domain.sales.facts import Fact, Facts, is_known
from crmbridge.domain.sales.scoring.cards import Card
from crmbridge.domain.sales.scoring.kommo_card import BILL, SOLUTION, kommo_card, written_solution
from crmbridge.domain.sales.scoring.notes import ai_notes, note_on_creation, note_on_update
from crmbridge.domain.sales.scoring.owners import Owner, OwnerRules, default_roles, owner_of
from crmbridge.domain.sales.scoring.scores import Score, score
from crmbridge.domain.sales.scoring.tags import TagChange, TagRule, default_tags, tag_change

Action: TypeAlias = Literal["create", "update"]
CrmFields: TypeAlias = dict[str, str | int]


@dataclass(frozen=True, slots=True)
class KnownLead:
    """A lead that a search found.

    Attributes:
        record_id: ours.
        whatsapp_number: as it is held there.
        tags: it has.
        owner_id: the CRM's id of the person who answers for it, empty without one.
        stage: it is in.
    """

    record_id: str
    whatsapp_number: str
    tags: tuple[str, ...] = ()
    owner_id: str = ""
    stage: str = ""


@dataclass(frozen=True, slots=True)
class IntakeRules:
    """What a workspace decides about new leads."""

    card: Card = field(default_factory=kommo_card)
    tags: tuple[TagRule, ...] = field(default_factory=default_tags)
    owners: OwnerRules = field(default_factory=default_roles)
    pipeline: Pipeline = field(default_factory=default_pipeline)
    source: str = "WhatsApp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What to write to the CRM.

    Attributes:
        action: make a lead and its contact and link them, or update the lead ``record_id``.
        record_id: of the lead to update; empty for a new one.
        fields: the CRM's custom fields by their names in the founding document; unknown ones are left out.
        stage: where the agent's conversation puts it, never backwards.
        owner: of the lead; ``None`` leaves the person who has it.
        note: to be added.
    """

    action: Action
    record_id: str
    score: Score
    tags: TagChange
    fields: CrmFields
    stage: str
    owner: Owner | None
    note: str


def exact_match(candidates: Sequence[KnownLead], whatsapp_number: str) -> KnownLead | None:
    """Return the lead with exactly this number; a search by text also finds others.

    Spaces, dashes, brackets and a leading plus make no difference; everything else does. Of several, the one with the
    lowest id, so that the same one is found every time.

    Example:
        >>> found = exact_match([KnownLead("r1", "+55 81 98888-7777")], "5581988887777")
        >>> found.record_id if found else ""
        'r1'
    """
    wanted = _digits(whatsapp_number)
    same = [each for each in candidates if wanted and _digits(each.whatsapp_number) == wanted]
    return min(same, key=lambda each: each.record_id, default=None)


def intake(
    rules: IntakeRules, facts: Facts, *, candidates: Sequence[KnownLead], named_owner: str = "", now: datetime
) -> Intake:
    """Return what to write for a lead that has sent a message.

    Args:
        rules: the workspace's.
        facts: what the agent has learnt; ``whatsapp_number`` and its own ``qualification_stage`` among them.
        candidates: what a search for the number found.
        named_owner: the CRM's id of a person whom somebody chose.
        now: aware.
    """
    found = exact_match(candidates, str(facts.get("whatsapp_number") or ""))
    result = score(rules.card, facts, now=now)
    scored: dict[str, Fact] = {**facts, "score": result.value}
    agent_stage = str(facts.get("qualification_stage") or "initial")
    owned_already = found is not None and bool(found.owner_id) and not named_owner
    return Intake(
        action="create" if found is None else "update",
        record_id="" if found is None else found.record_id,
        score=result,
        tags=tag_change(rules.tags, scored, current=() if found is None else found.tags),
        fields=crm_fields(rules, scored),
        stage=live_stage(rules.pipeline, agent_stage, current="" if found is None else found.stage),
        owner=None if owned_already else owner_of(rules.owners, scored, named=named_owner),
        note=note_on_creation(scored) if found is None else note_on_update(scored, result),
    )


def crm_fields(rules: IntakeRules, facts: Facts) -> CrmFields:
    """Return the values of the CRM's custom fields, those that are known; text, except the score."""
    told: dict[str, Fact] = {
        "lead_source": rules.source,
        "whatsapp_number": facts.get("whatsapp_number"),
        "energy_bill_value": facts.get(BILL),
        "solution_type": written_solution(str(facts.get(SOLUTION) or "")),
        "current_discount": facts.get("current_discount"),
        "competitor": facts.get("competitor"),
        "ai_notes": ai_notes(facts),
    }
    fields: CrmFields = {name: str(value) for name, value in told.items() if is_known(value)}
    return {**fields, "qualification_score": int(str(facts["score"]))}


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter not in " -().+\u00a0")
