"""Zoho's own Python SDK works against the simulated Zoho CRM, host aside."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("zohocrmsdk", reason="Zoho's SDK is not installed")

from zohocrmsdk.src.com.zoho.api.authenticator import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, Initializer, ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.coql import BodyWrapper as Query
from zohocrmsdk.src.com.zoho.crm.api.coql import CoqlOperations
from zohocrmsdk.src.com.zoho.crm.api.dc.data_center import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.record import (
    APIException,
    BodyWrapper,
    DeleteRecordsParam,
    Field,
    GetDeletedRecordsParam,
    GetRecordsParam,
    RecordOperations,
    SearchRecordsParam,
    SuccessResponse,
)
from zohocrmsdk.src.com.zoho.crm.api.record import Record as ZCRMRecord
from zohocrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig
from zohocrmsdk.src.com.zoho.crm.api.users import GetUsersParam, UsersOperations
from zohocrmsdk.src.com.zoho.crm.api.util import Choice

from tests.contract._process import SandboxProcess, spawned

REDIRECT = "https://app.example.com/back"
SCOPES = "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.users.ALL,ZohoCRM.org.ALL,ZohoCRM.coql.READ"


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxProcess]:
    with spawned("zoho") as running:
        yield running


@pytest.fixture
def http(server: SandboxProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, trust_env=False, timeout=10) as client:
        client.post("/_sandbox/reset").raise_for_status()
        yield client


@pytest.fixture
def sdk(server: SandboxProcess, http: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK, connected through the consent page; it keeps its tokens and what it knows of fields in files."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    secrets = server.app.credentials
    asked = {
        "client_id": secrets["client_id"],
        "response_type": "code",
        "access_type": "offline",
        "scope": f"{SCOPES},ZohoSearch.securesearch.READ",
        "redirect_uri": REDIRECT,
        "state": "s",
    }
    page = http.get("/oauth/v2/auth", params=asked)
    hidden = re.findall(r'name="([^"]*)" value="([^"]*)"', page.text)
    fields = {html.unescape(name): html.unescape(value) for name, value in hidden}
    back = http.post("/oauth/v2/auth", data={**fields, "decision": "grant"})
    token = OAuthToken(
        client_id=secrets["client_id"],
        client_secret=secrets["client_secret"],
        grant_token=httpx.URL(back.headers["location"]).params["code"],
        redirect_url=REDIRECT,
    )
    environment = DataCenter.Environment(server.url, f"{server.url}/oauth/v2/token", server.url)
    Initializer.initialize(
        environment=environment,
        token=token,
        store=FileStore(file_path=str(tmp_path / "tokens.csv")),
        sdk_config=SDKConfig(auto_refresh_fields=False, pick_list_validation=False),
        resource_path=str(tmp_path),
    )


def _contact(last_name: str, **values: Any) -> ZCRMRecord:
    record = ZCRMRecord()
    record.add_field_value(Field.Contacts.last_name(), last_name)
    for name, value in values.items():
        record.add_key_value(name, value)
    return record


def _body(*records: ZCRMRecord) -> BodyWrapper:
    body = BodyWrapper()
    body.set_data(list(records))
    return body


def _rows(response: Any) -> list[Any]:
    return response.get_object().get_data()


def _code(refusal: Any) -> str:
    return refusal.get_code().get_value()


def _details(row: Any) -> dict[str, Any]:
    return row.get_details()


def _created(*records: ZCRMRecord) -> list[int]:
    response = RecordOperations("Contacts").create_records(_body(*records), HeaderMap())
    rows = _rows(response)
    assert response.get_status_code() == 201
    assert all(isinstance(each, SuccessResponse) for each in rows)
    return [int(each.get_details()["id"]) for each in rows]


def _params(**values: Any) -> ParameterMap:
    params = ParameterMap()
    for name, value in values.items():
        params.add(getattr(GetRecordsParam, name), value)
    return params


@pytest.mark.usefixtures("sdk")
def test_records_are_made_read_changed_and_deleted() -> None:
    operations = RecordOperations("Contacts")
    (record_id,) = _created(_contact("Prado", First_Name="Ana", Email="ana@example.com"))
    (read,) = _rows(operations.get_record(record_id, ParameterMap(), HeaderMap()))
    assert (read.get_key_value("Last_Name"), read.get_key_value("Email")) == ("Prado", "ana@example.com")
    assert read.get_created_time() is not None
    assert read.get_created_by().get_name() == "Ines Integration"
    response = operations.update_record(record_id, _body(_contact("Lund")), HeaderMap())
    assert response.get_status_code() == 200
    (changed,) = _rows(operations.get_record(record_id, ParameterMap(), HeaderMap()))
    assert changed.get_key_value("Last_Name") == "Lund"
    params = ParameterMap()
    params.add(DeleteRecordsParam.ids, str(record_id))
    (deleted,) = _rows(operations.delete_records(params, HeaderMap()))
    assert isinstance(deleted, SuccessResponse)
    assert operations.get_record(record_id, ParameterMap(), HeaderMap()).get_status_code() == 204
    gone = operations.get_deleted_records(_gone(), HeaderMap())
    assert [each.get_id() for each in _rows(gone)] == [record_id]
    assert _rows(gone)[0].get_type() == "recycle"


def _gone() -> ParameterMap:
    params = ParameterMap()
    params.add(GetDeletedRecordsParam.type, "all")
    return params


@pytest.mark.usefixtures("sdk")
def test_a_listing_is_read_to_its_end_by_page_and_token() -> None:
    made = [each for start in range(3) for each in _created(*(_contact(f"N{start}-{n}") for n in range(90)))]
    operations = RecordOperations("Contacts")
    asked = {"fields": "Last_Name", "sort_by": "id", "sort_order": "asc"}
    first = operations.get_records(_params(**asked), HeaderMap()).get_object()
    assert first.get_info().get_more_records() is True
    token = first.get_info().get_next_page_token()
    second = operations.get_records(_params(**asked, page_token=token), HeaderMap()).get_object()
    assert second.get_info().get_more_records() is False
    assert [each.get_id() for page in (first, second) for each in page.get_data()] == made


@pytest.mark.usefixtures("sdk")
def test_a_listing_without_fields_is_refused() -> None:
    refusal = RecordOperations("Contacts").get_records(ParameterMap(), HeaderMap()).get_object()
    assert isinstance(refusal, APIException)
    assert _code(refusal) == "REQUIRED_PARAM_MISSING"


@pytest.mark.usefixtures("sdk")
def test_a_mixed_batch_tells_each_rows_fate() -> None:
    too_long = _contact("Two", First_Name="x" * 41)
    response = RecordOperations("Contacts").create_records(_body(_contact("One"), too_long), HeaderMap())
    assert response.get_status_code() == 207
    good, bad = _rows(response)
    assert isinstance(good, SuccessResponse)
    assert isinstance(bad, APIException)
    assert _code(bad) == "INVALID_DATA"
    assert int(_details(bad)["maximum_length"]) == 40


@pytest.mark.usefixtures("sdk")
def test_an_upsert_changes_what_it_finds() -> None:
    operations = RecordOperations("Contacts")
    (record_id,) = _created(_contact("Prado", Email="ana@example.com"))
    body = _body(_contact("Lund", Email="ANA@example.com"), _contact("New", Email="new@example.com"))
    body.set_duplicate_check_fields(["Email"])
    found, made = _rows(operations.upsert_records(body, HeaderMap()))
    assert (found.get_action().get_value(), int(found.get_details()["id"])) == ("update", record_id)
    assert made.get_action().get_value() == "insert"


@pytest.mark.usefixtures("sdk")
def test_deals_keep_days_amounts_and_lookups() -> None:
    (contact_id,) = _created(_contact("Prado"))
    contact, deal = ZCRMRecord(), ZCRMRecord()
    contact.set_id(contact_id)
    deal.add_field_value(Field.Deals.deal_name(), "Storage")
    deal.add_key_value("Stage", Choice("Qualification"))
    deal.add_key_value("Pipeline", Choice("Standard (Standard)"))
    deal.add_key_value("Closing_Date", date(2027, 3, 31))
    deal.add_key_value("Amount", 48000.75)
    deal.add_key_value("Contact_Name", contact)
    operations = RecordOperations("Deals")
    (done,) = _rows(operations.create_records(_body(deal), HeaderMap()))
    assert isinstance(done, SuccessResponse), done.get_details()
    (read,) = _rows(operations.get_record(int(_details(done)["id"]), ParameterMap(), HeaderMap()))
    assert read.get_key_value("Closing_Date") == date(2027, 3, 31)
    assert read.get_key_value("Amount") == 48000.75
    assert read.get_key_value("Contact_Name").get_id() == contact_id


@pytest.mark.usefixtures("sdk")
def test_search_lags_and_queries_do_not(http: httpx.Client) -> None:
    (record_id,) = _created(_contact("Prado", Email="ana@example.com"))
    params = ParameterMap()
    params.add(SearchRecordsParam.email, "ana@example.com")
    operations = RecordOperations("Contacts")
    assert operations.search_records(params, HeaderMap()).get_status_code() == 204
    query = Query()
    query.set_select_query("select Last_Name from Contacts where Email = 'ana@example.com' limit 5")
    (row,) = _rows(CoqlOperations().get_records(query))
    assert row.get_id() == record_id
    http.post("/_sandbox/clock", json={"advance_s": 10}).raise_for_status()
    (hit,) = _rows(operations.search_records(params, HeaderMap()))
    assert hit.get_id() == record_id


@pytest.mark.usefixtures("sdk")
def test_people_are_listed() -> None:
    params = ParameterMap()
    params.add(GetUsersParam.type, "AllUsers")
    users = UsersOperations().get_users(params, HeaderMap()).get_object().get_users()
    assert {each.get_status() for each in users} == {"active", "disabled"}


@pytest.mark.usefixtures("sdk")
def test_an_expired_token_is_refreshed(http: httpx.Client) -> None:
    _created(_contact("Prado"))
    initialized: Any = Initializer.get_initializer()
    store = initialized.store
    (before,) = store.get_tokens()
    http.post("/_sandbox/clock", json={"advance_s": 3700}).raise_for_status()
    before.set_expires_in("1")
    store.save_token(before)
    _created(_contact("Lund"))
    (after,) = store.get_tokens()
    assert after.get_refresh_token() == before.get_refresh_token()
    assert after.get_access_token() != before.get_access_token()
