"""``python -m local up`` brings everything up, says so in one line, and takes everything down with it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import httpx
import pytest

from local.children import is_running
from local.cloud import ACCOUNT, STACK, Cloud
from local.connect import _grant
from local.deploy import outputs
from local.errors import LocalError
from local.paths import LOGS, ROOT, RUN_FILE
from local.run_file import only_platform, require_run
from tests.e2e.local.hearing import Listener
from tests.e2e.local.tampered import tampered
from tests.e2e.local.walking import is_ours, routes

WEB = httpx.Client(timeout=60.0)
"""A first call starts a worker, which takes seconds on a busy machine."""


@pytest.fixture(scope="module")
def up():
    """Start the platform with two simulated CRMs; yields its line, and at the end makes sure that nothing is left."""
    try:
        with only_platform():
            pass
    except LocalError as error:
        pytest.skip(str(error))
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / "e2e.log").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "local", "up", "--json", "--crms", "hubspot,pipedrive"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, (LOGS / "e2e.log").read_text(encoding="utf-8")[-3000:]
        yield json.loads(line)
        started = descendants(process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=60)
        process.stdout.close()
    assert code == 0, "an interrupted platform has done what it was asked to do"
    assert len(started) >= 2, "local AWS and a simulated CRM were its children"
    assert all_ended(started), "processes outlived the platform"
    assert not RUN_FILE.exists()


def all_ended(pids, *, within_s=5.0):
    give_up_at = time.monotonic() + within_s
    while any(map(is_running, pids)) and time.monotonic() < give_up_at:
        time.sleep(0.1)
    return not any(map(is_running, pids))


def descendants(pid):
    """Return the processes below one, by what the system's ``ps`` knows of parents."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {}
    for line in listed.splitlines():
        child, parent = map(int, line.split())
        parents.setdefault(parent, []).append(child)
    found, waiting = [], [pid]
    while waiting:
        below = parents.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def test_the_line_holds_what_other_programs_need(up):
    assert set(up) == {"api", "token", "workspace", "sandboxes", "console"}
    assert set(up["sandboxes"]) == {"hubspot", "pipedrive"}
    assert set(up["sandboxes"]["hubspot"]) == {"url", "control"}
    assert up["api"].startswith("http://127.0.0.1:")


def test_the_api_wants_the_token_and_knows_the_connected_crm(up):
    url = f"{up['api']}/api/crm/integrations"
    assert WEB.get(url).status_code == 401
    assert WEB.get(url, headers={"Authorization": f"Bearer {up['token']}x"}).status_code == 401
    items = WEB.get(url, headers={"Authorization": f"Bearer {up['token']}"}).json()["items"]
    assert {(item["provider"], item["status"]) for item in items} == {
        ("hubspot", "active"),
        ("pipedrive", "active"),
    }


def test_a_token_that_nobody_gave_out_opens_nothing(up):
    url = f"{up['api']}/api/crm/integrations"
    forged = tampered(up["token"])
    answers = {name: WEB.get(url, headers={"Authorization": header}) for name, header in forged.items()}
    assert {name: each.status_code for name, each in answers.items()} == dict.fromkeys(forged, 401)
    assert not [name for name, each in answers.items() if "items" in each.text]
    assert WEB.get(url, params={"access_token": up["token"]}).status_code == 401
    assert WEB.get(url, headers={"cookie": f"token={up['token']}", "x-authorization": up["token"]}).status_code == 401


