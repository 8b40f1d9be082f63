"""What every simulated CRM shares: faults, the log of calls, the clock, the control surface."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from sandbox import SandboxApp, available, create
from sandbox._clock import Clock

CONTACTS = "/crm/v3/objects/contacts"


@pytest.fixture
def app() -> SandboxApp:
    return create("hubspot")


@pytest.fixture
def client(app: SandboxApp) -> httpx.Client:
    headers = {"Authorization": f"Bearer {app.credentials['private_app_token']}"}
    return httpx.Client(base_url="http://sandbox.test", headers=headers, transport=httpx.WSGITransport(app=app))


def _fault(client: httpx.Client, **fault: object) -> httpx.Response:
    return client.post("/_sandbox/faults", json=[{"match": {"path": CONTACTS}, **fault}])


def _stored(client: httpx.Client) -> int:
    return len(client.get("/_sandbox/state").json()["contacts"])


def _create(client: httpx.Client) -> httpx.Response:
    return client.post(CONTACTS, json={"properties": {"lastname": "Okafor"}})


def test_folders_are_the_registration() -> None:
    assert "hubspot" in available()
    with pytest.raises(LookupError, match="nosuchcrm"):
        create("nosuchcrm")


@pytest.mark.parametrize(
    ("kind", "error", "stored"),
    [
        ("timeout_before", httpx.ReadTimeout, 0),
        ("timeout_after_effect", httpx.ReadTimeout, 1),
        ("drop_connection", httpx.RemoteProtocolError, 0),
        ("truncated", httpx.RemoteProtocolError, 1),
    ],
)
def test_faults_break_calls_in_one_process_too(
    client: httpx.Client, kind: str, error: type[Exception], stored: int
) -> None:
    _fault(client, kind=kind).raise_for_status()
    with pytest.raises(error):
        _create(client)
    assert _stored(client) == stored
    _create(client).raise_for_status()


def test_a_status_fault_speaks_the_vendors_language_and_does_nothing(client: httpx.Client) -> None:
    _fault(client, kind="status", status=429, count=2, skip=1).raise_for_status()
    assert [_create(client).status_code for _ in range(4)] == [201, 429, 429, 201]
    assert _stored(client) == 2


def test_a_fault_may_bring_its_own_body_and_headers(client: httpx.Client) -> None:
    _fault(client, kind="status", status=503, body={"odd": True}, headers={"Retry-After": "7"})
    answer = _create(client)
    assert (answer.json(), answer.headers["Retry-After"]) == ({"odd": True}, "7")


def test_a_proxy_page_is_html(client: httpx.Client) -> None:
    _fault(client, kind="html")
    answer = _create(client)
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")


def test_cleared_faults_hit_no_more(client: httpx.Client) -> None:
    _fault(client, kind="status", status=500, count=None)
    assert _create(client).status_code == 500
    client.delete("/_sandbox/faults").raise_for_status()
    assert _create(client).status_code == 201


@pytest.mark.parametrize(
    "fault", [{"kind": "explode"}, {"kind": "slow", "often": 3}, {"kind": "slow", "match": {"path": "("}}, 7]
)
def test_a_malformed_fault_is_refused_whole(client: httpx.Client, fault: object) -> None:
    answer = client.post("/_sandbox/faults", json=[{"kind": "html"}, fault])
    assert answer.status_code == 400
    assert client.get("/_sandbox/faults").json() == []


def test_calls_are_counted_by_template_and_keep_no_secret(client: httpx.Client, app: SandboxApp) -> None:
    client.get(f"{CONTACTS}/1", params={"hapikey": "hush-1"})
    client.get("/oauth/v1/access-tokens/hush-2")
    client.post("/oauth/v3/token", data={"client_secret": "hush-3", "code": "hush-4"})
    log = client.get("/_sandbox/calls")
    assert "hush" not in log.text
    assert app.credentials["private_app_token"] not in log.text
    counts = {(row["method"], row["endpoint"], row["status"]): row["count"] for row in log.json()["counts"]}
    assert counts[("GET", "/crm/v3/objects/{objectType}/{objectId}", 404)] == 1
    assert counts[("GET", "/oauth/v1/access-tokens/{access_token}", 404)] == 1
    assert log.json()["total"] == 3


def test_a_call_without_an_answer_is_logged_with_its_fault(client: httpx.Client) -> None:
    _fault(client, kind="drop_connection")
    with pytest.raises(httpx.RemoteProtocolError):
        _create(client)
    (call,) = client.get("/_sandbox/calls").json()["calls"]
    assert (call["status"], call["fault"]) == (0, "drop_connection")
    assert call["endpoint"] == "/crm/v3/objects/{objectType}"


def test_the_last_thousand_calls_are_kept_and_all_are_counted(client: httpx.Client) -> None:
    client.post("/_sandbox/limits", json={"private_burst": 0})
    for _ in range(1005):
        client.get("/account-info/v3/details")
    log = client.get("/_sandbox/calls").json()
    assert (log["total"], len(log["calls"])) == (1005, 1000)


def test_a_reset_forgets_records_faults_and_calls(client: httpx.Client) -> None:
    _create(client)
    _fault(client, kind="html")
    client.post("/_sandbox/reset").raise_for_status()
    assert _stored(client) == 0
    assert client.get("/_sandbox/faults").json() == []
    assert client.get("/_sandbox/calls").json()["total"] == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_sandbox/clock", {"advance_s": -1}),
        ("/_sandbox/clock", {}),
        ("/_sandbox/tokens", {"action": "melt"}),
        ("/_sandbox/webhooks", {"drop": 1.5}),
        ("/_sandbox/limits", {"weekly": 3}),
        ("/_sandbox/options", {"unchanged_writes": "sometimes"}),
        ("/_sandbox/seed", {"dragons": []}),
        ("/_sandbox/seed", []),
    ],
)
def test_malformed_control_bodies_are_answered_with_400(client: httpx.Client, path: str, body: object) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_the_index_lists_every_control_route(client: httpx.Client) -> None:
    routes = client.get("/_sandbox").json()["routes"]
    assert {"GET /_sandbox/state", "POST /_sandbox/faults", "POST /_sandbox/limits"} <= set(routes)
    assert client.get("/_sandbox/nothing").status_code == 404


def test_the_clock_moves_forward_and_wakes_its_listeners() -> None:
    frozen = datetime(2026, 5, 1, tzinfo=UTC)
    clock, woken = Clock(lambda: frozen), []
    clock.on_advance(lambda: woken.append(clock.now()))
    clock.advance(90)
    assert woken == [datetime(2026, 5, 1, 0, 1, 30, tzinfo=UTC)]
    assert clock.real() == frozen
