"""What people are told, in words: nothing secret, nothing personal, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

SUBJECT_MAX = 100
"""Characters of a subject that SNS takes; printable ASCII only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message to the people of a workspace.

    Attributes:
        kind: the setting by which it is switched off.
        integration_id: which it is about; empty for the workspace as a whole.
    """

    workspace_id: str
    kind: str
    subject: str
    text: str
    integration_id: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the stored form."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: Mapping[str, str]) -> Notice:
        """Read the stored form."""
        return cls(**body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How a kind of event is told to people.

    Attributes:
        kind: the setting by which it is switched off.
        subject: what happened; ``{crm}`` is the CRM's label.
        text: what it means and what to do.
    """

    kind: str
    subject: str
    text: str


WORDS: Mapping[str, Words] = {
    "sync_completed": Words(
        kind="syncCompleted",
        subject="{crm}: {what} has ended",
        text="{crm}: {what} has ended{partly}. From now on changes are kept in step by themselves.\n"
        "See what became of the records: crmbridge report {id}",
    ),
    "sync_failed": Words(
        kind="syncFailed",
        subject="{crm} could not be read to the end",
        text="Reading {crm} ended early. It is tried again by itself at the next interval; you are told once, and not "
        "again before it has succeeded in between.\nSee why: crmbridge integrations {id}",
    ),
    "sync_stalled": Words(
        kind="syncFailed",
        subject="{crm}: reading stands still",
        text="Reading {crm} has made no progress for three intervals. It is still tried, but somebody should look: "
        "most often a right is missing in the CRM.\nCheck it step by step: crmbridge integrations {id} --validate",
    ),
    "authentication_lost": Words(
        kind="authenticationLost",
        subject="{crm} must be connected again",
        text="{crm} no longer accepts our authorisation. Nothing is read or written there until somebody connects it "
        "again; nothing is lost meanwhile.\nConnect it: crmbridge connect {provider} --integration {id}",
    ),
    "quota_warning": Words(
        kind="quotaWarning",
        subject="{crm}: its quota is running out",
        text="{crm} lets us make hardly any more calls for now. What matters most goes first, the rest waits and is "
        "made up for by itself.\nIf this comes often, ask for a larger quota, or read less often (syncConfig).",
    ),
    "circuit_opened": Words(
        kind="circuitOpened",
        subject="{crm} does not answer",
        text="{crm} has failed to answer several times in a row and is left alone for a while; it is tried again by "
        "itself, and nothing is lost meanwhile. Nothing is to be done unless this lasts.",
    ),
    "webhooks_disabled": Words(
        kind="errors",
        subject="{crm}: its webhooks are off",
        text="{crm} does not send us its changes any more, or refuses to. They are found by reading, which takes some "
        "minutes longer.\nSee why, in the CRM's words: GET /api/crm/integrations/{id}/webhooks",
    ),
    "deletions_held": Words(
        kind="errors",
        subject="{crm}: many deletions are held",
        text="Unusually many records ({entity}) were deleted in {crm}. They are not deleted elsewhere until somebody "
        "has decided.\nDecide: POST /api/crm/integrations/{id}/brake with delete or recreate",
    ),
    "write_refused": Words(
        kind="errors",
        subject="{crm} refuses records",
        text="{crm} has refused records for good. A corrected value goes out again by itself.\n"
        "See which, and why in the CRM's words: crmbridge explain RECORD, or GET /api/crm/records",
    ),
    "conflict_detected": Words(
        kind="conflicts",
        subject="People must decide",
        text="{number} open decisions wait for people: fields that two CRMs changed, or records that may be one.\n"
        "See and decide them: crmbridge conflicts, crmbridge resolve",
    ),
}
"""By kind of event, what people are told of it; of other kinds nobody is told."""


def notice_of(kind: str, workspace_id: str, *, integration_id: str = "", **about: Any) -> Notice:  # noqa: ANN401 - whatever the words name
    """Return what people are told of an event.

    Args:
        kind: one of ``WORDS``.
        workspace_id: whose people.
        integration_id: which it is about, if one.
        about: what the words of this kind name: ``crm`` (its label), ``provider``, ``entity`` …

    Example:
        >>> notice_of("authentication_lost", "acme", integration_id="int_1", crm="HubSpot", provider="hubspot").subject
        'CRM Bridge (acme): HubSpot must be connected again'
    """
    words = WORDS[kind]
    told = {**about, "id": integration_id}
    subject = f"CRM Bridge ({workspace_id}): {words.subject.format(**told)}"
    plain = "".join(each if " " <= each <= "~" else "?" for each in subject)
    where = f"\n\nWorkspace {workspace_id}" + (f", integration {integration_id}" if integration_id else "")
    return Notice(
        workspace_id=workspace_id,
        kind=words.kind,
        subject=plain[:SUBJECT_MAX],
        text=words.text.format(**told) + where + ".\nSwitch this kind off: PATCH /api/crm/settings, notifications.",
        integration_id=integration_id,
    )
