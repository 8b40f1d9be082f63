"""An unofficial OpenAPI file of Kommo's API judges what the connector sends and what the simulated CRM answers.

The file was made by hand from amoCRM's pages. It is good for paths, parameters and the bodies of writes; of reads it
knows no empty values. What it gets wrong is in ``DEFECTS``, and nothing else is passed over.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError

from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity
from crmbridge.ports import WriteOp
from sandbox.kommo.http.routes import TABLE
from tests.contract._world import SAMPLES, Desk, World, new_world

FILE = (
    Path(__file__).resolve().parents[2].parent / "shared/data/vendors/kommo/amocrm-openapi-3.1-hexlet-unofficial.yaml"
)
pytestmark = pytest.mark.needs_shared

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PREFIX = "/api/v4"
DEFECTS = {
    r"^(POST|PATCH) .*\.values: None is not of type 'array'": "null clears a custom field",
    r"^POST .*\.values\.\*: 'value' is a required property": "an option may be written by its id alone",
    r"^GET .*: None is not of type '(integer|string|object|array)'": "answers are full of null, no field is nullable",
    r"^GET /tasks: .*\.result: \[\] is not of type 'object'": "a task without a result has an empty list there",
    r"^GET /events: .*\.id: '[^']*' is not of type 'integer'": "ids of events are text",
    r"^GET /events: .*\.value_(before|after): \[.*\] is not of type 'object'": "values of events are lists",
}
"""By pattern of a fault, what the file gets wrong."""

UNKNOWN_KEYS = {
    "POST /tasks: is_completed": "Kommo's own page has it for new tasks too",
    "POST /{entity_type}/custom_fields: is_api_only": "answers have it, and the file only lacks it in requests",
}
"""Keys of requests that the file does not have everywhere."""


@cache
def specification() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def operation(method: str, path: str) -> tuple[str, dict[str, Any]] | None:
    """Return the template and operation that serve a path; a plain path is preferred to one with parameters."""
    found = []
    for template, operations in specification()["paths"].items():
        pattern = re.sub(r"\\{[a-z]+_type\\}", "[a-z]+", re.escape(template))
        pattern = re.sub(r"\\{[^}]*\\}", r"\\d+", pattern)
        if re.fullmatch(pattern, path) and method.lower() in operations:
            found.append((template.count("{"), template.removeprefix(PREFIX), operations[method.lower()]))
    return min(found, key=lambda each: each[0])[1:] if found else None


class Recorder(httpx.BaseTransport):
    """Passes calls on and keeps those of the vendor's API."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.calls: list[tuple[httpx.Request, httpx.Response]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.inner.handle_request(request)
        response.read()
        if request.url.path.startswith(PREFIX):
            self.calls.append((request, response))
        return response


@pytest.fixture(scope="module")
def calls() -> list[tuple[httpx.Request, httpx.Response]]:
    """Everything the connector says in a life that touches all it can do."""
    world = new_world("kommo")
    recorder = Recorder(httpx.WSGITransport(app=world.app))
    world.http = httpx.Client(transport=recorder)
    world.control("POST", "/limits", {"per_second": 0})
    _live(world)
    return recorder.calls


def _live(world: World) -> None:
    fields = (
        CustomField("contact", "x_notes", "Bridge notes", "long_text"),
        CustomField("deal", "x_kind", "Bridge kind", "choice", options=("A", "B")),
        CustomField("deal", "x_on", "Bridge day", "date"),
    )
    client: Any = world.client(custom_fields=fields)
    more = (CustomField("deal", "x_kind", "Bridge kind", "choice", options=("A", "B", "C")),)
    for entity in world.declared.supports.entities:
        client.provision(entity, fields)
        client.provision(entity, more)
        client.describe(entity)
        client.stages(entity)
    client.account()
    desk = Desk(world, client)
    person = client.owners()[0].email
    companies = [each.external_id for each in desk.create("company", *(desk.sample("company", n) for n in (1, 2)))]
    contact = desk.create("contact", desk.sample("contact", owner=person), refs={"company": (companies[0],)})[
        0
    ].external_id
    refs = {"company": (companies[0],), "contacts": (contact,)}
    extra = {"x_kind": "A", "x_on": "2027-03-31", "tags": ("VIP",)}
    deal = desk.create("deal", desk.sample("deal") | extra, refs=refs)[0].external_id
    made: dict[Entity, str] = {"company": companies[0], "contact": contact, "deal": deal}
    for entity, external_id in made.items():
        emptied = dict.fromkeys(name for name in SAMPLES[entity] if world.holds(entity, name) and name != "stage")
        for change in ({name: SAMPLES[entity][name] for name in emptied}, emptied, {"tags": ("Other",)}):
            client.write(entity, [WriteOp("update", "x", external_id, fields=change)])
    moves = {"contact": {"company": (companies[1],)}, "deal": {"contacts": ()}}
    before = {"contact": {"company": (companies[0],)}, "deal": {"contacts": (contact,)}}
    for entity in ("contact", "deal"):
        ops = [WriteOp("update", "x", made[entity], refs=moves[entity], refs_before=before[entity])]
        client.write(entity, ops)
    _diary(world, desk, deal)
    client.subscribe("https://bridge.example.com/webhooks/kommo/x", now=LONG_AGO)
    client.unsubscribe("https://bridge.example.com/webhooks/kommo/x")
    _read(world, client, made)