def test_every_route_of_the_description_answers_at_the_deployed_gateway(up):
    signed = {"Authorization": f"Bearer {up['token']}"}
    items = WEB.get(f"{up['api']}/api/crm/integrations", headers=signed).json()["items"]
    known = {"integration_id": items[0]["id"], "crm": items[0]["provider"], "entity": "contact", "kit": "social"}
    walked, wrong = 0, {}
    for route in routes(known):
        url, body = up["api"] + route.path, {} if route.method in ("POST", "PATCH", "PUT") else None
        if not route.is_open and WEB.request(route.method, url, json=body).status_code != 401:
            wrong[route.method, route.template] = "opens without a token"
        answer = WEB.request(route.method, url, json=body, headers={} if route.is_open else signed)
        if not is_ours(answer):
            wrong[route.method, route.template] = f"{answer.status_code} {answer.text[:200]}"
        walked += 1
    assert wrong == {}
    assert walked > 80


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("contacts/sync", {"email": "walk@example.com", "lastName": "Walker"}, {"recordId", "result"}),
        ("leads/sync", {"email": "lead@example.com", "lastName": "Leader", "source": "Fair"}, {"recordId", "result"}),
        ("contacts/batch-sync", [{"email": "two@example.com", "lastName": "Two"}], {"items"}),
        ("sync-from-crm", {}, {"run_id"}),
        ("sync", {}, {"run_id"}),
        ("validate", {}, {"steps"}),
    ],
)
def test_what_the_founding_documents_send_is_done_by_the_deployed_stack(up, path, body, says):
    signed = {"Authorization": f"Bearer {up['token']}"}
    items = WEB.get(f"{up['api']}/api/crm/integrations", params={"provider": "hubspot"}, headers=signed).json()["items"]
    url = f"{up['api']}/api/crm/integrations/{items[0]['id']}/{path}"
    answer = WEB.post(url, json=body, headers={**signed, "Idempotency-Key": f"walk-{path}"})
    assert answer.status_code in (200, 201, 202), answer.text
    assert says <= answer.json().keys()


def test_an_unsigned_webhook_is_refused_at_the_real_door(up):
    answer = WEB.post(f"{up['api']}/webhooks/hubspot", json=[{"eventId": 1}])
    assert answer.status_code == 401
    assert "ignature" in answer.text


def test_a_webhook_door_nobody_opened_is_not_there(up):
    assert WEB.post(f"{up['api']}/webhooks/siebel", json=[]).status_code == 404


def test_webhooks_that_we_set_up_stand_at_the_crm_tell_of_edits_and_go(up):
    with httpx.Client(base_url=up["api"], headers={"Authorization": f"Bearer {up['token']}"}, timeout=60.0) as api:
        found = api.get("/api/crm/integrations", params={"provider": "pipedrive"}).json()["items"]
        path = f"/api/crm/integrations/{found[0]['id']}"
        eventually(lambda: api.get(f"{path}/webhooks").json()["state"] == "active")
        first = hooks(up)
        told = [hook["event_object"] for hook in first]
        assert told == ["activity", "deal", "lead", "note", "organization", "person"]
        (address,) = {hook["subscription_url"] for hook in first}
        assert address.startswith(f"{up['api']}/webhooks/pipedrive/")
        eventually(lambda: [each["status"] for each in api.get(f"{path}/runs").json()["items"]] == ["done"])
        edit = {"op": "create", "kind": "organizations", "fields": {"name": "Vale Verde"}}
        WEB.post(f"{up['sandboxes']['pipedrive']['control']}/seed", json={"operations": [edit]}).raise_for_status()
        eventually(lambda: "Vale Verde" in api.get("/api/crm/records", params={"entity": "company"}).text)
        assert api.post(f"{path}/webhooks", json={"rotate": True}).status_code == 202
        eventually(lambda: len(hooks(up)) == 6 and address not in {hook["subscription_url"] for hook in hooks(up)})
        assert WEB.post(address, json={}).status_code == 404
        assert api.delete(f"{path}/webhooks").status_code == 202
        eventually(lambda: hooks(up) == [])


def hooks(up):
    """Return the webhooks that stand at the simulated Pipedrive."""
    found = WEB.get(f"{up['sandboxes']['pipedrive']['control']}/hooks").json()["hooks"]
    return sorted(found, key=lambda hook: hook["event_object"])


def eventually(holds, *, within_s=180.0):
    give_up_at = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < give_up_at, "it never came about"
        time.sleep(0.5)


