"""Loads of new records by ingest jobs: nothing before they are begun, each row once, whatever is lost on the way."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from crmbridge.connectors.salesforce import CONNECTOR
from crmbridge.connectors.salesforce.client import SalesforceClient, _jobs
from crmbridge.connectors.salesforce.mapping.csv_rows import can_be_told, write_rows
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import WriteOp
from tests.unit.connectors.salesforce.conftest import BASE_URL, Org
from tests.unit.connectors.salesforce.scripted import Script

JOB = "750000000000001AAA"
ID_FIELD = "CrmBridge_Id__c"
SLOWLY = {"bulk_queue_s": 100, "bulk_chunk_s": 100}
"""So that the time which the test itself takes decides nothing."""


def _ops(number: int, **fields: Any) -> list[WriteOp]:
    return [
        WriteOp(
            "upsert", f"con_{each:026d}", fields={"last_name": f"No {each}", "email": f"n{each}@x.example", **fields}
        )
        for each in range(number)
    ]


def _jobs_of(org: Org) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {org.tokens.bearer()}"}
    return org.http.get(f"{BASE_URL}/services/data/v67.0/jobs/ingest", headers=headers).json()["records"]


def _run(org: Org, client: SalesforceClient, ops: list[WriteOp]) -> str:
    load_id = client.open_load("contact", ops)
    client.start_load(load_id)
    org.advance(60)
    return load_id


def test_nothing_is_written_before_a_load_is_begun_and_everything_after(org: Org, client: SalesforceClient) -> None:
    org.control("settings", SLOWLY)
    ops = _ops(450, description="one\ntwo, 'three' \"four\" ☀️", phone="+5511987654321")
    load_id = client.open_load("contact", ops)
    org.advance(3600)
    assert (client.look_at_load(load_id), org.state("Contact")) == ("open", {})
    client.start_load(load_id)
    assert client.look_at_load(load_id) == "running"
    org.advance(350)
    assert (client.look_at_load(load_id), len(org.state("Contact"))) == ("running", 400)
    org.advance(600)
    assert org.client().look_at_load(load_id) == "over"
    rows = {row[ID_FIELD]: row for row in org.state("Contact").values()}
    assert set(rows) == {op.op_id for op in ops}
    found = client.find("contact", "correlation_id", [op.op_id for op in ops[:100]])
    assert {key: hits[0].fields["description"] for key, hits in found.items()} == {
        op.op_id: op.fields["description"] for op in ops[:100]
    }


def test_a_load_and_a_batch_write_the_same_row(org: Org, client: SalesforceClient) -> None:
    company = org.seed(Account=[{"Name": "Vale"}])["Account"][0]
    fields = {
        "last_name": "Prado",
        "first_name": None,
        "email": "ana@example.com",
        "job_title": 'Head, "of" it',
        "city": "São Paulo",
        "country": "Brazil",
    }
    refs = {"company": (company,)}
    loaded, written = (WriteOp("upsert", f"con_{each:026d}", fields=fields, refs=refs) for each in (1, 2))
    _run(org, client, [loaded])
    assert [each.error for each in client.write("contact", [written])] == [None]
    one, other = (_said(row) for row in org.state("Contact").values())
    assert one == other


def _said(row: dict[str, Any]) -> dict[str, Any]:
    """Return what a row says; a field that is empty may be missing in the sandbox's state."""
    stamps = ("Id", ID_FIELD, "CreatedDate", "LastModifiedDate", "SystemModstamp")
    return {name: value for name, value in row.items() if name not in stamps and value is not None}


def test_a_load_begun_twice_makes_every_record_once(org: Org, client: SalesforceClient) -> None:
    ops = _ops(10)
    load_id = _run(org, client, ops)
    with pytest.raises(FatalProviderError):
        client.start_load(load_id)
    _run(org, client, ops)
    assert len(org.state("Contact")) == 10


def test_a_stopped_load_keeps_what_it_wrote_and_is_over(org: Org, client: SalesforceClient) -> None:
    org.control("settings", SLOWLY)
    load_id = client.open_load("contact", _ops(450))
    client.start_load(load_id)
    org.advance(250)
    client.stop_load(load_id)
    org.advance(600)
    client.stop_load(load_id)
    assert (client.look_at_load(load_id), len(org.state("Contact"))) == ("over", 200)