def _diary(world: World, desk: Desk, deal: str) -> None:
    for kind in world.declared.supports.activity_places:
        fields = desk.client.project("activity", {**SAMPLES["activity"], "kind": kind})
        external_id = desk.create("activity", fields, refs={"deal": (deal,)})[0].external_id
        desk.client.write("activity", [WriteOp("update", "x", external_id, fields={"description": "Changed"})])
        desk.client.read("activity", [external_id])


def _read(world: World, client: Any, made: dict[Entity, str]) -> None:
    client.find("contact", "email", ["ana.prado@example.com"])
    client.find("company", "domain", ["valeverde.example.com"])
    for entity in world.declared.supports.entities:
        client.find(entity, "correlation_id", ["nobody"])
        client.list_all(entity, cursor=None)
        client.list_changed(entity, since=LONG_AGO, cursor=None)
    for entity, external_id in made.items():
        world.person("delete", entity, external_id)
        client.read(entity, [external_id])
        cursor = None
        while (page := client.list_gone(entity, since=LONG_AGO, cursor=cursor)).next_cursor:
            cursor = page.next_cursor


def test_every_path_the_sandbox_serves_is_in_the_file():
    served = {(method, PREFIX + re.sub(r"<any[^>]*>", "leads", path)) for method, path in TABLE}
    served = {(method, re.sub(r"<[^>]*>", "1", path)) for method, path in served}
    assert [each for each in sorted(served) if operation(*each) is None] == []


def test_every_request_keeps_to_the_file(calls: list[tuple[httpx.Request, httpx.Response]]):
    assert len(calls) > 60
    wrong = Counter(fault for request, _ in calls for fault in _request_faults(request))
    assert {fault: count for fault, count in wrong.items() if not _is_known(fault)} == {}


def test_every_answer_keeps_to_the_file(calls: list[tuple[httpx.Request, httpx.Response]]):
    wrong = Counter(fault for request, response in calls for fault in _answer_faults(request, response))
    assert {fault: count for fault, count in wrong.items() if not _is_known(fault)} == {}


def test_every_defect_of_the_file_is_met(calls: list[tuple[httpx.Request, httpx.Response]]):
    """A defect that nothing meets any more is no reason to look away."""
    faults = [fault for request, _ in calls for fault in _request_faults(request)]
    faults += [fault for request, response in calls for fault in _answer_faults(request, response)]
    assert [pattern for pattern in DEFECTS if not any(re.search(pattern, fault) for fault in faults)] == []


def _is_known(fault: str) -> bool:
    return any(re.search(pattern, fault) for pattern in DEFECTS)


def _request_faults(request: httpx.Request) -> Iterator[str]:
    found = operation(request.method, request.url.path)
    if found is None:
        yield f"{request.method} {request.url.path}: no such operation"
        return
    template, told = found
    where = f"{request.method} {template}"
    known = {each["name"] for each in told.get("parameters", []) if each["in"] == "query"}
    free = {"with", "page", "limit", "filter", "order", "query"}
    for name, _ in parse_qsl(request.url.query.decode(), keep_blank_values=True):
        if name.partition("[")[0] not in known | free:
            yield f"{where}: {name} is no parameter"
    schema = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if request.content:
        body = json.loads(request.content)
        if schema is None:
            yield f"{where}: takes no body"
            return
        yield from _faults(schema, body, where)
        yield from _strange_keys(schema, body, where)


def _answer_faults(request: httpx.Request, response: httpx.Response) -> Iterator[str]:
    found = operation(request.method, request.url.path)
    if found is None or response.status_code == 204:
        return
    template, told = found
    schema = told["responses"]["200"].get("content", {}).get("application/json", {}).get("schema")
    where = f"{request.method} {template}"
    if schema is None or response.status_code >= 400:
        return
    first = schema["anyOf"][0] if "anyOf" in schema else schema
    yield from _faults(first, response.json(), where)


def _faults(schema: dict[str, Any], body: Any, where: str) -> Iterator[str]:
    whole = {**schema, "components": specification()["components"]}
    for error in Draft202012Validator(whole).iter_errors(body):
        for leaf in _leaves(error):
            place = ".".join("*" if isinstance(part, int) else str(part) for part in leaf.absolute_path)
            yield f"{where}: {place}: {leaf.message[:160]}"


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """Yield what is wrong in the first of several forms, which is the one that means something."""
    first = [each for each in error.context or () if each.schema_path and each.schema_path[0] == 0]
    deeper = [leaf for each in first for leaf in _leaves(each)]
    yield from deeper or [error]


def _strange_keys(schema: dict[str, Any], body: Any, where: str) -> Iterator[str]:
    """Yield keys of rows that the file does not know."""
    if schema.get("type") == "array":
        for row in body:
            yield from _strange_keys(schema["items"], row, where)
        return
    name = schema.get("$ref", "").rpartition("/")[2]
    known = specification()["components"]["schemas"].get(name, schema).get("properties", {})
    for key in body:
        if key not in known and f"{where}: {key}" not in UNKNOWN_KEYS:
            yield f"{where}: {key} is no key"
