"""What cannot be entered through the API: refused by name, and nothing is stored."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.functional.office import ALL, ANA, OPERATOR, VIEWER, Office
from tests.functional.rehearsal import Rehearsal
from tests.functional.watching import assert_problem, everything, nothing_changes


@pytest.fixture(scope="module")
def office() -> Generator[Office]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield Office(Rehearsal(monkeypatch))


@pytest.mark.parametrize(
    "body", [{}, [], "x", [5], [[]], [{"email": "a@example.com"}] * 1001], ids=lambda body: str(body)[:20]
)
def test_what_is_no_batch_is_refused(office, body):
    with nothing_changes(office.rehearsal):
        path = f"{ALL}/{office.hub}/contacts/batch-sync"
        answer = office.rehearsal.call("POST", path, body, claims=OPERATOR)
        assert answer[0] == 400
        assert answer[1]["field"].startswith("body") or answer[1]["field"].startswith("[")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("contacts", {}, None),
        ("contacts", {"nonsense": "x"}, None),
        ("contacts", {"email": "nobody"}, "email"),
        ("contacts", {"email": 5}, "email"),
        ("contacts", {"lastName": "x" * 33_000}, "lastName"),
        ("contacts", {"email": ANA, "status": "sleeping"}, "status"),
        ("contacts", {"email": ANA, "company": {}}, "company"),
        ("contacts", {"email": ANA, "company": 5}, "company"),
        ("contacts", {"email": ANA, "company": "com_nobody"}, "company"),
        ("contacts", {"email": ANA, "owner": "somebody"}, "owner"),
        ("contacts", {"email": ANA, "tags": "x"}, "tags"),
        ("contacts", {"email": ANA, "customFields": "x"}, "customFields"),
        ("contacts", {"email": ANA, "socialProfiles": [{}]}, "socialProfiles[0].platform"),
        ("contacts", {"recordId": "con_nobody", "lastName": "x"}, "recordId"),
        ("contacts?wait=21", {"email": ANA}, "wait"),
        ("deals", {"title": "x", "value": "many"}, "value"),
        ("deals", {"title": "x", "value": True}, "value"),
        ("deals", {"title": "x", "value": {"a": 1}}, "value"),
        ("deals", {"title": "x", "expectedCloseDate": "soon"}, "expectedCloseDate"),
        ("deals", {"title": "x", "probability": 101}, "probability"),
        ("deals", {"title": "x", "stage": "dreaming"}, "stage"),
        ("deals", {"title": "x", "contacts": "x"}, "contacts"),
        ("deals", {"title": "x", "contacts": [5]}, "contacts"),
        ("deals", {"title": "x", "contacts": [{}]}, None),
        ("deals", {"title": "x", "contact": None}, "contacts"),
        ("activities", {"type": "dance", "subject": "x"}, "type"),
        ("activities", {"type": "call", "subject": "x", "deal": "dea_nobody"}, "deal"),
        ("activities", {"type": "call", "subject": "x", "startsAt": "noon"}, "startsAt"),
        ("companies", {"name": "x", "employees": -1}, "employees"),
        ("companies", {"name": "x", "annualRevenue": "lots"}, "annualRevenue"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_entered_is_refused_by_name(office, path, body, field):
    before = everything(office.rehearsal)["records"]
    status, problem = office.rehearsal.call("POST", f"/api/crm/{path}", body, claims=OPERATOR)
    assert (status in (400, 404), problem.get("field")) == (True, field), problem
    assert problem["nextStep"]
    assert everything(office.rehearsal)["records"] == before


@pytest.mark.parametrize("path", ["contacts", "leads", "companies", "deals", "activities"])
def test_only_operators_enter_records(office, path):
    with nothing_changes(office.rehearsal):
        assert_problem(office.rehearsal.call("POST", f"/api/crm/{path}", {}, claims=VIEWER), 403, field=None)
