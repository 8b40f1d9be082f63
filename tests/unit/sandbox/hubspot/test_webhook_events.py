"""Webhook events: which, in which shape, told by whom; subscriptions and their rules."""

from __future__ import annotations

import json

import pytest

from sandbox.hubspot.account import APP_ID, PORTAL_ID, USER_ID
from sandbox.hubspot.signing import signature_headers

CONTACTS = "/crm/v3/objects/contacts"


def _kinds(events) -> list[str]:
    return sorted(event["subscriptionType"] for event in events)


def test_a_created_record_is_announced_among_its_properties(webhooks, contact) -> None:
    created = contact(email="mia@example.com", firstname="Mia", lastname="Novak", city="Oslo")
    events = webhooks()
    kinds = [event["subscriptionType"] for event in events]
    assert kinds.index("contact.creation") not in {0, len(kinds) - 1}
    assert len({event["occurredAt"] for event in events}) == 1
    creation = next(event for event in events if event["subscriptionType"] == "contact.creation")
    assert creation | {"eventId": 0, "subscriptionId": 0} == {
        "eventId": 0,
        "subscriptionId": 0,
        "portalId": PORTAL_ID,
        "appId": APP_ID,
        "occurredAt": 1777636800000,
        "subscriptionType": "contact.creation",
        "attemptNumber": 0,
        "objectId": int(created["id"]),
        "changeSource": "INTEGRATION",
        "sourceId": str(APP_ID),
        "changeFlag": "CREATED",
    }


def test_only_changed_properties_are_announced_and_times_as_milliseconds(api, webhooks) -> None:
    deal = api.post("/crm/v3/objects/deals", json={"properties": {"dealname": "A", "amount": "5"}}).json()
    webhooks()
    changes = {"dealname": "A", "amount": "6", "closedate": "2026-12-31T00:00:00Z"}
    api.patch(f"/crm/v3/objects/deals/{deal['id']}", json={"properties": changes}).raise_for_status()
    told = {event["propertyName"]: event["propertyValue"] for event in webhooks()}
    assert told == {"amount": "6", "closedate": "1798675200000"}


def test_a_person_is_told_apart_from_the_app(api, webhooks, seed) -> None:
    (record_id,) = seed(contacts=[{"properties": {"lastname": "Okafor"}}])["ids"]["contacts"]
    assert webhooks() == []
    operation = {"op": "update", "entity": "contacts", "id": record_id, "properties": {"city": "Oslo"}}
    assert seed(notify=True, operations=[operation])["events"] == 1
    (event,) = webhooks()
    assert (event["changeSource"], event["sourceId"]) == ("CRM_UI", f"userId:{USER_ID}")


def test_deleting_and_restoring_is_announced(api, webhooks, contact, seed) -> None:
    created = contact(lastname="Okafor")
    webhooks()
    api.delete(f"{CONTACTS}/{created['id']}")
    (event,) = webhooks()
    assert (event["subscriptionType"], event["changeFlag"]) == ("contact.deletion", "DELETED")
    seed(notify=True, operations=[{"op": "restore", "entity": "contacts", "id": created["id"]}])
    assert _kinds(webhooks()) == ["contact.restore"]


def test_a_merge_tells_all_three_ids(api, webhooks, contact) -> None:
    first, second = contact(lastname="A"), contact(lastname="B", city="Oslo")
    webhooks()
    ids = {"primaryObjectId": first["id"], "objectIdToMerge": second["id"]}
    survivor = api.post(f"{CONTACTS}/merge", json=ids).json()
    (event,) = [event for event in webhooks() if event["subscriptionType"] == "contact.merge"]
    assert event["primaryObjectId"] == int(first["id"])
    assert event["mergedObjectIds"] == [int(second["id"])]
    assert event["newObjectId"] == int(survivor["id"])
    assert event["numberOfPropertiesMoved"] >= 1


def test_a_primary_association_is_announced_twice_on_each_side(api, webhooks, contact) -> None:
    person = contact(lastname="Okafor")
    company = api.post("/crm/v3/objects/companies", json={"properties": {"name": "Harbour"}}).json()
    webhooks()
    path = f"/crm/v4/objects/contacts/{person['id']}/associations/default/companies/{company['id']}"
    api.put(path).raise_for_status()
    events = [event for event in webhooks() if event["subscriptionType"].endswith("associationChange")]
    told = sorted((event["associationType"], event["isPrimaryAssociation"]) for event in events)
    assert told == [
        ("COMPANY_TO_CONTACT", False),
        ("COMPANY_TO_CONTACT", True),
        ("CONTACT_TO_COMPANY", False),
        ("CONTACT_TO_COMPANY", True),
    ]
    assert all("objectId" not in event and event["associationRemoved"] is False for event in events)


def test_a_privacy_deletion_is_told_as_both(api, webhooks, contact) -> None:
    created = contact(lastname="Okafor")
    webhooks()
    api.post(f"{CONTACTS}/gdpr-delete", json={"objectId": created["id"]}).raise_for_status()
    assert _kinds(webhooks()) == ["contact.deletion", "contact.privacyDeletion"]


