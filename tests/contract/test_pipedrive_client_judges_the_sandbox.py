"""A widely used client library works against the simulated Pipedrive, its addresses aside: v1 and v2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pipedrive.client import Client
from pipedrive.exceptions import (
    BadRequestError,
    GoneError,
    NotFoundError,
    TooManyRequestsError,
    UnauthorizedError,
)

from tests.contract._process import SandboxProcess, spawned

REDIRECT = "http://127.0.0.1:9/callback"
OPEN = {"api_token_burst": 0, "oauth_burst": 0, "search_burst": 0, "daily_tokens": 0}


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxProcess]:
    with spawned("pipedrive") as running:
        yield running


@pytest.fixture
def control(server: SandboxProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/_sandbox") as client:
        client.post("/reset").raise_for_status()
        client.post("/limits", json=OPEN).raise_for_status()
        yield client


@pytest.fixture
def secrets(server: SandboxProcess) -> dict[str, Any]:
    return server.app.credentials


@pytest.fixture
def app(server: SandboxProcess, control: httpx.Client, secrets: dict[str, Any]) -> Any:
    client: Any = Client(secrets["client_id"], secrets["client_secret"], domain=server.url)
    client.OAUTH_BASE_URL = f"{server.url}/oauth/"
    return client


@pytest.fixture
def v1(app: Any, secrets: dict[str, Any]) -> Any:
    app.set_api_token(secrets["api_token"])
    return app


@pytest.fixture
def v2(server: SandboxProcess, v1: Any, secrets: dict[str, Any]) -> Any:
    client = Client()
    client.BASE_URL = f"{server.url}/api/v2/"
    client.set_api_token(secrets["api_token"])
    return client


def _consent(app: Any) -> str:
    url = app.authorization_url(REDIRECT, state="s-1")
    with httpx.Client() as browser:
        page = browser.get(url)
        assert page.status_code == 200
        fields = {"client_id": app.client_id, "redirect_uri": REDIRECT, "state": "s-1", "decision": "grant"}
        back = browser.post(url.partition("?")[0], data=fields)
    query = parse_qs(urlsplit(back.headers["location"]).query)
    assert query["state"] == ["s-1"]
    return query["code"][0]


def test_a_code_becomes_tokens_and_a_refresh_keeps_the_refresh_token(app: Any, server: SandboxProcess):
    code = _consent(app)
    tokens = app.exchange_code(REDIRECT, code)
    assert (tokens["token_type"], tokens["expires_in"], tokens["api_domain"]) == ("Bearer", 3599, server.url)
    with pytest.raises(BadRequestError):
        app.exchange_code(REDIRECT, code)
    fresh = app.refresh_token(tokens["refresh_token"])
    assert fresh["refresh_token"] == tokens["refresh_token"]
    assert fresh["access_token"] != tokens["access_token"]
    app.set_access_token(fresh["access_token"])
    assert app.users.get_me()["data"]["company_id"] == server.app.credentials["company_id"]


def test_a_token_nobody_gave_out_is_unauthorized(app: Any):
    for give in (app.set_access_token, app.set_api_token):
        give("0" * 40)
        with pytest.raises(UnauthorizedError):
            app.users.get_me()


@pytest.mark.parametrize(
    ("name", "body", "change"),
    [
        ("persons", {"name": "Mia Novak", "emails": [{"value": "mia@example.com"}]}, {"name": "Mia Berg"}),
        ("organizations", {"name": "Quay & Sons"}, {"name": "Quay"}),
        ("deals", {"title": "First phase", "value": 12.5}, {"title": "Second phase"}),
        ("activities", {"subject": "Call Mia", "type": "call"}, {"subject": "Call again"}),
    ],
)
def test_a_record_lives_from_create_to_delete(v2: Any, name: str, body: dict[str, Any], change: dict[str, Any]):
    section, one = getattr(v2, name), {"activities": "activity"}.get(name, name[:-1])
    made = getattr(section, f"create_{one}")(body)
    assert made["success"]
    record_id = made["data"]["id"]
    read = getattr(section, f"get_{one}")(record_id)["data"]
    assert {key: read[key] for key in body if key != "emails"} == {key: body[key] for key in body if key != "emails"}
    changed = v2._patch(f"{v2.BASE_URL}{name}/{record_id}", json=change)["data"]
    assert changed.items() >= change.items()
    assert getattr(section, f"delete_{one}")(record_id)["data"] == {"id": record_id}
    assert getattr(section, f"get_{one}")(record_id)["data"]["is_deleted"] is True
    with pytest.raises(GoneError):
        getattr(section, f"delete_{one}")(record_id)
    with pytest.raises(NotFoundError):
        v2._patch(f"{v2.BASE_URL}{name}/{record_id}", json=change)


def test_a_list_goes_to_the_end_by_cursor(v2: Any, control: httpx.Client):
    people = [{"name": f"Person {number}"} for number in range(730)]
    ids = control.post("/seed", json={"persons": people}).raise_for_status().json()["ids"]["persons"]
    found: list[int] = []
    params: dict[str, Any] = {"limit": 500}
    while True:
        page = v2.persons.get_all_persons(params=params)
        found += [each["id"] for each in page["data"]]
        if page["additional_data"]["next_cursor"] is None:
            break
        params["cursor"] = page["additional_data"]["next_cursor"]
    assert found == ids
    with pytest.raises(BadRequestError):
        v2.persons.get_all_persons(params={"limit": 501})


def test_a_search_finds_what_the_index_has_seen(v2: Any, control: httpx.Client):
    made = v2.persons.create_person({"name": "Ada Quinn", "emails": [{"value": "ada@example.com"}]})["data"]["id"]
    params = {"term": "ADA@example.com", "fields": "email", "exact_match": "true"}
    assert v2.persons.search_persons(params=params)["data"]["items"] == []
    control.post("/clock", json={"advance_s": 5})
    hits = v2.persons.search_persons(params=params)["data"]["items"]
    assert [each["item"]["id"] for each in hits] == [made]


def test_leads_and_notes_live_in_v1(v1: Any, v2: Any):
    person = v2.persons.create_person({"name": "Bo Lund"})["data"]["id"]
    with pytest.raises(BadRequestError):
        v1.leads.create_lead({"title": "Nobody's lead"})
    lead = v1.leads.create_lead({"title": "Lund Marine", "person_id": person})["data"]
    assert (lead["visible_to"], lead["update_time"][-5]) == ("3", ".")
    assert v1.leads.update_lead(lead["id"], {"title": "Lund"})["data"]["title"] == "Lund"
    assert [each["id"] for each in v1.leads.get_all_leads()["data"]] == [lead["id"]]
    v1.leads.delete_lead(lead["id"])
    with pytest.raises(NotFoundError):
        v1.leads.get_lead(lead["id"])
    note = v1.notes.create_note({"content": "<b>Hello</b>", "person_id": person})["data"]
    assert v1.notes.update_note(note["id"], {"content": "Bye"})["data"]["content"] == "Bye"
    page = v1.notes.get_all_notes(params={"limit": 1})
    assert page["additional_data"]["pagination"]["more_items_in_collection"] is False
    assert v1.notes.delete_note(note["id"])["data"] is True


def test_participants_and_recents_are_told_by_v1(v1: Any, v2: Any):
    one, two = (v2.persons.create_person({"name": name})["data"]["id"] for name in ("Ana Prado", "Bo Lund"))
    deal = v2.deals.create_deal({"title": "Storage", "person_id": one})["data"]["id"]
    v1.deals.add_participants_to_deal(deal, two)
    rows = v1.deals.get_deal_participants(deal)["data"]
    assert [each["person_id"]["value"] for each in rows] == [one, two]
    v1.deals.delete_participant_to_deal(deal, rows[1]["id"])
    v2.persons.delete_person(two)
    recents = v1.recents.get_recent_changes(params={"since_timestamp": "2026-01-01 00:00:00", "items": "person"})
    assert {each["id"] for each in recents["data"]} == {one, two}


def test_webhooks_need_a_name_and_are_listed_and_removed(v1: Any):
    with pytest.raises(BadRequestError):
        v1.webhooks.create_hook_subscription("https://hooks.example.com/x", "*", "person")
    body = {"subscription_url": "https://hooks.example.com/x", "event_action": "*", "event_object": "deal", "name": "x"}
    made = v1._post(f"{v1.BASE_URL}webhooks", json=body)["data"]
    assert (made["version"], made["is_active"]) == ("2.0", 1)
    assert [each["id"] for each in v1.webhooks.get_hooks_subscription()["data"]] == [made["id"]]
    assert v1.webhooks.delete_hook_subscription(made["id"])["success"]
    with pytest.raises(NotFoundError):
        v1.webhooks.delete_hook_subscription(made["id"])


def test_wrong_types_and_a_spent_limit_are_refused(v2: Any, control: httpx.Client):
    for body in ({"name": 7}, {"name": "A", "org_id": "7"}, {"name": "A", "nickname": "x"}, {}):
        with pytest.raises(BadRequestError):
            v2.persons.create_person(body)
    control.post("/limits", json={"api_token_burst": 3}).raise_for_status()
    control.post("/clock", json={"advance_s": 3})
    for _ in range(3):
        v2.persons.get_all_persons()
    with pytest.raises(TooManyRequestsError):
        v2.persons.get_all_persons()
    control.post("/clock", json={"advance_s": 3})
    assert v2.persons.get_all_persons()["success"]
    control.post("/limits", json={"api_token_burst": 0, "daily_tokens": 1}).raise_for_status()
    with pytest.raises(TooManyRequestsError):
        v2.persons.get_all_persons()
