"""Pipedrive's own OpenAPI files judge what the connector sends and what the simulated company answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import yaml

from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity
from crmbridge.ports import SubscribingClient, WriteOp
from tests.contract._openapi30 import Document
from tests.contract._world import SAMPLES, Desk, World, new_world

DATA = Path(__file__).resolve().parents[2].parent / "shared/data/vendors/pipedrive/openapi"
pytestmark = [
    pytest.mark.needs_shared,
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason="the vendor's files are not beside this repository"),
]

DEFECTS: dict[str, str] = {
    r"response .*: type null": "nothing is nullable in most schemas; recorded answers hold null all the same",
    r"PATCH .* request (?!title|name).*: type null": "null clears, as the guides say; the request schemas know no null",
    r"GET /leads.* request \?sort: enum": "the enumeration names fields only, the description wants ASC or DESC too",
    r"GET /recents response data/\*/": "alternatives by item of which some are wrong: recorded persons hold numbers",
    r"/leads.* request .*: additionalProperties [0-9a-f]{40}": "leads take the deals' custom fields at the root",
    r"POST /leads response status 200": "declared 201; recorded answers are 200",
    r"POST /notes response status 201": "declared 200; recorded answers are 201",
    r"response status 410": "not declared; recorded for a second DELETE",
    r"response status 404": "declared for leads and webhooks only",
    r"response status 400": "declared for webhooks only",
}
"""What is wrong with the files, by a pattern of the fault that shows it; each is shown at least once."""


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    read = {name: yaml.load((DATA / f"pipedrive-{name}.yaml").read_bytes(), Loader=loader) for name in ("v1", "v2")}
    return [Document(read["v2"], "/api/v2"), Document(read["v1"], "/api/v1")]


class Recorder(httpx.BaseTransport):
    """Passes calls on and keeps those of the vendor's API."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.calls: list[tuple[httpx.Request, httpx.Response]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.inner.handle_request(request)
        response.read()
        if request.url.path.startswith("/api/"):
            self.calls.append((request, response))
        return response


@pytest.fixture(scope="module")
def calls() -> list[tuple[httpx.Request, httpx.Response]]:
    """Everything a connector says in a life that touches all it can do."""
    world = new_world("pipedrive")
    recorder = Recorder(httpx.WSGITransport(app=world.app))
    world.http = httpx.Client(transport=recorder)
    for method, path, body in world.suite["setup"]:
        world.control(method, path, body)
    _live(world)
    world.http.close()
    world.app.stop()
    return recorder.calls


def _live(world: World) -> None:
    fields = tuple(
        CustomField("contact", f"x_{kind}", f"Bridge {kind}", kind, options=("A", "B") if "choice" in kind else ())
        for kind in ("text", "long_text", "number", "boolean", "date", "datetime", "choice", "choices", "url")
    )
    client: Any = world.client(custom_fields=fields)
    for entity in world.declared.supports.entities:
        client.provision(entity, fields)
        client.describe(entity)
        client.stages(entity)
    client.account()
    owner = next(each.email for each in client.owners() if each.is_active)
    desk = Desk(world, client)
    company = desk.one("company", tags=("VIP",), owner=owner)
    rows = [desk.sample("contact", n, tags=("VIP",)) | {"x_choices": ("A", "B")} for n in range(1, 4)]
    people = [each.external_id for each in desk.create("contact", *rows, refs={"company": (company,)})]
    refs = {"company": (company,), "contacts": tuple(people[:2])}
    deal = desk.create("deal", desk.sample("deal"), refs=refs)[0].external_id
    linked = {**refs, "deal": (deal,)}
    note = {"kind": "note", "description": "One\ntwo"}
    activities = desk.create("activity", desk.sample("activity"), note, refs=linked)
    made: dict[Entity, list[str]] = {
        "company": [company],
        "contact": people,
        "lead": [desk.one("lead", tags=("Warm",))],
        "deal": [deal],
        "activity": [each.external_id for each in activities],
    }
    for entity, external_ids in made.items():
        for external_id in external_ids:
            emptied = dict.fromkeys(name for name in SAMPLES[entity] if world.holds(entity, name) and name != "stage")
            for change in (emptied, desk.sample(entity), {"tags": ("Other",)}, {"tags": ()}):
                client.write(entity, [WriteOp("update", "x", external_id, fields=change)])
    client.write("deal", [WriteOp("update", "x", deal, refs={"contacts": (people[2],), "company": ()})])
    _read(world, desk)
    _watched(cast("SubscribingClient", client))
    for entity, external_ids in reversed(made.items()):
        for _ in range(2):
            client.write(entity, [WriteOp("delete", entity, each) for each in external_ids])
        name = world.suite["changed_field"][entity]
        client.write(entity, [WriteOp("update", "x", external_ids[0], fields={name: "Changed"})])
        client.read(entity, external_ids)
        client.list_gone(entity, since=datetime.now(UTC) - timedelta(hours=1), cursor=None)
    client.write("contact", [WriteOp("create", desk.op_id("contact"), refs={"company": ("990001",)})])