def test_nothing_is_sent_before_the_app_is_in_the_account(anyone, app, inbox) -> None:
    anyone.post("/_sandbox/webhooks", json={"urls": ["https://hooks.example.com"]})
    body = {"notify": True, "contacts": [{"properties": {"lastname": "Okafor"}}]}
    assert anyone.post("/_sandbox/seed", json=body).json()["events"] == 0
    app.crm.deliveries.flush()
    assert inbox.calls == []


def test_nothing_is_sent_after_the_app_was_removed(api, webhooks, seed) -> None:
    api.delete("/appinstalls/v3/external-install").raise_for_status()
    seed(notify=True, contacts=[{"properties": {"lastname": "Okafor"}}])
    assert webhooks() == []


@pytest.mark.usefixtures("webhooks")
def test_a_batch_of_events_is_at_most_a_hundred(app, seed, inbox) -> None:
    seed(notify=True, contacts=[{"properties": {"lastname": f"n{n}", "city": "Oslo"}} for n in range(60)])
    app.crm.deliveries.flush()
    sizes = [len(json.loads(call.body)) for call in inbox.calls]
    assert sizes == [100, 80]


@pytest.mark.usefixtures("webhooks")
def test_signature_times_do_not_follow_the_sandbox_clock(app, inbox, seed, advance) -> None:
    advance(86_400)
    seed(notify=True, contacts=[{"properties": {"lastname": "Okafor"}}])
    app.crm.deliveries.flush()
    (call,) = inbox.calls
    assert call.headers["X-HubSpot-Request-Timestamp"] == "1777636800000"
    assert json.loads(call.body)[0]["occurredAt"] == 1777636800000 + 86_400_000


@pytest.fixture
def developer(app):
    return {"Authorization": f"Bearer {app.credentials['developer_key']}"}


@pytest.mark.parametrize("base", ["/webhooks/v3", "/webhooks/2026-03", "/app-webhooks/2026-09"])
def test_a_new_subscription_is_paused_until_it_is_switched_on(anyone, developer, contact, app, base) -> None:
    path = f"{base}/{APP_ID}"
    settings = {"targetUrl": "https://hooks.example.com", "throttling": {"maxConcurrentRequests": 5}}
    anyone.put(f"{path}/settings", json=settings, headers=developer).raise_for_status()
    body = {"eventType": "contact.propertyChange", "propertyName": "city"}
    made = anyone.post(f"{path}/subscriptions", json=body, headers=developer).raise_for_status().json()
    assert made["active"] is False
    contact(lastname="Okafor", city="Oslo")
    assert app.crm.deliveries.flush() == 0
    anyone.patch(f"{path}/subscriptions/{made['id']}", json={"active": True}, headers=developer)
    contact(lastname="Berg", city="Rome")
    assert app.crm.deliveries.flush() == 1


@pytest.mark.parametrize(
    "body",
    [
        {"eventType": "contact.sneezed"},
        {"eventType": "contact.propertyChange"},
        {"eventType": "contact.creation", "propertyName": "city"},
        {"eventType": "company.propertyChange", "propertyName": "hs_lastmodifieddate"},
        {"eventType": "object.creation"},
        {"eventType": "object.creation", "objectTypeId": "0-9999"},
    ],
)
def test_subscriptions_that_make_no_sense_are_refused(anyone, developer, body) -> None:
    answer = anyone.post(f"/webhooks/v3/{APP_ID}/subscriptions", json=body, headers=developer)
    assert answer.status_code == 400


def test_subscriptions_are_the_developers_business(anyone, api, developer) -> None:
    assert api.get(f"/webhooks/v3/{APP_ID}/subscriptions").status_code == 401
    assert anyone.get("/webhooks/v3/1/subscriptions", headers=developer).status_code == 404


def test_generic_subscriptions_name_the_object_type(api, webhooks, contact, app) -> None:
    wanted = [
        {"eventType": "object.creation", "objectTypeId": "0-1"},
        {"eventType": "object.propertyChange", "objectTypeId": "0-1", "propertyName": "lastname"},
    ]
    api.post("/_sandbox/subscriptions", json={"add": wanted}).raise_for_status()
    contact(lastname="Okafor")
    generic = {
        event["subscriptionType"]: event for event in webhooks() if event["subscriptionType"].startswith("object.")
    }
    assert {event["objectTypeId"] for event in generic.values()} == {"0-1"}
    assert generic["object.propertyChange"]["isSensitive"] is False


@pytest.mark.needs_shared
def test_signatures_agree_with_the_vendors_vectors(shared) -> None:
    path = shared / "data" / "vendors" / "hubspot" / "signatures" / "signature-vectors.json"
    vectors = [
        item
        for item in json.loads(path.read_text())["vendor_vectors"]
        if item["version"] in {"v1", "v3"} and item["method"] in {"POST", None}
    ]
    names = {"v1": "X-HubSpot-Signature", "v3": "X-HubSpot-Signature-v3"}
    for item in vectors:
        made = signature_headers(
            url=item["uri"] or "",
            body=item["body"].encode(),
            secret=item["secret"],
            timestamp_ms=int(item["timestamp"] or 0),
        )
        assert made[names[item["version"]]] == item["expected"], item["id"]
    assert {item["version"] for item in vectors} == {"v1", "v3"}
