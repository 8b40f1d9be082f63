"""What the functions write down holds no person's data and no secret, whatever goes wrong."""

from __future__ import annotations

import base64
import io
import json
import logging
from typing import Any

import pytest

from crmbridge.adapters.memory.cipher import MemoryCipher
from crmbridge.runtime.telemetry import logger
from tests.functional.logins import callback
from tests.functional.people import HubSpotPerson, SalesforcePerson
from tests.functional.rehearsal import Context, Rehearsal

PEOPLE = [
    {
        "email": "zyx.wanderlund@example.com",
        "firstname": "Zyxabel",
        "lastname": "Wanderlund",
        "phone": "+4917655512345",
    },
    {"email": "quo.merivane@example.com", "firstname": "Quorina", "lastname": "Merivane", "phone": "+5581955598765"},
    {"firstname": "Ombrelio" * 9, "lastname": "Sandorvik", "city": "Grünthalheim"},
]
COMPANY = {"name": "Ploverfield Instruments", "domain": "ploverfield.example", "city": "Tarnhelm"}
NEWS = ["Vexalon", "Chief Wizardry Officer", "Nebelstadt", "intruder.payload@example.com", "PLOVERFIELD NOTE"]


class Written:
    """Everything written so far: our own log, the metrics on stdout, stderr, and warnings of the libraries."""

    def __init__(self, log: io.StringIO, capsys, caplog) -> None:
        self._log, self._capsys, self._caplog = log, capsys, caplog

    def text(self) -> str:
        told = self._capsys.readouterr()
        records = [each for each in self._caplog.records if each.levelno >= logging.WARNING]
        return "\n".join([self._log.getvalue(), told.out, told.err, *(each.getMessage() for each in records)])


@pytest.fixture
def written(capsys, caplog, monkeypatch) -> Written:
    log = io.StringIO()
    monkeypatch.setattr(logger().registered_handler, "stream", log)
    return Written(log, capsys, caplog)


def whole_life(rehearsal: Rehearsal) -> None:
    """Connect, read, edit on both sides, conflict, refuse, fail, recover, disconnect."""
    hubspot, salesforce = HubSpotPerson(rehearsal), SalesforcePerson(rehearsal)
    hubspot.fill(contacts=PEOPLE, companies=[COMPANY])
    salesforce.fill(
        Contact=[
            {"LastName": "Wanderlund", "Email": "zyx.wanderlund@example.com", "Title": "Vexalon"},
            {"LastName": "Merivane", "Email": "twice.over@example.com"},
            {"LastName": "Sandorvik", "Email": "twice.over@example.com"},
        ]
    )
    hub, _ = rehearsal.connect("hubspot"), rehearsal.connect("salesforce")
    rehearsal.sync()
    key = hubspot.contact("quo.merivane@example.com")["id"]
    hubspot.act("update", "contacts", key, properties={"jobtitle": "Chief Wizardry Officer", "city": "Nebelstadt"})
    salesforce.act("update", salesforce.contact("quo.merivane@example.com")["Id"], fields={"MailingCity": "Tarnhelm"})
    rehearsal.settle()
    for status in (400, 429, 500, 503):
        fault = {"match": {"path": "/services/data"}, "kind": "status", "status": status, "count": 2}
        rehearsal.control("salesforce", "faults", [fault])
        hubspot.act("update", "contacts", key, properties={"firstname": f"Vexalon {status}"})
        rehearsal.settle()
        rehearsal.sync()
    rehearsal.control("hubspot", "tokens", {"action": "expire"})
    rehearsal.sync()
    rehearsal.control("salesforce", "tokens", {"action": "revoke"})
    rehearsal.sync()
    rehearsal.call("POST", "/auth/hubspot/refresh", {"integrationId": hub})
    rehearsal.call("POST", "/auth/hubspot/logout", {"integrationId": hub})


