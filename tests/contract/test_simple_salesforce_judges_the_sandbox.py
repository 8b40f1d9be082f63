"""simple-salesforce works against the simulated Salesforce, host aside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceError,
    SalesforceExpiredSession,
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceOperationError,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)
from simple_salesforce.format import format_soql

from tests.contract._process import SandboxProcess, spawned

VERSION = "67.0"
TEXT = {"label": "Hub", "type": "Text", "length": 64, "unique": True, "externalId": True}


class _SameHost(HTTPAdapter):
    """Sends calls meant for Salesforce's login host to the sandbox."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        path = request.path_url
        request.url = f"{self._url}{path}"
        return super().send(request, *args, **kwargs)


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxProcess]:
    with spawned("salesforce", tls=True) as running:
        yield running


@pytest.fixture
def session(server: SandboxProcess) -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.trust_env = False  # or an environment's own bundle of authorities wins over the next line
        made.verify = str(server.certificate)
        made.post(f"{server.url}/_sandbox/reset", timeout=5).raise_for_status()
        admitted = {"permitted_users": "admin_approved", "preauthorised_users": [server.app.credentials["username"]]}
        made.post(f"{server.url}/_sandbox/settings", json=admitted, timeout=5).raise_for_status()
        made.mount("https://login.salesforce.com", _SameHost(server.url))
        yield made


