"""The contacts of opportunities: rows of OpportunityContactRole, made and deleted beside the opportunities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crmbridge.connectors.salesforce.client import _soql as soql
from crmbridge.connectors.salesforce.client._api import Api, Row
from crmbridge.connectors.salesforce.client._errors import DUPLICATE, GONE, Refusal, refusal, row_error
from crmbridge.connectors.salesforce.mapping.ids import id18, id_of
from crmbridge.errors import ProviderError

ROLE = "OpportunityContactRole"
_ROLE_FIELDS = ("Id", "OpportunityId", "ContactId", "IsPrimary")
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """The contacts that one opportunity shall have.

    Attributes:
        before: contacts as last seen there; only these may be removed, so that nobody else's addition is undone.
        is_known: whether ``before`` is what the opportunity really has.
    """

    deal_id: str
    contacts: tuple[str, ...]
    before: tuple[str, ...] = ()
    is_known: bool = True


@dataclass(slots=True)
class _Plan:
    create: list[Row] = field(default_factory=list[Row])
    delete: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


class Roles:
    """Brings contact roles to what is wanted."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def bring(self, wanted: Sequence[Wanted]) -> dict[str, ProviderError]:
        """Create missing roles and delete superfluous ones.

        Returns:
            Errors by opportunity; those without one have what they shall.
        """
        held = self._held([each.deal_id for each in wanted if _must_look(each)])
        plan = _Plan()
        for each in wanted:
            _add(plan, each, held.get(each.deal_id, ()))
        errors: dict[str, ProviderError] = {}
        for start in range(0, len(plan.create), _BATCH):
            rows = plan.create[start : start + _BATCH]
            answers = self._api.collection("POST", "composite/sobjects", rows)
            _collect(errors, [str(row["OpportunityId"]) for row in rows], answers, harmless=DUPLICATE)
        for start in range(0, len(plan.delete), _BATCH):
            some = plan.delete[start : start + _BATCH]
            answers = self._api.delete([role_id for role_id, _ in some])
            _collect(errors, [deal_id for _, deal_id in some], answers, harmless=GONE)
        return errors

    def _held(self, deal_ids: Sequence[str]) -> dict[str, list[Row]]:
        held: dict[str, list[Row]] = {}
        select = soql.select(_ROLE_FIELDS, ROLE)
        for query in soql.cut(
            deal_ids, lambda some: f"{select} WHERE {soql.one_of('OpportunityId', some)} ORDER BY Id"
        ):
            for row in self._api.every(query):
                held.setdefault(id18(row["OpportunityId"]), []).append(row)
        return held


def _must_look(each: Wanted) -> bool:
    return not each.is_known or bool(set(each.before) - set(each.contacts))


def _add(plan: _Plan, each: Wanted, held: Sequence[Row]) -> None:
    """Plan one opportunity's changes; the first contact of one without any becomes its primary one."""
    contacts = tuple(dict.fromkeys(id_of("contact", one) or one for one in each.contacts))
    removable = set(each.before) - set(contacts)
    plan.delete += [(row["Id"], each.deal_id) for row in held if id18(row["ContactId"]) in removable]
    present = {id18(row["ContactId"]) for row in held} if _must_look(each) else set(each.before)
    has_primary = bool(present - removable)
    for contact_id in contacts:
        if contact_id not in present:
            plan.create.append(
                {
                    "attributes": {"type": ROLE},
                    "OpportunityId": each.deal_id,
                    "ContactId": contact_id,
                    "IsPrimary": not has_primary,
                }
            )
            has_primary = True


def _collect(
    errors: dict[str, ProviderError],
    deal_ids: Sequence[str],
    answers: Iterable[Mapping[str, object]],
    *,
    harmless: frozenset[str],
) -> None:
    for deal_id, answer in zip(deal_ids, answers, strict=True):
        found: Refusal | None = None if answer.get("success") else refusal(answer.get("errors"))
        if found is not None and found.code not in harmless:
            errors.setdefault(deal_id, row_error(found))