def test_events_reach_a_queue_behind_a_rule_and_messages_a_subscriber_of_the_topic(up):
    run = require_run()
    listener = Listener(Cloud(run.gateway_port), up["workspace"])
    edit = {"op": "create", "kind": "organizations", "fields": {"name": "Rio Claro"}}
    WEB.post(f"{up['sandboxes']['pipedrive']['control']}/seed", json={"operations": [edit]}).raise_for_status()
    with httpx.Client(base_url=up["api"], headers={"Authorization": f"Bearer {up['token']}"}, timeout=60.0) as api:
        api.post("/api/crm/sync", json={}).raise_for_status()
        eventually(lambda: "company_created" in listener.kinds())
        created = next(each for each in listener.heard if each["detail-type"] == "company_created")
        assert created["source"] == "crm-bridge"
        assert "Rio Claro" not in json.dumps(created)
        assert created["detail"]["data"]["recordId"].startswith("com_")
        eventually(lambda: "sync_completed" in listener.kinds())
        WEB.post(f"{up['sandboxes']['hubspot']['control']}/tokens", json={"action": "revoke"}).raise_for_status()
        api.post("/api/crm/sync", json={}).raise_for_status()
        eventually(lambda: "authentication_lost" in listener.kinds())
        eventually(lambda: any("HubSpot must be connected again" in each for each in listener.subjects()))
        connect_again(api, "hubspot")


def connect_again(api, crm):
    """Go through a CRM's consent page once more, so that other tests find it connected."""
    (lost,) = api.get("/api/crm/integrations", params={"provider": crm}).json()["items"]
    login = api.post(f"/auth/{crm}/login", json={"integrationId": lost["id"]}).json()
    completion = {"integrationId": lost["id"], "code": _grant(login["url"])}
    assert api.post(f"/auth/{crm}/complete", json=completion).json()["status"] == "active"


def test_events_come_in_by_bus_and_queue_from_senders_that_the_workspace_knows(up):
    cloud = Cloud(require_run().gateway_port)
    booking = {"id": "b1", "customerEmail": "jana@example.com", "customerName": "Jana Doe", "deviceType": "iPad"}
    payment = {"id": "p1", "bookingId": "b1", "customerEmail": "jana@example.com", "amount": "1000.01"}
    with httpx.Client(base_url=up["api"], headers={"Authorization": f"Bearer {up['token']}"}, timeout=60.0) as api:
        for sender in (
            {"door": "bus", "account": ACCOUNT, "source": "shop.bookings"},
            {"door": "queue", "principal": ACCOUNT},
        ):
            assert api.post("/api/crm/event-sources", json=sender).status_code == 201
        detail = {"id": "e2e-1", "workspaceId": up["workspace"], "data": booking}
        entry = {"Source": "shop.bookings", "DetailType": "booking.created", "Detail": json.dumps(detail)}
        put = cloud.bus.put_events(Entries=[{**entry, "EventBusName": STACK}] * 2)
        assert put["FailedEntryCount"] == 0
        eventually(lambda: api.get("/api/crm/events/e2e-1").json().get("result") == "taken")
        body = {"id": "e2e-2", "type": "payment.received", "workspaceId": up["workspace"], "data": payment}
        for _ in range(2):
            cloud.queues.send_message(QueueUrl=outputs(cloud)["EventsQueueUrl"], MessageBody=json.dumps(body))
        eventually(lambda: api.get("/api/crm/events/e2e-2").json().get("result") == "taken")
        found = api.get("/api/crm/records", params={"entity": "contact", "email": "jana@example.com"}).json()["items"]
        assert [each["fields"]["x_customer_lifetime_value"] for each in found] == ["1000.01"]
        deals = f"{up['sandboxes']['hubspot']['control']}/state"
        eventually(
            lambda: [each["properties"]["dealname"] for each in WEB.get(deals).json()["deals"]] == ["iPad repair"]
        )
        assert api.get("/api/crm/refused-events").json()["items"] == []


def test_status_and_logs_see_the_platform(up):
    WEB.get(f"{up['api']}/health/crm")
    status = json.loads(command("status", "--json"))
    assert status["api_answers"] is True
    assert status["sandboxes"]["hubspot"]["answers"] is True
    assert all(depth["waiting"] == 0 for name, depth in status["queues"].items() if "dlq" in name)
    assert "crm-api" in command("logs", "crm_api")


def test_a_second_platform_is_refused_while_one_is_up(up):
    refused = subprocess.run(
        [sys.executable, "-m", "local", "up"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert "python -m local down" in refused.stderr


def command(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "local", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout
