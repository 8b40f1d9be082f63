"""A simulated CRM's process is killed and comes back on its port with everything it knew."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox import SandboxApp, Settings, create
from sandbox._state_file import StateFile, StateFileError

ROOT = Path(__file__).resolve().parents[2]
KEPT_BY_THEN_S = 1.5
RETRY_S = 3600
DATA = "/services/data/v67.0"


class Process:
    """One simulated CRM in a process of its own, restarted with the same arguments."""

    def __init__(self, crm: str, path: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port, self._nobody = free.getsockname()[1], "http://127.0.0.1:9/hooks"
        self._command = [sys.executable, "-m", "sandbox", crm, "--port", str(port), "--state-file", str(path)]
        self.start()
        self.http = httpx.Client(base_url=self.ready["url"], timeout=10)

    def start(self) -> None:
        command = [*self._command, "--webhook-url", self._nobody]
        self._child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._child.stdout is not None
        self.ready: dict[str, Any] = json.loads(self._child.stdout.readline())

    def end(self, number: signal.Signals) -> None:
        self._child.send_signal(number)
        self._child.wait(10)
        assert self._child.stdout is not None
        self._child.stdout.close()

    def get(self, path: str, **params: Any) -> Any:
        return self.http.get(path, params=params).raise_for_status().json()

    def post(self, path: str, body: Any) -> Any:
        return self.http.post(path, json=body).raise_for_status().json()

    def knows(self, *paths: str) -> dict[str, Any]:
        """Return what it shows of itself, when no webhook is on its way any more."""
        hooks: dict[str, Any] = {}
        for _ in range(50):
            last, hooks = hooks, self.get("/_sandbox/webhooks")
            if hooks == last and not hooks["counts"]["in_flight_calls"]:
                break
            time.sleep(0.2)
        known = {path: self.get(f"/_sandbox/{path}") for path in ("state", *paths)}
        clock = self.get("/_sandbox/clock")
        return known | {"hooks": hooks, "offset_s": clock["offset_s"], "ready": self.ready}


@pytest.fixture
def process(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Process]:
    running = Process(request.param, tmp_path / "state")
    yield running
    running.http.close()
    running.end(signal.SIGTERM)


def _fill_hubspot(process: Process) -> str:
    """Make something of every kind; return an OAuth access token."""
    secrets = process.ready["credentials"]
    consent = {"client_id": secrets["client_id"], "redirect_uri": "https://app.example.com/back", "state": "s"}
    page = process.http.get("/oauth/authorize", params={**consent, "scope": "oauth crm.objects.contacts.write"})
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
    answer = process.http.post("/oauth/authorize", data={**fields, "decision": "grant"})
    code = httpx.URL(answer.headers["location"]).params["code"]
    form = {name: secrets[name] for name in ("client_id", "client_secret")}
    form |= {"grant_type": "authorization_code", "code": code, "redirect_uri": consent["redirect_uri"]}
    token = process.http.post("/oauth/v3/token", data=form).raise_for_status().json()["access_token"]
    process.http.headers["Authorization"] = f"Bearer {secrets['private_app_token']}"
    process.post("/_sandbox/clock", {"advance_s": 100})
    process.post("/_sandbox/webhooks", {"retry_delays_s": [RETRY_S]})
    process.post("/_sandbox/limits", {"search_per_s": 3})
    definition = {"name": "ext", "label": "Ext", "type": "string", "fieldType": "text", "hasUniqueValue": True}
    process.post("/crm/v3/properties/contacts", definition | {"groupName": "contactinformation"})
    company = process.post("/crm/v3/objects/companies", {"properties": {"name": "Quay", "domain": "quay.example"}})
    person = {"email": "ada@example.com", "ext": "k1"}
    link = {"to": {"id": company["id"]}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]}
    process.post("/crm/v3/objects/contacts", {"properties": person, "associations": [link]})
    return token


@pytest.mark.slow
@pytest.mark.parametrize("process", ["hubspot"], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_hubspot_account_comes_back(process: Process, number: signal.Signals) -> None:
    token = _fill_hubspot(process)
    before = process.knows("options", "limits")
    if number is signal.SIGKILL:
        time.sleep(KEPT_BY_THEN_S)
    process.end(number)
    process.start()
    assert process.knows("options", "limits") == before
    assert before["state"]["contacts"][0]["associations"]
    assert before["hooks"]["counts"]["pending"] > 0
    taken = process.http.post("/crm/v3/objects/contacts", json={"properties": {"ext": "k1", "lastname": "B"}})
    assert taken.status_code == 400
    made = process.post("/crm/v3/objects/contacts", {"properties": {"email": "eva@example.com"}})
    assert made["id"] not in {row["id"] for row in before["state"]["contacts"]}
    process.http.headers["Authorization"] = f"Bearer {token}"
    assert process.http.get("/account-info/v3/details").status_code == 200
    process.post("/_sandbox/clock", {"advance_s": RETRY_S})
    again = [attempt for attempt in process.knows()["hooks"]["log"] if attempt["attempt"] == 1]
    assert sum(attempt["events"] for attempt in again) >= before["hooks"]["counts"]["pending"]


def _fill_salesforce(process: Process) -> None:
    secrets = process.ready["credentials"]
    form = {"grant_type": "client_credentials", **{name: secrets[name] for name in ("client_id", "client_secret")}}
    token = process.http.post("/services/oauth2/token", data=form).raise_for_status().json()["access_token"]
    process.http.headers["Authorization"] = f"Bearer {token}"
    process.post("/_sandbox/clock", {"advance_s": 100})
    process.post("/_sandbox/webhooks", {"retry_delays_s": [RETRY_S]})
    process.post("/_sandbox/settings", {"page_rows": 200, "refresh_rotates": True})
    metadata = {"type": "Text", "label": "Ext", "length": 64, "unique": True, "externalId": True}
    process.post("/_sandbox/seed", {"custom_fields": [{"full_name": "Contact.Ext__c", "metadata": metadata}]})
    account = process.post(f"{DATA}/sobjects/Account", {"Name": "Quay"})["id"]
    body = {"LastName": "Novak", "AccountId": account}
    process.http.patch(f"{DATA}/sobjects/Contact/Ext__c/k1", json=body).raise_for_status()
    process.post(f"{DATA}/jobs/ingest", {"object": "Contact", "operation": "insert"})


@pytest.mark.slow
@pytest.mark.parametrize("process", ["salesforce"], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_salesforce_org_comes_back(process: Process, number: signal.Signals) -> None:
    _fill_salesforce(process)
    shown = ("settings", "outbound", "events", "usage")
    before = process.knows(*shown)
    if number is signal.SIGKILL:
        time.sleep(KEPT_BY_THEN_S)
    process.end(number)
    process.start()
    assert process.knows(*shown) == before
    assert before["hooks"]["counts"]["pending"] > 0
    record = process.get(f"{DATA}/sobjects/Contact/Ext__c/k1")
    assert record["LastName"] == "Novak"
    taken = {"LastName": "Other", "Ext__c": "K1"}
    assert process.http.post(f"{DATA}/sobjects/Contact", json=taken).json()[0]["errorCode"] == "DUPLICATE_VALUE"
    assert process.post(f"{DATA}/sobjects/Contact", {"LastName": "New"})["id"] != record["Id"]
    text = "SELECT Name, (SELECT Ext__c FROM Contacts) FROM Account WHERE Name = 'quay'"
    (row,) = process.get(f"{DATA}/query", q=text)["records"]
    assert row["Contacts"]["totalSize"] == 1


def _kept(crm: str, path: Path, **settings: Any) -> SandboxApp:
    file = StateFile(path)
    app = file.keep(create(crm, Settings(background=False, **settings)))
    file.close()
    app.stop()
    return app


@pytest.mark.parametrize("crm", ["hubspot", "salesforce"])
def test_webhook_targets_of_this_start_take_the_place_of_earlier_ones(crm: str, tmp_path: Path) -> None:
    path = tmp_path / "state"
    _kept(crm, path, webhook_urls=("https://one.example/h",))
    assert path.stat().st_mode & 0o777 == 0o600
    client = httpx.Client(transport=httpx.WSGITransport(app=_kept(crm, path)), base_url="http://sandbox.test")
    assert "one.example" in _targets(client, crm)
    moved = _kept(crm, path, webhook_urls=("https://two.example/h",))
    client = httpx.Client(transport=httpx.WSGITransport(app=moved), base_url="http://sandbox.test")
    assert "two.example" in _targets(client, crm)
    assert "one.example" not in _targets(client, crm)


def _targets(client: httpx.Client, crm: str) -> str:
    if crm == "salesforce":
        return client.get("/_sandbox/outbound").text
    return str(client.get("/_sandbox/state").json()["app"]["targetUrls"])


@pytest.mark.parametrize(
    "content",
    [
        b"nonsense",
        b"{}\n",
        b'{"crm":"salesforce","version":"0","offset_s":0}\nx',
        b'{"crm":"hubspot","version":"0","offset_s":0}\nx',
    ],
)
def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state"
    path.write_bytes(content)
    with pytest.raises(StateFileError, match="state"):
        _kept("hubspot", path)
    assert path.read_bytes() == content


def test_a_file_that_names_other_code_runs_none_of_it(tmp_path: Path) -> None:
    path = tmp_path / "state"
    _kept("hubspot", path)
    head = path.read_bytes().partition(b"\n")[0]
    path.write_bytes(head + b"\ncos\nsystem\n(S'touch " + bytes(tmp_path / "ran") + b"'\ntR.")
    with pytest.raises(StateFileError, match=r"os\.system"):
        _kept("hubspot", path)
    assert not (tmp_path / "ran").exists()
