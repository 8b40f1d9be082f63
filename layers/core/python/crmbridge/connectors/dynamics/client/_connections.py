"""An opportunity's further contacts: connections with the role of a stakeholder.

Source: Dataverse table reference, Connection; each connection has a twin in the other direction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmbridge.connectors.dynamics.client import _query as query
from crmbridge.connectors.dynamics.client._api import ROOT, Api, Row, below
from crmbridge.connectors.dynamics.client._batch import Request
from crmbridge.connectors.dynamics.client._errors import NOT_FOUND, part_error
from crmbridge.connectors.dynamics.mapping.observing import target_of
from crmbridge.errors import ProviderError

_ROLE = "Stakeholder"
_SELECT = "connectionid,_record1id_value,_record2id_value,modifiedon"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The contacts that a deal shall have.

    Attributes:
        main: the contact in the deal's own column, empty when there is none.
        contacts: all of them, the main one included.
        before: those that the hub knew of; others were added by people and stay.
    """

    deal_id: str
    main: str
    contacts: tuple[str, ...]
    before: tuple[str, ...]


class Connections:
    """Reads and writes the contacts of deals."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._role_id: str | None = None

    def contacts_of(self, deal_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the connected contacts of each deal, ascending."""
        found: dict[str, set[str]] = {}
        for row in self._rows(deal_ids):
            table, contact_id = target_of(row, "record2id")
            if table == "contact":
                found.setdefault(target_of(row, "record1id")[1], set()).add(contact_id)
        return {deal_id: tuple(sorted(each)) for deal_id, each in found.items()}

    def bring(self, wanted: Sequence[Wanted]) -> dict[str, ProviderError]:
        """Connect and disconnect contacts; returns what went wrong by deal."""
        held: dict[str, dict[str, list[str]]] = {}
        for row in self._rows([each.deal_id for each in wanted]):
            table, contact_id = target_of(row, "record2id")
            if table == "contact":
                deal = held.setdefault(target_of(row, "record1id")[1], {})
                deal.setdefault(contact_id, []).append(str(row["connectionid"]))
        steps: list[tuple[str, Request]] = []
        for each in wanted:
            steps += [(each.deal_id, one) for one in self._steps(each, held.get(each.deal_id, {}))]
        errors: dict[str, ProviderError] = {}
        if steps:
            for (deal_id, step), reply in zip(steps, self._api.batch([each for _, each in steps]), strict=True):
                error = part_error(reply.status, reply.headers, reply.body) if reply.status >= 400 else None
                is_gone = error is not None and error.code == NOT_FOUND and step.method == "DELETE"
                if error is not None and not is_gone:
                    errors.setdefault(deal_id, error)
        return errors

    def _steps(self, wanted: Wanted, held: Mapping[str, Sequence[str]]) -> list[Request]:
        others = set(wanted.contacts) - {wanted.main}
        steps = [self._connect(wanted.deal_id, each) for each in sorted(others - held.keys())]
        lost = {each for each in wanted.before if each not in wanted.contacts} & held.keys()
        return steps + [
            Request(method="DELETE", path=f"{ROOT}/connections({each})")
            for contact_id in sorted(lost)
            for each in held[contact_id]
        ]

    def _connect(self, deal_id: str, contact_id: str) -> Request:
        body = {
            "record1id_opportunity@odata.bind": f"/opportunities({deal_id})",
            "record2id_contact@odata.bind": f"/contacts({contact_id})",
        }
        role = self._role()
        if role:
            body["record2roleid@odata.bind"] = f"/connectionroles({role})"
        return Request(method="POST", path=f"{ROOT}/connections", body=body)

    def _role(self) -> str:
        if self._role_id is None:
            params = {"$select": "connectionroleid", "$filter": f"name eq {query.text(_ROLE)}", "$top": "1"}
            rows = self._api.every(below("connectionroles", params))
            self._role_id = str(rows[0]["connectionroleid"]) if rows else ""
        return self._role_id

    def _rows(self, deal_ids: Sequence[str]) -> list[Row]:
        found: list[Row] = []
        for each in query.cut(deal_ids, lambda some: f"{query.one_of('record1id', some)} and statecode eq 0"):
            found += self._api.every(below("connections", {"$select": _SELECT, "$filter": each}))
        return found
