"""What there is of Freshsales on paper: an unofficial OpenAPI file, key sets of an SDK, official samples of events.

None of it is a contract: the OpenAPI file was made by hand and types nothing. It judges which paths, methods and
statuses are spoken; the key sets judge the names in the simulated CRM's answers; the samples judge the webhook door.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from crmbridge.connectors.freshsales.webhooks import DOOR
from crmbridge.domain.records import Entity
from crmbridge.domain.webhook import WebhookCall
from crmbridge.ports import WriteOp
from tests.contract._world import BASE_URL, Desk, new_world
from tests.contract.test_connectors_activities import SAMPLE
from tests.contract.test_connectors_listing import pages

DATA = Path(__file__).resolve().parents[2].parent / "shared/data/vendors/freshsales"
pytestmark = pytest.mark.needs_shared

UNLISTED = {
    "GET /{module}/filters": "the list of views, without which no view can be named; every client calls it",
    "POST /filtered_search/{module}": "the search that clients in production and official connectors use",
    "GET /settings/{module}/fields": "fields, as several clients read them",
    "GET /selector/{list}": "lists, as several clients read them",
    "GET /{module}/{id}/notes": "linked by the vendor itself in `links.notes`",
    "GET /sales_activities": "listed by two clients",
    "GET /sales_activities/{id}": "read by two clients",
    "PUT /sales_activities/{id}": "changed by two clients",
    "DELETE /sales_activities/{id}": "deleted by two clients",
}
"""What the file does not list, and why it is spoken all the same."""

ALSO = {
    "/{module}/upsert and /bulk_upsert": "listed for contacts only; clients use them for accounts and deals too",
    "POST /contacts/bulk_upsert": "listed with 202; both clients that show an answer got 200",
    "refusals": "no operation lists any: only successes are judged",
    "bodies": "every one is an object of anything",
}
"""What else is wrong with the file, and what is made of it here."""

NAMED_OTHERWISE = {
    "contact": {"external_id", "phone_numbers", "campaign_id", "lifecycle_stage_id", "department", "territory_id"},
    "account": {"external_id", "territory_id", "business_type_id", "facebook", "twitter", "linkedin"},
    "deal": {"currency_id", "deal_type_id", "lead_source_id", "contact_ids", "territory_id", "campaign_id"},
}
"""Keys that the SDK's key sets lack and clients or the vendor's event samples have."""


@cache
def specification() -> dict[str, Any]:
    text = (DATA / "openapi-unofficial/freshsales-openapi.unofficial.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def listed(method: str, path: str) -> Mapping[str, Any] | None:
    """Return the operation that serves a path; a plain path is preferred to one with parameters."""
    found: list[tuple[int, Mapping[str, Any]]] = []
    for template, operations in specification()["paths"].items():
        pattern = re.sub(r"\\{[^}]*\\}", r"\\d+", re.escape(template))
        if re.fullmatch(pattern, path) and method.lower() in operations:
            found.append((template.count("{"), operations[method.lower()]))
    return min(found, key=lambda each: each[0])[1] if found else None


def template_of(method: str, path: str) -> str:
    """Return a path as ``UNLISTED`` spells it."""
    shaped = re.sub(r"/\d+", "/{id}", path)
    shaped = re.sub(r"^/(contacts|sales_accounts|deals)(?=/)", "/{module}", shaped)
    shaped = re.sub(r"^/filtered_search/\w+", "/filtered_search/{module}", shaped)
    shaped = re.sub(r"^/settings/\w+/", "/settings/{module}/", shaped)
    return f"{method} {re.sub(r'^/selector/.+', '/selector/{list}', shaped)}"


class Recorder(httpx.BaseTransport):
    """Passes calls on and keeps those of the vendor's API."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.calls: list[tuple[httpx.Request, httpx.Response]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.inner.handle_request(request)
        response.read()
        if not request.url.path.startswith("/_sandbox"):
            self.calls.append((request, response))
        return response


