"""Salesflare's own Swagger file judges what the connector sends and what the simulated CRM answers."""

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

from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity
from crmbridge.ports import WriteOp
from sandbox.salesflare.routes import ROUTES
from tests.contract._hapi_schema import faults
from tests.contract._world import BASE_URL, SAMPLES, Desk, World, new_world
from tests.contract.test_connectors_activities import SAMPLE

DATA = Path(__file__).resolve().parents[2].parent / "shared/data/vendors/salesflare"
pytestmark = pytest.mark.needs_shared

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
DEFECTS = {
    "answers typed as text": "47 of 71 answers are typed `string`: they are held against recorded rows instead",
    "nothing is nullable": "answers recorded live are full of null; null passes everywhere",
    "no 4xx": "no refusal is described: only answers of 200 are judged",
    "success of DELETE /tags/{id}": "typed as a text whose only value is the truth value true",
    "q": "typed as a text with alternatives: its rules are judged by the keys of the slim form",
    "description of reminder_date": "typed `date`, described and defaulted as a moment",
    "DELETE and PUT /tasks/{id}": "their path parameter is not declared",
    "PUT /accounts, /opportunities": "declare no owner and no currency: believed",
}
"""What is wrong with the file, and what is made of it here."""

USED = {
    "GET /me", "GET /users", "GET /pipelines", "GET /tags", "GET /customfields/types",
    "GET /customfields/{itemClass}", "POST /customfields/{itemClass}", "GET /filterfields/{entity}",
    "GET /accounts", "POST /accounts", "PUT /accounts/{account_id}", "DELETE /accounts/{account_id}",
    "GET /contacts", "POST /contacts", "PUT /contacts/{contact_id}", "DELETE /contacts/{contact_id}",
    "GET /opportunities", "POST /opportunities", "PUT /opportunities/{id}", "DELETE /opportunities/{id}",
    "GET /tasks", "POST /tasks", "PUT /tasks/{id}", "DELETE /tasks/{id}", "POST /meetings", "POST /calls",
    "GET /meetings/{meeting_id}", "PUT /meetings/{meeting_id}", "PUT /calls/{meeting_id}",
    "DELETE /meetings/{meeting_id}", "POST /messages", "PUT /messages/{message_id}",
    "DELETE /messages/{message_id}", "GET /accounts/{account_id}/messages", "GET /accounts/{account_id}/feed",
}  # fmt: skip
"""Every operation that the connector knows."""

OBSERVED_EXTRA: dict[str, set[str]] = {
    "accounts": {"custom"},
    "contacts": {
        "custom", "birth_date", "mobile_phone_number", "home_phone_number", "fax_number", "connection_strength",
        "last_meeting_date",
    },
    "opportunities": {"custom", "calculated_value", "lost_reason", "frequency"},
    "tasks": set(),
    "users": {"firstname", "lastname"},
    "tags": set(),
}  # fmt: skip
"""Keys of list rows that one recording lacks and another (or the typed GET /me/contacts) has."""


@cache
def specification() -> dict[str, Any]:
    return json.loads((DATA / "salesflare-openapi.json").read_text(encoding="utf-8"))


@cache
def observed() -> dict[str, Any]:
    return json.loads((DATA / "airbyte-observed-record-shapes.json").read_text(encoding="utf-8"))


def operation(method: str, path: str) -> tuple[str, dict[str, Any]] | None:
    """Return the template and operation that serve a path; a plain path is preferred to one with parameters."""
    found = []
    for template, operations in specification()["paths"].items():
        pattern = re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, path) and method.lower() in operations:
            found.append((template.count("{"), template, operations[method.lower()]))
    return min(found, key=lambda each: each[0])[1:] if found else None


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
    world = new_world("salesflare")
    recorder = Recorder(httpx.WSGITransport(app=world.app))
    world.http = httpx.Client(transport=recorder)
    _live(world)
    return recorder.calls


def _live(world: World) -> None:
    world.control("POST", "/options", {"per_minute": 0})
    fields = (
        CustomField("contact", "x_notes", "Bridge notes", "long_text"),
        CustomField("contact", "x_kind", "Bridge kind", "choice", options=("A", "B")),
    )
    client = world.client(custom_fields=fields)
    for entity in world.declared.supports.entities:
        client.provision(entity, fields)
        client.describe(entity)
        client.stages(entity)
    client.account()
    desk = Desk(world, client)
    person = world.app.credentials and client.owners()[0].email
    company = desk.one("company", tags=("VIP",))
    extra: dict[str, Any] = {"x_notes": "a\nb", "x_kind": "A", "tags": ("VIP", "New"), "owner": person}
    rows = [desk.sample("contact", n) | client.project("contact", extra) for n in (1, 2)]
    contacts = [each.external_id for each in desk.create("contact", *rows, refs={"company": (company,)})]
    desk.create("contact", desk.sample("contact", 3))
    deal = desk.one("deal", owner=person, probability=40, tags=("Hot",))
    made: dict[Entity, str] = {"company": company, "contact": contacts[0], "deal": deal}
    for entity, external_id in made.items():
        emptied = dict.fromkeys(name for name in SAMPLES[entity] if world.holds(entity, name) and name != "stage")
        for change in ({name: SAMPLES[entity][name] for name in emptied}, emptied, {"tags": ("Other",)}):
            client.write(entity, [WriteOp("update", "x", external_id, fields=change)])
    client.write("deal", [WriteOp("update", "x", deal, fields={"stage": "won"})])
    client.write("contact", [WriteOp("update", "x", contacts[0], refs={"company": ()})])
    _diary(world, desk, company, contacts[1])
    _read(world, desk)
    for entity, external_id in made.items():
        client.write(entity, [WriteOp("delete", "x", external_id)])