def bad_input(rehearsal: Rehearsal) -> None:
    """Send what must be refused, with secrets and addresses in every place."""
    payload = "intruder.payload@example.com"
    rehearsal.call("POST", "/api/crm/integrations", {"provider": payload, "name": payload})
    rehearsal.call("POST", "/api/crm/integrations", f"{{{payload}")
    token = {"provider": "hubspot", "credentials": {"accessToken": "pat-na1-refused-token"}}
    rehearsal.call("POST", "/api/crm/integrations", token)
    rehearsal.call("GET", f"/api/crm/records/{payload}")
    rehearsal.call("GET", f"/api/crm/integrations/{payload}/records/contact/{payload}")
    callback(rehearsal, "hubspot", f"code=refused-code&state=refused-state&error_description={payload}")
    rehearsal.crm_of_door = "hubspot"
    for body in (payload, json.dumps([{"portalId": 1, "subscriptionType": "contact.creation", "objectId": payload}])):
        for headers in ({}, {"x-hubspot-signature": payload}):
            event = rehearsal.event("POST", "/webhooks/hubspot", body, headers={"host": "bridge.test", **headers})
            rehearsal.handlers["receive_webhook"](event, Context())
    for folder in ("apply_changes", "push_changes", "run_sync_batch", "plan_sync"):
        for body in (payload, json.dumps({payload: payload}), json.dumps({"workspace_id": payload})):
            rehearsal.handlers[folder]({"Records": [{"messageId": "m", "body": body}]}, Context())


def secrets_of(rehearsal: Rehearsal) -> set[str]:
    """Return everything secret that there is: tokens, verifiers, client secrets, hook secrets, codes."""
    found = {"pat-na1-refused-token", "refused-code", "refused-state"}
    assert isinstance(rehearsal.hub.cipher, MemoryCipher)
    for _, text in rehearsal.hub.cipher._sealed.values():
        try:
            grant: Any = json.loads(text)
        except ValueError:
            grant = text
        found |= {grant} if isinstance(grant, str) else {grant["access_token"], grant["refresh_token"]}
    for credentials in rehearsal.credentials.values():
        found.add(credentials["client_secret"])
    found.add(rehearsal.webhook_urls["salesforce"].rpartition("/")[2])
    return {each for each in found if each}


def personal() -> set[str]:
    """Return every value that belongs to a person or a customer."""
    rows = [value for row in [*PEOPLE, COMPANY] for value in row.values()]
    return {*rows, *NEWS, "Ombrelio", "twice.over@example.com", "17655512345", "81955598765"}


def assert_clean(text: str, forbidden: set[str]) -> None:
    folded = text.casefold()
    found = sorted(each for each in forbidden if any(way.casefold() in folded for way in spellings(each)))
    assert found == [], [line[:300] for line in text.splitlines() if any(each in line for each in found)][:5]


def spellings(value: str) -> tuple[str, ...]:
    """Return a value as it stands, as JSON escapes it, and in Base64."""
    return value, json.dumps(value)[1:-1], base64.b64encode(value.encode()).decode()


def test_a_whole_life_leaves_no_personal_data_and_no_secret_in_the_logs(rehearsal, written):
    whole_life(rehearsal)
    bad_input(rehearsal)
    forbidden = personal() | secrets_of(rehearsal)
    assert len(forbidden) > 25
    text = written.text()
    for said in ("applied", "pushed", "planned", "read", "Signature refused", "Request rejected", "unreadable message"):
        assert f'"message":"{said}"' in text, f"the rehearsal never got to {said!r}"
    for said in ('"stopped":"blocked"', "RowsParked"):
        assert said in text, f"the rehearsal never got to {said}"
    assert_clean(text, forbidden)


def test_a_bug_is_logged_by_its_place_and_not_by_its_words(rehearsal, written, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Wanderlund zyx.wanderlund@example.com")

    monkeypatch.setattr("crmbridge.runtime.workers.apply_changes", broken)
    body = json.dumps({"workspace_id": "acme", "integration_id": "i", "entity": "contact", "external_ids": ["1"]})
    event = {"Records": [{"messageId": "m", "body": body}]}
    answer = rehearsal.handlers["apply_changes"](event, Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m"}]}
    text = written.text()
    assert '"error":"RuntimeError"' in text
    assert "test_secrecy.py:" in text
    assert_clean(text, personal())