def _read(world: World, desk: Desk) -> None:
    world.settle()
    since = datetime(2026, 1, 1, tzinfo=UTC)
    for entity in world.declared.supports.entities:
        desk.client.find(entity, "correlation_id", [f"{entity[:3]}_{'0' * 26}"])
        desk.client.find(entity, "email", ["ana.prado@example.com", "nobody@example.com"])
        desk.client.find(entity, "phone", ["+5511987654321"])
        desk.client.find(entity, "domain", ["example.com"])
        for listing in (
            desk.client.list_all,
            lambda e, cursor: desk.client.list_changed(e, since=since, cursor=cursor),
        ):
            cursor: str | None = None
            while True:
                cursor = listing(entity, cursor=cursor).next_cursor
                if cursor is None:
                    break


def _watched(client: SubscribingClient) -> None:
    url = "https://hooks.example.com/webhooks/pipedrive/secret"
    client.subscribe(url, now=datetime.now(UTC))
    client.unsubscribe(url)


def faults(documents: list[Document], call: tuple[httpx.Request, httpx.Response]) -> Iterator[str]:
    """Tell what one call and its answer break of the files."""
    request, response = call
    for document in documents:
        served = document.operation(request.method, request.url.path)
        if served is None:
            continue
        template, operation = served
        where = f"{request.method} {template}"
        known = {document.resolved(each)["name"]: document.resolved(each) for each in operation.get("parameters", [])}
        for name, value in request.url.params.items():
            if name not in known:
                yield f"{where} request ?{name}: unknown"
            elif "enum" in known[name].get("schema", {}) and not set(value.split(",")) <= set(
                known[name]["schema"]["enum"]
            ):
                yield f"{where} request ?{name}: enum {value}"
        if request.content:
            content = document.resolved(operation.get("requestBody", {}))["content"]
            schema = content["application/json"]["schema"]
            for fault in document.faults(schema, json.loads(request.content), is_closed=True):
                yield f"{where} request {fault}"
        yield from _answered(document, operation, where, response)
        return
    yield f"{request.method} {request.url.path}: in neither file"


def _answered(document: Document, operation: dict[str, Any], where: str, response: httpx.Response) -> Iterator[str]:
    declared = operation["responses"].get(str(response.status_code))
    if declared is None:
        yield f"{where} response status {response.status_code}"
        declared = next((each for status, each in operation["responses"].items() if status[0] == "2"), {})
        if response.status_code >= 300:
            return
    content = document.resolved(declared).get("content", {}).get("application/json", {})
    for fault in document.faults(content.get("schema", {}), response.json(), is_closed=False):
        yield f"{where} response {fault}"


def test_every_call_and_every_answer_keeps_to_the_files(documents: list[Document], calls: Any):
    told = {fault for call in calls for fault in faults(documents, call)}
    unknown = sorted(each for each in told if not any(re.search(pattern, each) for pattern in DEFECTS))
    assert unknown == []


def test_every_defect_of_the_files_shows_itself(documents: list[Document], calls: Any):
    told = {fault for call in calls for fault in faults(documents, call)}
    assert [pattern for pattern in DEFECTS if not any(re.search(pattern, each) for each in told)] == []


def test_the_life_touches_everything_the_connector_uses(documents: list[Document], calls: Any):
    served = {(request.method, request.url.path.split("/")[2]) for request, _ in calls}
    assert {("PATCH", "v2"), ("POST", "v2"), ("GET", "v2"), ("DELETE", "v2"), ("PUT", "v1"), ("POST", "v1")} <= served
    paths = {re.sub(r"/[0-9a-f-]{36}|/\d+|/[0-9a-f]{40}", "/*", request.url.path) for request, _ in calls}
    wanted = ("recents", "webhooks", "leadLabels", "deals/*/participants", "notes/*", "leads/archived", "users/me")
    assert {f"/api/v1/{each}" for each in wanted} <= paths
    searched = ("persons/search", "personFields", "organizationFields/label_ids/options", "deals/archived")
    assert {f"/api/v2/{each}" for each in searched} <= paths