@pytest.fixture(scope="module")
def calls() -> list[tuple[httpx.Request, httpx.Response]]:
    """Everything a connector says in a life that touches all it can do."""
    world = new_world("freshsales")
    recorder = Recorder(httpx.WSGITransport(app=world.app))
    world.http = httpx.Client(transport=recorder)
    for method, path, body in world.suite["setup"]:
        world.control(method, path, body)
    desk = Desk(world, world.client())
    since = datetime(2026, 1, 1, tzinfo=UTC)
    for entity in world.declared.supports.entities:
        desk.client.provision(entity)
        desk.client.describe(entity)
    company = desk.one("company")
    people = desk.create("contact", *(desk.sample("contact", n) for n in range(1, 11)), refs={"company": (company,)})
    contact = people[0].external_id
    deal = desk.create("deal", desk.sample("deal"), refs={"company": (company,), "contacts": (contact,)})[0]
    kinds = [{**SAMPLE, "kind": kind} for kind in world.declared.supports.activity_places]
    refs = {"contacts": (contact,)}
    made = desk.create("activity", *(desk.client.project("activity", each) for each in kinds), refs=refs)
    desk.client.write("contact", [WriteOp("upsert", "con_x", fields=desk.sample("contact", 77))])
    for entity in world.declared.supports.entities:
        pages(lambda cursor, e=entity: desk.client.list_all(e, cursor=cursor))
        pages(lambda cursor, e=entity: desk.client.list_changed(e, since=since, cursor=cursor))
        pages(lambda cursor, e=entity: desk.client.list_gone(e, since=since, cursor=cursor))
    desk.client.find("contact", "email", ["ana.prado@example.com"])
    for each in made:
        desk.client.write("activity", [WriteOp("update", "x", each.external_id, fields={"description": "Other"})])
        desk.client.read("activity", [each.external_id])
        desk.client.write("activity", [WriteOp("delete", "x", each.external_id)])
    edits: list[tuple[Entity, str, str]] = [("deal", deal.external_id, "title"), ("contact", contact, "city")]
    for entity, external_id, name in edits:
        desk.client.write(entity, [WriteOp("update", "x", external_id, fields={name: "Other"})])
        desk.client.read(entity, [external_id])
        desk.client.write(entity, [WriteOp("delete", "x", external_id)])
    world.app.stop()
    return recorder.calls


def test_every_call_is_one_the_file_lists_or_one_with_a_reason(calls: list[tuple[httpx.Request, httpx.Response]]):
    used: set[str] = set()
    for request, _ in calls:
        path = request.url.path.removeprefix("/api")
        module_free = re.sub(r"^/(sales_accounts|deals)(?=/(bulk_)?upsert)", "/contacts", path)
        if listed(request.method, module_free) is None:
            used.add(template_of(request.method, path))
    assert used - UNLISTED.keys() == set()
    assert UNLISTED.keys() - used == set(), "take back what is not spoken any more"


def test_every_success_is_of_a_status_the_file_lists(calls: list[tuple[httpx.Request, httpx.Response]]):
    wrong: set[str] = set()
    for request, response in calls:
        path = request.url.path.removeprefix("/api")
        operation = listed(request.method, path)
        is_known = path == "/contacts/bulk_upsert" or (path == "/contacts/upsert" and response.status_code == 201)
        if operation is None or response.status_code >= 400 or is_known:
            continue
        if str(response.status_code) not in operation["responses"]:
            wrong.add(f"{request.method} {path}: {response.status_code}")
    assert wrong == set()


def test_every_body_is_an_object_and_carries_the_vendors_header(calls: list[tuple[httpx.Request, httpx.Response]]):
    for request, response in calls:
        assert request.headers["authorization"].startswith("Token token=")
        if request.content:
            assert request.headers["content-type"] == "application/json"
            assert isinstance(json.loads(request.content), dict)
        if response.content and response.status_code < 400:
            assert isinstance(response.json(), dict)


@pytest.mark.parametrize(
    ("name", "singular", "event"),
    [
        ("contact", "contact", "onContactUpdate"),
        ("account", "sales_account", "onSalesAccountUpdate"),
        ("deal", "deal", "onDealUpdate"),
    ],
)
def test_the_simulated_records_have_no_key_that_real_ones_lack(
    calls: list[tuple[httpx.Request, httpx.Response]], name: str, singular: str, event: str
):
    real = set(json.loads((DATA / f"sdk-py/{name}.json").read_text(encoding="utf-8")))
    told = json.loads((DATA / f"product-events/{event}.json").read_text(encoding="utf-8"))
    real |= set(told["data"][singular]) | NAMED_OTHERWISE[name]
    seen = {
        key
        for _, response in calls
        if response.status_code < 400 and response.content
        for key in response.json().get(singular, {})
    }
    assert seen
    assert seen - real == set()


KINDS = {"Create": "changed", "Update": "changed", "Delete": "gone"}
ENTITIES = {
    "Contact": "contact",
    "SalesAccount": "company",
    "Deal": "deal",
    "Task": "activity",
    "Appointment": "activity",
}
SAMPLES = [f"on{thing}{verb}" for thing in (*ENTITIES, "Lead", "CustomModule") for verb in KINDS]


@pytest.mark.parametrize("name", SAMPLES)
def test_the_vendors_own_samples_of_events_are_read(name: str):
    path = DATA / f"product-events/{name}.json"
    if not path.is_file():
        pytest.skip(f"the vendor has no sample of {name}")
    headers = {"content-type": "application/json"}
    (event,) = DOOR.parse(WebhookCall("POST", f"{BASE_URL}/webhooks/freshsales/s", headers, path.read_bytes()))
    thing, verb = re.fullmatch(r"on(\w+?)(Create|Update|Delete)", name).groups()  # type: ignore[union-attr] - it matches
    assert (event.name, event.account_id) == (name, "sample.freshsales.io")
    if thing not in ENTITIES:
        assert event.kind == "unknown"
        return
    assert (event.kind, event.entity) == (KINDS[verb], ENTITIES[thing])
    assert event.external_id.rpartition(":")[2].isdigit()
    assert event.modified_ms > 0