@pytest.fixture
def control(server: SandboxProcess, session: requests.Session) -> Any:
    def post(path: str, body: Any) -> Any:
        answer = session.post(f"{server.url}/_sandbox/{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json()

    return post


def _log_in(server: SandboxProcess, session: requests.Session, **changes: Any) -> Any:
    secrets = server.app.credentials
    named = {
        "username": secrets["username"],
        "consumer_key": secrets["client_id"],
        "privatekey": secrets["private_key"],
    }
    return Salesforce(session=session, version=VERSION, **{**named, **changes})


def _code(caught: pytest.ExceptionInfo[SalesforceError]) -> str:
    content: Any = caught.value.content
    return content[0]["errorCode"]


@pytest.fixture
def sf(server: SandboxProcess, session: requests.Session) -> Any:
    return _log_in(server, session)


def test_a_signed_assertion_logs_in_and_names_the_instance(sf: Any, server: SandboxProcess):
    assert f"https://{sf.sf_instance}" == server.url
    assert sf.query("SELECT Id FROM Organization")["totalSize"] == 1


def test_a_wrong_consumer_cannot_log_in(server: SandboxProcess, session: requests.Session):
    with pytest.raises(SalesforceAuthenticationFailed) as caught:
        _log_in(server, session, consumer_key="nobody")
    assert "client identifier invalid" in str(caught.value)


def test_passwords_work_only_where_the_org_allows_them(server: SandboxProcess, session: requests.Session, control: Any):
    secrets = server.app.credentials
    named = {"consumer_secret": secrets["client_secret"], "privatekey": None, "password": secrets["password"]}
    with pytest.raises(SalesforceAuthenticationFailed):
        _log_in(server, session, **named)
    control("settings", {"password_flow": True})
    assert _log_in(server, session, **named).query("SELECT COUNT() FROM Contact")["totalSize"] == 0


def test_the_soap_login_is_refused(server: SandboxProcess, session: requests.Session):
    with pytest.raises(SalesforceAuthenticationFailed) as caught:
        Salesforce(username="a", password="b", security_token="c", session=session, version=VERSION)
    assert "INVALID_OPERATION" in str(caught.value)


def test_a_record_lives_from_create_to_delete(sf: Any):
    made = sf.Contact.create({"LastName": "Novak", "Email": "n@example.com"})
    assert made["success"]
    record_id = made["id"]
    assert sf.Contact.update(record_id, {"FirstName": "Mia"}) == 204
    row = sf.Contact.get(record_id)
    assert row["Name"] == "Mia Novak"
    assert sf.Contact.get_by_custom_id("Email", "n@example.com")["Id"] == record_id
    assert sf.Contact.delete(record_id) == 204
    with pytest.raises(SalesforceResourceNotFound) as caught:
        sf.Contact.update(record_id, {"FirstName": "x"})
    assert _code(caught) == "ENTITY_IS_DELETED"


def test_an_upsert_creates_then_updates_by_a_field_made_through_tooling(sf: Any):
    body = {"FullName": "Contact.Hub__c", "Metadata": TEXT}
    sf.restful("tooling/sobjects/CustomField", method="POST", json=body)
    with pytest.raises(SalesforceMalformedRequest) as caught:
        sf.query("SELECT Hub__c FROM Contact")
    assert _code(caught) == "INVALID_FIELD"
    granted = sf.PermissionSet.create({"Name": "Hub", "Label": "Hub"})["id"]
    me = sf.query("SELECT Id FROM User WHERE Name = 'Ines Integration'")["records"][0]["Id"]
    sf.PermissionSetAssignment.create({"PermissionSetId": granted, "AssigneeId": me})
    grant = {"ParentId": granted, "SobjectType": "Contact", "Field": "Contact.Hub__c"}
    sf.FieldPermissions.create({**grant, "PermissionsRead": True, "PermissionsEdit": True})
    assert sf.Contact.upsert("Hub__c/a-1", {"LastName": "One"}) == 201
    assert sf.Contact.upsert("Hub__c/a-1", {"LastName": "Two"}) == 200
    found = sf.query(format_soql("SELECT LastName FROM Contact WHERE Hub__c = {}", "a-1"))
    assert [row["LastName"] for row in found["records"]] == ["Two"]


def test_several_matches_are_more_than_one_record(sf: Any):
    for name in "ab":
        sf.Contact.create({"LastName": name, "Email": "two@example.com"})
    with pytest.raises(SalesforceMoreThanOneRecord):
        sf.Contact.upsert("Email/two@example.com", {"LastName": "c"})


def test_query_all_follows_every_page_to_the_end(sf: Any, control: Any):
    control("seed", {"records": {"Lead": [{"LastName": f"L{n}", "Company": "C"} for n in range(4500)]}})
    answer = sf.query_all("SELECT Id, LastName FROM Lead ORDER BY Id")
    assert (answer["totalSize"], answer["done"], len(answer["records"])) == (4500, True, 4500)
    assert len({row["Id"] for row in answer["records"]}) == 4500
    assert sum(1 for _ in sf.query_all_iter("SELECT Id FROM Lead", include_deleted=True)) == 4500


def test_searches_describes_and_limits_answer(sf: Any):
    sf.Account.create({"Name": "Novak Works"})
    found = sf.search("FIND {Novak} RETURNING Account(Id, Name)")
    assert [row["Name"] for row in found["searchRecords"]] == ["Novak Works"]
    assert len(sf.quick_search("Novak")["searchRecords"]) == 1
    fields = sf.Account.describe()["fields"]
    assert next(each for each in fields if each["name"] == "Name")["length"] == 255
    assert {"Account", "Contact"} <= {each["name"] for each in sf.describe()["sobjects"]}
    assert sf.limits()["DailyApiRequests"]["Max"] == 110_000
    assert sf.api_usage["api-usage"].total == 110_000
    assert sf.is_sandbox() is False


def test_changed_and_deleted_records_are_listed_by_window(sf: Any, control: Any):
    kept, gone = (sf.Contact.create({"LastName": name})["id"] for name in "ab")
    sf.Contact.delete(gone)
    control("clock", {"advance_s": 120})
    end = datetime.now(UTC) + timedelta(minutes=5)
    start = end - timedelta(hours=1)
    assert sf.Contact.updated(start, end)["ids"] == [kept]
    assert [each["id"] for each in sf.Contact.deleted(start, end)["deletedRecords"]] == [gone]


def test_bulk_jobs_insert_upsert_and_query(sf: Any):
    people = [{"LastName": f"Bulk {n}", "Email": f"b{n}@example.com"} for n in range(250)]
    (outcome,) = sf.bulk2.Contact.insert(records=people, wait=0)
    assert (outcome["numberRecordsProcessed"], outcome["numberRecordsFailed"]) == (250, 0)
    assert sf.query("SELECT COUNT() FROM Contact")["totalSize"] == 250
    mixed = [{"Email": "b0@example.com", "LastName": "Changed"}, {"Email": "new@example.com", "LastName": ""}]
    (outcome,) = sf.bulk2.Contact.upsert(records=mixed, external_id_field="Email", wait=0)
    assert (outcome["numberRecordsProcessed"], outcome["numberRecordsFailed"]) == (2, 1)
    failed = sf.bulk2.Contact.get_failed_records(outcome["job_id"])
    assert "REQUIRED_FIELD_MISSING" in failed
    pages = list(sf.bulk2.Contact.query("SELECT LastName FROM Contact", max_records=100, wait=0))
    assert sum(page.count("\n") - 1 for page in pages) == 250


def test_bulk_jobs_update_delete_and_say_what_became_of_every_row(sf: Any):
    ids = [sf.Contact.create({"LastName": name})["id"] for name in "abc"]
    changes = [{"Id": ids[0], "Title": "CTO"}, {"Id": ids[1], "Title": "#N/A"}, {"Id": "nonsense", "Title": "x"}]
    (outcome,) = sf.bulk2.Contact.update(records=changes, wait=0)
    assert (outcome["numberRecordsProcessed"], outcome["numberRecordsFailed"]) == (3, 1)
    job_id = outcome["job_id"]
    assert sf.Contact.get(ids[0])["Title"] == "CTO"
    said = sf.bulk2.Contact.get_all_ingest_records(job_id)
    assert {row["sf__Id"] for row in said["successfulRecords"]} == set(ids[:2])
    assert [row["sf__Error"].split(":")[0] for row in said["failedRecords"]] == ["MALFORMED_ID"]
    assert said["unprocessedRecords"] == []
    (outcome,) = sf.bulk2.Contact.delete(records=[{"Id": each} for each in ids], wait=0)
    assert outcome["numberRecordsFailed"] == 0
    assert sf.query("SELECT COUNT() FROM Contact")["totalSize"] == 0
    pages = list(sf.bulk2.Contact.query_all("SELECT Id, IsDeleted FROM Contact", wait=0))
    assert pages[0].count('"true"') == 3


def test_a_bulk_job_that_fails_as_a_whole_is_an_error_to_the_client(sf: Any, control: Any):
    control("settings", {"bulk_failures": {"count": 1, "message": "InternalServerError : sorry"}})
    with pytest.raises(SalesforceOperationError) as caught:
        sf.bulk2.Contact.insert(records=[{"LastName": "x"}], wait=0)
    assert "InternalServerError : sorry" in str(caught.value)
    control("settings", {"bulk_query_jobs": 0})
    with pytest.raises(SalesforceMalformedRequest) as spent:
        list(sf.bulk2.Contact.query("SELECT Id FROM Contact", wait=0))
    assert _code(spent) == "LIMIT_EXCEEDED"


def test_an_expired_session_is_renewed_and_a_spent_limit_refused(sf: Any, control: Any, server: SandboxProcess):
    control("usage", {"limit": 1, "used": 1})
    with pytest.raises(SalesforceRefusedRequest) as spent:
        sf.query("SELECT Id FROM Contact")
    assert _code(spent) == "REQUEST_LIMIT_EXCEEDED"
    control("usage", {"limit": 1000, "used": 0})
    before = sf.session_id
    control("tokens", {"action": "expire"})
    assert sf.query("SELECT Id FROM Contact")["totalSize"] == 0
    assert sf.session_id != before
    control("tokens", {"action": "expire"})
    bare: Any = Salesforce(session=sf.session, session_id=before, instance_url=server.url, version=VERSION)
    with pytest.raises(SalesforceExpiredSession) as ended:
        bare.query("SELECT Id FROM Contact")
    assert _code(ended) == "INVALID_SESSION_ID"


def test_a_refused_write_carries_the_vendors_code(sf: Any):
    with pytest.raises(SalesforceMalformedRequest) as caught:
        sf.Contact.create({"FirstName": "x"})
    assert _code(caught) == "REQUIRED_FIELD_MISSING"
    with pytest.raises(SalesforceGeneralError) as wrong:
        sf.restful("query", method="PUT")
    assert wrong.value.status == 405
