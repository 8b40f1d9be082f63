"""Two connected CRMs at which records are entered through the API."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.functional.people import HubSpotPerson, SalesforcePerson
from tests.functional.rehearsal import Rehearsal

ALL = "/api/crm/integrations"
ANA = "ana.prado@example.com"
OPERATOR = {"workspace": "acme", "role": "operator", "sub": "person-1"}
VIEWER = {"workspace": "acme", "role": "viewer"}
RIVAL = {"workspace": "rival", "role": "admin"}
PERSON = {"email": " Ana.Prado@Example.com ", "firstName": "Ana", "lastName": "Prado", "phone": "+55 81 99999-0000"}


class Office:
    """Two connected CRMs; while the API waits, the workers work."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self.rehearsal = rehearsal
        self.hub, self.sf = rehearsal.connect("hubspot"), rehearsal.connect("salesforce")
        rehearsal.sync()
        self.hubspot, self.salesforce = HubSpotPerson(rehearsal), SalesforcePerson(rehearsal)
        rehearsal.hub = replace(rehearsal.hub, sleep=self._sleep)
        self._working = False

    def _sleep(self, seconds: float) -> None:
        self.rehearsal.advance(seconds)
        if not self._working:
            self._working = True
            self.rehearsal.settle()
            self._working = False

    def post(self, path: str, body: Any, status: int = 200) -> dict[str, Any]:
        got, shown = self.rehearsal.call("POST", f"/api/crm/{path}", body, claims=OPERATOR)
        assert got == status, shown
        return shown

    def record(self, record_id: str):
        return self.rehearsal.records.get_many("acme", [record_id])[record_id]


def results(shown: dict[str, Any]) -> dict[str, str]:
    return {each["provider"]: each["result"] for each in shown["crms"]}
