from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest

from sandbox import SandboxApp
from tests.unit.sandbox_salesforce.org_client import DATA, OrgClient

JOBS = f"{DATA}/jobs/ingest"
CSV = {"Content-Type": "text/csv"}


def _open(org: OrgClient, **body: Any) -> dict[str, Any]:
    answer = org.post(JOBS, json={"object": "Contact", "contentType": "CSV", "lineEnding": "LF", **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _run(org: OrgClient, data: str, **body: Any) -> dict[str, Any]:
    job = _open(org, **body)
    assert org.put(f"/{job['contentUrl']}", content=data.encode(), headers=CSV).status_code == 201
    assert org.patch(f"{JOBS}/{job['id']}", json={"state": "UploadComplete"}).json()["state"] == "UploadComplete"
    assert org.get(f"{JOBS}/{job['id']}").json()["state"] == "UploadComplete"
    org.later(60)
    return org.get(f"{JOBS}/{job['id']}").json()


def _results(org: OrgClient, job: dict[str, Any], which: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(org.get(f"{JOBS}/{job['id']}/{which}").text)))


def _code(answer: httpx.Response) -> str:
    assert answer.status_code >= 400, answer.text
    return answer.json()[0]["errorCode"]


def test_a_completed_job_may_hold_failures(keyed: OrgClient):
    known = keyed.new("Contact", LastName="Old", Ext__c="k1", Title="t", Department="d")
    data = (
        "Ext__c,LastName,Birthdate,Title,Department\n"
        "k1,New,1990-05-01,#N/A,\n"
        "k2,Two,2003-04-98,x,\n"
        "k3,Three,,x,\n"
        "k3,Again,,x,\n"
        ",Keyless,,x,\n"
    )
    job = _run(keyed, data, operation="upsert", externalIdFieldName="Ext__c")
    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", 5, 3)
    good = _results(keyed, job, "successfulResults/")
    assert [(row["sf__Created"], row["Ext__c"]) for row in good] == [("false", "k1"), ("true", "k3")]
    errors = [row["sf__Error"].split(":")[0] for row in _results(keyed, job, "failedResults")]
    assert errors == ["INVALID_FIELD", "DUPLICATE_VALUE", "MISSING_ARGUMENT"]
    row = keyed.row("Contact", known)
    assert (row["LastName"], row["Title"], row["Department"]) == ("New", None, "d")


def test_an_unknown_column_fails_the_whole_job(org: OrgClient):
    job = _run(org, "LastName,Nope\nx,y\n", operation="insert")
    assert (job["state"], job["errorMessage"]) == ("Failed", "InvalidBatch : Field name not found : Nope")
    assert len(_results(org, job, "unprocessedrecords")) == 1
    assert org.rows("SELECT Id FROM Contact") == []


def test_updates_and_deletes_go_by_id(org: OrgClient):
    record_id = org.new("Contact", LastName="x")
    job = _run(org, f"Id,DoNotCall\r\n{record_id},true\r\nnonsense,true\r\n", operation="update", lineEnding="CRLF")
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (2, 1)
    assert org.row("Contact", record_id)["DoNotCall"] is True
    assert _run(org, f"Id\n{record_id}\n", operation="delete")["numberRecordsFailed"] == 0
    assert org.rows("SELECT Id FROM Contact") == []


def test_a_job_moves_only_forwards(org: OrgClient):
    job = _open(org, operation="insert")
    url = f"{JOBS}/{job['id']}"
    assert _code(org.get(f"{url}/successfulResults")) == "INVALIDJOBSTATE"
    assert _code(org.delete(url)) == "INVALIDJOBSTATE"
    assert org.put(f"{url}/batches", content=b"LastName\nx\n", headers=CSV).status_code == 201
    assert _code(org.put(f"{url}/batches", content=b"LastName\nx\n", headers=CSV)) == "INVALIDJOBSTATE"
    assert org.patch(url, json={"state": "Aborted"}).json()["state"] == "Aborted"
    assert _code(org.patch(url, json={"state": "UploadComplete"})) == "INVALIDJOBSTATE"
    assert org.delete(url).status_code == 204
    assert org.get(url).status_code == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"operation": "explode"}, "INVALIDJOB"),
        ({"operation": "hardDelete"}, "FEATURENOTENABLED"),
        ({"operation": "insert", "object": "Nope"}, "INVALIDENTITY"),
        ({"operation": "insert", "contentType": "XML"}, "INVALIDJOB"),
        ({"operation": "insert", "lineEnding": "CR"}, "INVALIDJOB"),
        ({"operation": "insert", "externalIdFieldName": "Email"}, "INVALIDJOB"),
        ({"operation": "upsert"}, "REQUIRED_FIELD_MISSING"),
        ({"operation": "upsert", "externalIdFieldName": "Title"}, "NOT_FOUND"),
    ],
)
def test_jobs_that_cannot_run_are_refused(org: OrgClient, body: dict, code: str):
    assert _code(org.post(JOBS, json={"object": "Contact", **body})) == code


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", "no header row"),
        ("LastName\r\nx\r\n", "LineEnding is invalid"),
        ("LastName,Title\nx\n", "another number of columns"),
        ('LastName\n"x" y\n', "could not be parsed"),
        (f"LastName\n{'x' * 140_000}\n", "too long"),
        (f"LastName,{'T' * 33_000}\nx,y\n", "longer than 32,000"),
    ],
)
def test_data_that_is_no_proper_csv_fails_the_whole_job(org: OrgClient, data: str, words: str):
    job = _run(org, data, operation="insert")
    assert (job["state"], job["numberRecordsProcessed"]) == ("Failed", 0)
    assert words in job["errorMessage"]
    assert org.rows("SELECT Id FROM Contact") == []


