from __future__ import annotations

import httpx
import pytest

from sandbox import SandboxApp
from tests.unit.sandbox_salesforce.org_client import DATA, OrgClient


def _window(org: OrgClient, which: str, start: str, end: str) -> httpx.Response:
    return org.get(f"{DATA}/sobjects/Contact/{which}/", params={"start": start, "end": end})


def test_every_answer_tells_the_usage_and_the_limit_is_a_403_without_advice(org: OrgClient, app: SandboxApp):
    org.post("/_sandbox/usage", json={"limit": 2})
    assert org.get(f"{DATA}/limits").headers["Sforce-Limit-Info"] == "api-usage=1/2"
    failed = org.get(f"{DATA}/sobjects/Nope/describe")
    assert (failed.status_code, failed.headers["Sforce-Limit-Info"]) == (404, "api-usage=2/2")
    over = org.get(f"{DATA}/limits")
    assert over.status_code == 403
    assert over.json() == [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    assert "Retry-After" not in over.headers
    org.later(86_400 + 120)
    org.log_in(app.credentials)
    assert org.get(f"{DATA}/limits").json()["DailyApiRequests"] == {"Max": 2, "Remaining": 1}


def test_answers_are_dated_by_the_orgs_own_clock(org: OrgClient):
    org.later(60)
    assert org.get(f"{DATA}/limits").headers["Date"] == "Mon, 02 Mar 2026 12:01:00 GMT"


def test_an_address_of_more_than_16_384_bytes_is_refused(org: OrgClient):
    def status(characters: int) -> int:
        query = "SELECT Id FROM Contact WHERE LastName = '" + "x" * characters + "'"
        return org.get(f"{DATA}/query", params={"q": query}).status_code

    assert [status(size) for size in (15_000, 16_290, 17_000)] == [200, 431, 414]


def test_injected_failures_have_the_vendors_bodies(org: OrgClient):
    for status, code in ((503, "SERVER_UNAVAILABLE"), (500, "UNKNOWN_EXCEPTION"), (403, "REQUEST_LIMIT_EXCEEDED")):
        org.post("/_sandbox/faults", json=[{"kind": "status", "status": status, "match": {"path": DATA}}])
        answer = org.get(f"{DATA}/limits")
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (status, code)
    org.post("/_sandbox/faults", json=[{"kind": "status", "status": 400, "match": {"path": "/services/oauth2"}}])
    assert org.post("/services/oauth2/token", data={}).json()["error"] == "invalid_grant"


def test_calls_are_counted_by_template_with_their_records(org: OrgClient):
    record_id = org.new("Contact", LastName="x")
    org.get(f"{DATA}/sobjects/Contact/{record_id}")
    counts = {each["endpoint"]: each for each in org.get("/_sandbox/calls").json()["counts"]}
    assert counts["/services/data/vXX.0/sobjects/{name}"]["records"] == 1
    assert counts["/services/data/vXX.0/sobjects/{name}/{record_id}"]["count"] == 1
    assert counts["/services/oauth2/token"]["count"] == 1


def test_a_window_tells_what_changed_what_was_deleted_and_how_far_it_saw(org: OrgClient):
    kept, gone = (org.new("Contact", LastName=name) for name in "ab")
    org.delete(f"{DATA}/sobjects/Contact/{gone}")
    org.later(300)
    start, end = "2026-03-02T11:00:00Z", "2026-03-02T23:00:00+00:00"
    updated = _window(org, "updated", start, end).json()
    assert updated == {"ids": [kept], "latestDateCovered": "2026-03-02T12:05:00.000+0000"}
    deleted = _window(org, "deleted", start, end).json()
    assert deleted["deletedRecords"] == [{"deletedDate": "2026-03-02T12:00:00.000+0000", "id": gone}]
    assert deleted["earliestDateAvailable"] == "2026-02-15T12:05:00.000+0000"


@pytest.mark.parametrize(
    ("which", "start", "end", "code"),
    [
        ("updated", "2026-01-30T11:00:00Z", "2026-03-02T12:00:00Z", "INVALID_REPLICATION_DATE"),
        ("deleted", "2026-02-14T11:00:00Z", "2026-03-02T12:00:00Z", "INVALID_REPLICATION_DATE"),
        ("updated", "2026-03-02T11:59:10Z", "2026-03-02T11:59:50Z", "INVALID_REPLICATION_DATE"),
        ("updated", "2026-03-02T11:00:00Z", "2026-03-02T10:00:00Z", "INVALID_REPLICATION_DATE"),
        ("updated", "2026-03-03T11:00:00Z", "2026-03-04T10:00:00Z", "INVALID_REPLICATION_DATE"),
        ("updated", "yesterday", "2026-03-02T12:00:00Z", "INVALID_REPLICATION_DATE"),
    ],
)
def test_windows_that_cannot_be_are_refused(org: OrgClient, which: str, start: str, end: str, code: str):
    answer = _window(org, which, start, end)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_settings_are_held_to_their_names_and_types(org: OrgClient):
    for body in ({"nope": 1}, {"refresh_rotates": 1}, {"redirect_uris": "x"}, {"api_limit": True}):
        assert org.post("/_sandbox/settings", json=body).status_code == 400
    assert org.get("/_sandbox/settings").json()["refresh_rotates"] is False


def test_searches_find_words_not_parts_of_them(org: OrgClient):
    people = [{"LastName": "Novak", "FirstName": "Mia", "Email": "mia@example.com"}, {"LastName": "Novakova"}]
    org.seed(records={"Contact": people, "Account": [{"Name": "Novak GmbH"}]})
    text = "FIND {Novak} IN NAME FIELDS RETURNING Contact(Id, LastName), Account(Id, Name)"
    found = org.get(f"{DATA}/search/", params={"q": text}).json()["searchRecords"]
    assert sorted(each["attributes"]["type"] for each in found) == ["Account", "Contact"]
    wild = org.get(f"{DATA}/search", params={"q": "FIND {Novak*} RETURNING Contact(LastName)"}).json()
    assert len(wild["searchRecords"]) == 2
    body = {"q": "mia@example.com", "in": "EMAIL", "sobjects": [{"name": "Contact", "fields": ["LastName"]}]}
    found = org.post(f"{DATA}/parameterizedSearch", json=body).json()["searchRecords"]
    assert [each["LastName"] for each in found] == ["Novak"]
    bad = org.get(f"{DATA}/search", params={"q": "FIND Novak"}).json()[0]
    assert bad["errorCode"] == "MALFORMED_SEARCH"
