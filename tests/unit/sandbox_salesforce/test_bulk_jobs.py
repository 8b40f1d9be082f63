from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest

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
    assert org.get(f"{JOBS}/{job['id']}").json()["state"] == "InProgress"
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
        ({"operation": "insert", "object": "Nope"}, "INVALIDENTITY"),
        ({"operation": "insert", "contentType": "XML"}, "INVALIDJOB"),
        ({"operation": "upsert"}, "REQUIRED_FIELD_MISSING"),
        ({"operation": "upsert", "externalIdFieldName": "Title"}, "NOT_FOUND"),
    ],
)
def test_jobs_that_cannot_run_are_refused(org: OrgClient, body: dict, code: str):
    assert _code(org.post(JOBS, json={"object": "Contact", **body})) == code


def test_a_query_job_hands_out_its_rows_page_by_page(org: OrgClient):
    org.seed(records={"Contact": [{"LastName": f"c{n}", "DoNotCall": n == 0} for n in range(5)]})
    body = {"operation": "query", "query": "SELECT LastName, Owner.Name, DoNotCall FROM Contact ORDER BY LastName"}
    url = f"{DATA}/jobs/query"
    job = org.post(url, json=body).json()
    assert _code(org.get(f"{url}/{job['id']}/results")) == "INVALIDJOBSTATE"
    states = [org.get(f"{url}/{job['id']}").json()["state"] for _ in range(2)]
    assert states == ["InProgress", "JobComplete"]
    first = org.get(f"{url}/{job['id']}/results", params={"maxRecords": 3})
    assert (first.headers["Sforce-Locator"], first.headers["Sforce-NumberOfRecords"]) == ("3", "3")
    rest = org.get(f"{url}/{job['id']}/results", params={"maxRecords": 3, "locator": "3"})
    assert rest.headers["Sforce-Locator"] == "null"
    rows = [row for page in (first, rest) for row in csv.DictReader(io.StringIO(page.text))]
    assert [row["LastName"] for row in rows] == [f"c{n}" for n in range(5)]
    assert rows[0] == {"LastName": "c0", "Owner.Name": "Ada Admin", "DoNotCall": "true"}
    assert _code(org.post(url, json={"operation": "query", "query": "SELECT Nope FROM Contact"})) == "INVALID_FIELD"