def test_line_ends_within_quotes_are_part_of_the_value(org: OrgClient):
    _run(org, 'LastName,Description\nx,"one\ntwo, ""three"""\n', operation="insert")
    assert org.rows("SELECT Description FROM Contact")[0]["Description"] == 'one\ntwo, "three"'


def test_a_job_is_worked_at_chunk_by_chunk_and_an_abort_keeps_what_was_done(org: OrgClient):
    org.switch(bulk_queue_s=10, bulk_chunk_s=5)
    job = _open(org, operation="insert")
    url = f"{JOBS}/{job['id']}"
    rows = "".join(f"c{n}\n" for n in range(450))
    org.put(f"{url}/batches", content=f"LastName\n{rows}".encode(), headers=CSV)
    org.patch(url, json={"state": "UploadComplete"})
    seen = []
    for _ in range(3):
        org.later(6)
        said = org.get(url).json()
        seen.append((said["state"], said["numberRecordsProcessed"]))
    assert seen == [("UploadComplete", 0), ("InProgress", 0), ("InProgress", 200)]
    assert len(org.rows("SELECT Id FROM Contact")) == 200
    assert org.patch(url, json={"state": "Aborted"}).json()["state"] == "Aborted"
    org.later(60)
    sizes = [len(_results(org, job, which)) for which in ("successfulResults", "failedResults", "unprocessedrecords")]
    assert sizes == [200, 0, 250]
    assert len(org.rows("SELECT Id FROM Contact")) == 200


def test_an_upload_of_more_than_150_mb_in_base64_is_refused(org: OrgClient):
    job = _open(org, operation="insert")
    answer = org.put(f"{JOBS}/{job['id']}/batches", content=b"x" * (113 * 1024 * 1024), headers=CSV)
    assert answer.status_code == 413


def test_jobs_fail_when_the_days_batches_are_used_up_or_somebody_says_so(org: OrgClient):
    org.switch(bulk_batches=1)
    assert _run(org, "LastName\nx\n", operation="insert")["state"] == "JobComplete"
    late = _run(org, "LastName\ny\n", operation="insert")
    assert (late["state"], late["errorMessage"]) == ("Failed", "ExceededQuota : ApiBatchItems Limit exceeded.")
    assert org.get(f"{DATA}/limits").json()["DailyBulkApiBatches"] == {"Max": 1, "Remaining": 0}
    org.switch(bulk_batches=100, bulk_failures={"count": 1, "message": "InternalServerError : sorry"})
    failed = _run(org, "LastName\nz\n", operation="insert")
    assert (failed["state"], failed["errorMessage"]) == ("Failed", "InternalServerError : sorry")
    assert len(org.rows("SELECT Id FROM Contact")) == 1
    assert [each["state"] for each in org.get(JOBS).json()["records"]] == ["JobComplete", "Failed", "Failed"]


def test_a_job_runs_no_assignment_rule_and_overrides_no_alert(org: OrgClient):
    org.new("Contact", LastName="x", Email="a@example.com")
    org.switch(duplicate_rules={"Contact": "alert"})
    headers = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    job = org.post(JOBS, json={"object": "Contact", "operation": "insert"}, headers=headers).json()
    org.put(f"/{job['contentUrl']}", content=b"LastName,Email\ny,a@example.com\n", headers={**CSV, **headers})
    org.patch(f"{JOBS}/{job['id']}", json={"state": "UploadComplete"}, headers=headers)
    org.later(60)
    (row,) = _results(org, job, "failedResults")
    assert row["sf__Error"].startswith("DUPLICATES_DETECTED:")