def _read(world: World, desk: Desk) -> None:
    client = desk.client
    for key, values in {"email": ["ana@example.com"], "phone": ["+5511987654321"]}.items():
        client.find("contact", key, values)  # type: ignore[arg-type] - two of its keys
    client.find("company", "domain", ["example.com", "example.org"])
    for entity in world.declared.supports.entities:
        client.find(entity, "correlation_id", [f"{entity[:3]}_{'0' * 26}"])
        client.list_all(entity, cursor=None)
        page = client.list_changed(entity, since=LONG_AGO, cursor=None)
        while page.next_cursor:
            page = client.list_changed(entity, since=LONG_AGO, cursor=page.next_cursor)
        client.list_gone(entity, since=LONG_AGO, cursor=None)
    world.client().project("contact", {"tags": ("VIP",)})


def _diary(world: World, desk: Desk, company: str, contact: str) -> None:
    for kind in world.declared.supports.activity_places:
        fields = desk.client.project("activity", {"kind": kind, **SAMPLE, "status": "completed"})
        refs = {"company": (company,), "contacts": (contact,)}
        external_id = desk.create("activity", fields, refs=refs)[0].external_id
        desk.client.write("activity", [WriteOp("update", "x", external_id, fields={"description": "Changed"})])
        desk.client.read("activity", [external_id])
        desk.client.write("activity", [WriteOp("delete", "x", external_id)])


def test_every_path_the_sandbox_serves_is_in_the_file():
    served = {(method, re.sub(r"<[^>]*>", "1", path)) for method, path in ROUTES}
    assert [each for each in sorted(served) if operation(*each) is None] == []


def test_every_request_keeps_to_the_file(calls: list[tuple[httpx.Request, httpx.Response]]):
    wrong = Counter(fault for request, _ in calls for fault in _request_faults(request))
    assert dict(wrong) == {}


def _request_faults(request: httpx.Request) -> Iterator[str]:
    found = operation(request.method, request.url.path)
    if found is None:
        yield f"{request.method} {request.url.path}: no such operation"
        return
    template, told = found
    where = f"{request.method} {template}"
    parameters = {each["name"]: each for each in told.get("parameters", []) if each["in"] == "query"}
    for name, text in parse_qsl(request.url.query.decode(), keep_blank_values=True):
        if name not in parameters:
            yield f"{where}: {name} is no parameter"
        else:
            yield from _parameter_faults(where, parameters[name], text)
    body = next((each["schema"] for each in told.get("parameters", []) if each["in"] == "body"), None)
    if request.content:
        if body is None:
            yield f"{where}: takes no body"
        else:
            yield from faults(body, json.loads(request.content), where)


def _parameter_faults(where: str, parameter: dict[str, Any], text: str) -> Iterator[str]:
    schema = parameter["items"] if parameter["type"] == "array" else parameter
    name = parameter["name"]
    if name == "q":
        query = json.loads(text)
        slim = {"id", "operator", "value", "raw_value"}
        if query.keys() != {"condition", "rules"} or any(rule.keys() != slim for rule in query["rules"]):
            yield f"{where}: {name} has other keys than the slim form"
    elif schema["type"] == "number":
        if not text.isdigit() or int(text) < schema.get("minimum", 0):
            yield f"{where}: {name}={text} is no number of at least {schema.get('minimum', 0)}"
    elif schema["type"] == "boolean":
        if text not in ("true", "false"):
            yield f"{where}: {name}={text} is no truth value"
    else:
        yield from faults(schema, text, f"{where}: {name}")


def test_every_answer_with_a_type_keeps_to_it(calls: list[tuple[httpx.Request, httpx.Response]]):
    wrong: Counter[str] = Counter()
    judged = 0
    for request, response in calls:
        found = operation(request.method, request.url.path)
        assert found is not None
        assert response.status_code in (200, 404), response.text
        schema = found[1]["responses"].get("200", {}).get("schema")
        if response.status_code != 200 or schema is None or schema.get("type") == "string":
            continue
        judged += 1
        wrong.update(faults(schema, response.json(), f"{request.method} {found[0]}"))
    assert judged > 20
    assert dict(wrong) == {}


def test_every_untyped_list_has_rows_as_recorded(calls: list[tuple[httpx.Request, httpx.Response]]):
    seen: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for request, response in calls:
        table = request.url.path.strip("/")
        if request.method != "GET" or table not in OBSERVED_EXTRA:
            continue
        for row in response.json():
            seen[table] += 1
            shape = observed()[table]
            extra = row.keys() - shape.keys() - OBSERVED_EXTRA[table]
            wrong.update(f"{table}.{name}: never seen" for name in extra)
            wrong.update(
                f"{table}.{name}: not of the kind seen"
                for name in row.keys() & shape
                if not _is(shape[name], row[name])
            )
    assert seen.keys() == OBSERVED_EXTRA.keys()
    assert dict(wrong) == {}


def _is(shape: Any, value: Any) -> bool:
    if value is None:
        return True
    if isinstance(shape, list):
        return isinstance(value, list) and all(_is(shape[0], each) for each in value if shape)
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(_is(shape[name], each) for name, each in value.items() if name in shape)
    return isinstance(value, {"s": str, "n": (int, float), "b": bool}[shape])


def test_the_scenario_touches_every_operation_the_connector_knows(calls: list[tuple[httpx.Request, httpx.Response]]):
    used = {
        f"{request.method} {found[0]}" for request, _ in calls if (found := operation(request.method, request.url.path))
    }
    assert used >= USED
    assert all(str(request.url).startswith(BASE_URL) for request, _ in calls)