@pytest.mark.parametrize("how", ["failed", "forgotten", "unknown"])
def test_a_load_that_comes_to_nothing_is_over(org: Org, client: SalesforceClient, how: str) -> None:
    if how == "failed":
        org.control("settings", {"bulk_failures": {"count": 1}})
    load_id = JOB if how == "unknown" else _run(org, client, _ops(3))
    if how == "forgotten":
        org.advance(8 * 24 * 3600)
    assert client.look_at_load(load_id) == "over"


def test_rows_that_are_refused_do_not_hinder_the_others(org: Org, client: SalesforceClient) -> None:
    org.control("settings", {"duplicate_rules": {"Contact": "alert"}})
    org.seed(Contact=[{"LastName": "Held", "Email": "n1@x.example"}])
    _run(org, client, _ops(3))
    made = {row.get(ID_FIELD) for row in org.state("Contact").values()} - {None}
    assert made == {f"con_{each:026d}" for each in (0, 2)}
    (result,) = client.write("contact", _ops(3)[1:2])  # a batch may override an alert, which no job may
    assert result.error is None


def test_a_value_that_means_something_else_in_csv_stays_out(org: Org, client: SalesforceClient) -> None:
    _run(org, client, [*_ops(1), *_ops(2, job_title="#N/A")[1:]])
    assert [row[ID_FIELD] for row in org.state("Contact").values()] == [f"con_{0:026d}"]


def test_loads_are_refused_where_none_can_be_had(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = org.client()
    with pytest.raises(FatalProviderError) as caught:
        bare.open_load("contact", _ops(1))
    assert caught.value.code == "EXTERNAL_ID_FIELD_MISSING"
    for entity in ("deal", "activity"):
        assert entity not in CONNECTOR.supports.loads
        with pytest.raises(FatalProviderError):
            bare.open_load(entity, _ops(1))
    bare.provision("contact")
    monkeypatch.setattr(_jobs, "UPLOAD_MAX", 20)
    with pytest.raises(FatalProviderError) as large:
        bare.open_load("contact", _ops(1))
    assert large.value.code == "LOAD_TOO_LARGE"
    assert [each["state"] for each in _jobs_of(org)] == ["Open"]
    assert org.state("Contact") == {}


def test_a_day_without_calls_left_is_a_quota(org: Org, client: SalesforceClient) -> None:
    client.project("contact", {})
    org.control("usage", {"used": 10, "limit": 10})
    with pytest.raises(RetriableProviderError) as caught:
        client.open_load("contact", _ops(1))
    assert (caught.value.is_quota, caught.value.status) == (True, 403)


def _every_step(client: SalesforceClient) -> None:
    load_id = client.open_load("contact", _ops(1))
    client.start_load(load_id)
    client.look_at_load(load_id)


STEPS = ("POST /jobs/ingest", "PUT /batches", "PATCH", "GET")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("answer", [httpx.ReadTimeout("slow"), httpx.Response(502, text="<html>bad gateway</html>")])
def test_an_answer_lost_at_any_step_is_told_and_nothing_is_guessed(step: str, answer: Any) -> None:
    def respond(request: httpx.Request) -> httpx.Response | Exception | None:
        if "/jobs/" not in request.url.path:
            return None
        method, _, tail = step.partition(" ")
        if request.method == method and request.url.path.endswith(tail):
            return answer
        return httpx.Response(200, json={"id": JOB, "state": "Open"})

    client = Script(respond).client
    with pytest.raises(RetriableProviderError) as caught:
        _every_step(client)
    assert caught.value.may_have_applied or step == "GET"


def test_only_the_columns_that_are_known_are_told() -> None:
    rows = [{"A": 1.5, "B": None, "C": True}, {"A": None, "D": "x\ny"}]
    assert write_rows(rows).decode() == 'A,B,C,D\n1.5,,true,\n,,,"x\ny"\n'
    assert [can_be_told(each) for each in ({"A": "#N/A"}, {"A": {"b": 1}}, {"A": "N/A"})] == [False, False, True]