def test_jobs_and_their_results_are_forgotten_after_seven_days(org: OrgClient, app: SandboxApp):
    job = _run(org, "LastName\nx\n", operation="insert")
    org.later(7 * 24 * 3600)
    org.log_in(app.credentials)
    assert org.get(f"{JOBS}/{job['id']}").status_code == 404


def _query(org: OrgClient, text: str, **body: Any) -> dict[str, Any]:
    return org.post(f"{DATA}/jobs/query", json={"operation": "query", "query": text, **body}).json()


def test_a_query_job_hands_out_its_rows_page_by_page(org: OrgClient):
    org.seed(records={"Contact": [{"LastName": f"c{n}", "DoNotCall": n == 0} for n in range(5)]})
    text = "SELECT LastName, Owner.Name, DoNotCall, CreatedDate, Title FROM Contact ORDER BY LastName"
    job = _query(org, text)
    url = f"{DATA}/jobs/query/{job['id']}"
    assert _code(org.get(f"{url}/results")) == "INVALIDJOBSTATE"
    states = [org.get(url).json()["state"]]
    for _ in range(2):
        org.later(1.1)
        states.append(org.get(url).json()["state"])
    assert states == ["UploadComplete", "InProgress", "JobComplete"]
    org.new("Contact", LastName="late")
    first = org.get(f"{url}/results", params={"maxRecords": 3})
    locator = first.headers["Sforce-Locator"]
    assert first.headers["Sforce-NumberOfRecords"] == "3"
    asked = {"maxRecords": 3, "locator": locator}
    rest, again = (org.get(f"{url}/results", params=asked) for _ in range(2))
    assert rest.text == again.text, "a locator names the same rows as long as the job lives"
    assert (rest.headers["Sforce-Locator"], rest.headers["Sforce-NumberOfRecords"]) == ("null", "2")
    rows = [row for page in (first, rest) for row in csv.DictReader(io.StringIO(page.text))]
    assert [row["LastName"] for row in rows] == [f"c{n}" for n in range(5)]
    assert rows[0] == {
        "LastName": "c0",
        "Owner.Name": "Ada Admin",
        "DoNotCall": "true",
        "CreatedDate": "2026-03-02T12:00:00.000Z",
        "Title": "",
    }
    assert _code(org.get(f"{url}/results", params={"locator": "nonsense"})) == "INVALID_QUERY_LOCATOR"
    assert org.get(f"/services/data/v66.0/jobs/query/{job['id']}/results").status_code == 409


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SELECT Nope FROM Contact", "INVALID_FIELD"),
        ("SELECT COUNT() FROM Contact", "API_ERROR"),
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "API_ERROR"),
        ("SELECT Id FROM Contact LIMIT 10 OFFSET 5", "API_ERROR"),
        ("SELECT LastName FROM Contact GROUP BY LastName", "API_ERROR"),
        ("SELECT MailingAddress FROM Contact", "FUNCTIONALITY_NOT_ENABLED"),
    ],
)
def test_queries_that_no_job_takes_are_refused(org: OrgClient, text: str, code: str):
    assert _code(org.post(f"{DATA}/jobs/query", json={"operation": "query", "query": text})) == code


def test_a_query_job_shows_deleted_rows_when_asked_and_can_be_aborted(org: OrgClient):
    gone = org.new("Contact", LastName="x")
    org.delete(f"{DATA}/sobjects/Contact/{gone}")
    every, live = (_query(org, "SELECT Id FROM Contact", operation=each) for each in ("queryAll", "query"))
    stopped = _query(org, "SELECT Id FROM Contact")
    assert org.patch(f"{DATA}/jobs/query/{stopped['id']}", json={"state": "Aborted"}).json()["state"] == "Aborted"
    org.later(60)
    counts = [
        org.get(f"{DATA}/jobs/query/{job['id']}/results").headers["Sforce-NumberOfRecords"] for job in (every, live)
    ]
    assert counts == ["1", "0"]
    assert _code(org.get(f"{DATA}/jobs/query/{stopped['id']}/results")) == "INVALIDJOBSTATE"


def test_a_day_has_a_limited_number_of_query_jobs(org: OrgClient):
    org.switch(bulk_query_jobs=1)
    _query(org, "SELECT Id FROM Contact")
    answer = org.post(f"{DATA}/jobs/query", json={"operation": "query", "query": "SELECT Id FROM Contact"})
    assert (answer.status_code, _code(answer)) == (400, "LIMIT_EXCEEDED")
    assert answer.json()[0]["message"] == "Max bulk v2 query jobs (1) per 24 hrs has been reached (2)"
