"""Zoho's first-party OpenAPI files judge what the connector sends and what the simulated CRM answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl

import httpx
import pytest
from jsonschema import Draft202012Validator

from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity
from crmbridge.ports import SubscribingClient, WriteOp
from tests.contract._world import BASE_URL, SAMPLES, Desk, World, new_world
from tests.contract.test_connectors_activities import SAMPLE

DATA = Path(__file__).resolve().parents[2].parent / "shared/data/vendors/zoho/openapi-v8-oas31"
pytestmark = [
    pytest.mark.needs_shared,
    pytest.mark.skipif(not DATA.is_dir(), reason="the vendor's files are not beside this repository"),
]

FILES = (
    "org", "users", "fields", "layouts", "pipeline", "coql", "notifications", "contact-roles", "deal-contact-roles",
    "tags-actions", "notes", "record",
)  # fmt: skip
"""The more particular first: a path of one file can be a record's path of another."""

DEFECTS: dict[str, str] = {
    r"/actions/watch body .*notify_on_related_action": "the page on notifications documents both keys",
    r"/actions/watch query: undeclared (page|per_page)": "the page on notifications documents them",
    r"/settings/fields query: missing include": "required here only; the page on fields has no such parameter",
    r"(add|remove)_tags body ids: (enum|type)": "a text whose only value is one example; the pages show a list of ids",
    r"add_tags query: missing module": "the module is in the path; required twice here only",
    r"add_tags POST 200 data: maxItems 20": "the page allows 500 records in a call",
    r"fields/\*: required (history_tracking_enabled|public|range)": "no recorded or documented field has it",
    r"pick_list_values/\*: additionalProperties deal_category": "recorded stages have them, and nothing else tells won",
    r"query_details: required system_query_id": "empty in every documented answer",
    r"/\{module\} DELETE 400 data/\*/code: enum": "documents INVALID_DATA for a record that is deleted already",
    r"/\{module\} GET 200 data: maxItems 100": "a page has up to 200 records",
    r"GET 200 info/(next_page_token|previous_page_token|page_token_expiry): type": "null in every recorded last page",
    r"/\{module\}(/deleted)? GET answer: undeclared 304": "what If-Modified-Since answers when nothing is newer",
    r"/\{module\} (PUT|POST) answer: undeclared 207": "declared for DELETE; the status page knows it for all",
    r"/upsert POST 200 data/\*: additionalProperties": "every documented answer of an upsert has both keys",
}
"""What is wrong with the files, by a pattern of the fault that shows it; each is shown at least once."""


@dataclass(frozen=True)
class Operation:
    """One operation of one file."""

    document: dict[str, Any]
    template: str
    said: dict[str, Any]

    def resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        """Follow a reference into the same file."""
        while "$ref" in node:
            found: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node

    def faults(self, schema: dict[str, Any], instance: Any, where: str) -> Iterator[str]:
        """Tell what a value breaks of a schema; of alternatives, what it breaks of the nearest one."""
        rooted = {**schema, "components": self.document.get("components", {})}
        for error in Draft202012Validator(rooted).iter_errors(instance):
            nearest = error
            while nearest.context:
                nearest = min(nearest.context, key=lambda each: (len(each.path) == 0, -len(each.path), each.message))
            place = "/".join("*" if isinstance(each, int) else str(each) for each in nearest.absolute_path)
            yield f"{self.template} {where} {place}: {_told(nearest)}"


def _told(error: Any) -> str:
    if error.validator in ("required", "additionalProperties"):
        names = re.findall(r"'([^']*)'", error.message)
        return f"{error.validator} {', '.join(names)}"
    return f"{error.validator} {json.dumps(error.schema.get(error.validator))[:80]}"


@cache
def documents() -> dict[str, dict[str, Any]]:
    return {name: _readable(json.loads((DATA / f"zoho-crm-{name}-openapi.json").read_text("utf-8"))) for name in FILES}


def _readable(node: Any) -> Any:
    """Leave out patterns in a dialect that Python does not read."""
    if isinstance(node, list):
        return [_readable(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {key: _readable(each) for key, each in node.items() if key != "pattern" or "\\p" not in str(each)}


def operation(method: str, path: str) -> Operation | None:
    """Return the operation that serves a path; one with fewer parameters is preferred."""
    found: list[tuple[int, int, Operation]] = []
    for place, document in enumerate(documents().values()):
        for template, operations in document["paths"].items():
            pattern = re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, path, re.IGNORECASE) and method.lower() in operations:
                said = {"parameters": operations.get("parameters", []), **operations[method.lower()]}
                found.append((template.count("{"), place, Operation(document, template, said)))
    return min(found, key=lambda each: each[:2])[2] if found else None


class Recorder(httpx.BaseTransport):
    """Passes calls on and keeps those of the vendor's API."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.calls: list[tuple[httpx.Request, httpx.Response]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.inner.handle_request(request)
        response.read()
        if request.url.path.startswith("/crm/"):
            self.calls.append((request, response))
        return response


@pytest.fixture(scope="module")
def calls() -> list[tuple[httpx.Request, httpx.Response]]:
    """Everything a connector says in a life that touches all it can do."""
    world = new_world("zoho")
    recorder = Recorder(httpx.WSGITransport(app=world.app))
    world.http = httpx.Client(transport=recorder)
    _live(world)
    world.http.close()
    world.app.stop()
    return recorder.calls


def _live(world: World) -> None:
    fields = tuple(
        CustomField("contact", f"x_{kind}", f"Bridge {kind}", kind, options=("A", "B") if "choice" in kind else ())
        for kind in ("text", "long_text", "number", "boolean", "date", "datetime", "choice", "choices", "url")
    )
    client = world.client(custom_fields=fields)
    for entity in world.declared.supports.entities:
        cast("Any", client).provision(entity, fields)
        client.describe(entity)
        client.stages(entity)
    client.account()
    desk = Desk(world, client)
    company = desk.one("company", tags=("VIP",))
    rows = [desk.sample("contact", n, tags=("VIP", "New")) | {"x_choices": ("A", "B")} for n in range(1, 205)]
    people = [each.external_id for each in desk.create("contact", *rows, refs={"company": (company,)})]
    refs = {"company": (company,), "contacts": tuple(people[:2])}
    deal = desk.create("deal", desk.sample("deal"), refs=refs)[0].external_id
    made: dict[Entity, str] = {"company": company, "contact": people[0], "lead": desk.one("lead"), "deal": deal}
    for entity, external_id in made.items():
        emptied = dict.fromkeys(name for name in SAMPLES[entity] if world.holds(entity, name) and name != "stage")
        for change in (emptied, {"tags": ("Other",)}, {"tags": ()}):
            client.write(entity, [WriteOp("update", "x", external_id, fields=change)])
        client.write(entity, [WriteOp("upsert", desk.op_id(entity), fields=desk.sample(entity, 900))])
    op = WriteOp("update", "x", deal, refs={"contacts": (people[3],)}, refs_before={"contacts": tuple(people[:2])})
    client.write("deal", [op])
    for kind in world.declared.supports.activity_places:
        one = desk.create("activity", client.project("activity", {"kind": kind, **SAMPLE}), refs={"deal": (deal,)})[0]
        client.write("activity", [WriteOp("update", "x", one.external_id, fields={"subject": "Changed"})])
    _refused(desk, people[0])
    _read(world, desk)
    _watched(cast("SubscribingClient", client))
    for entity, external_id in made.items():
        client.write(entity, [WriteOp("delete", entity, external_id)])
        client.write(entity, [WriteOp("delete", entity, external_id)])
        client.read(entity, [external_id])
        client.list_gone(entity, since=datetime.now(UTC) - timedelta(hours=1), cursor=None)


def _refused(desk: Desk, taken: str) -> None:
    """Have rows refused: all of a call, and some of one."""
    bad = WriteOp("update", "bad", desk.world.suite["absent"]["contact"], fields={"city": "Faro"})
    good = WriteOp("update", "good", taken, fields={"city": "Faro"})
    desk.client.write("contact", [bad])
    desk.client.write("contact", [bad, good])
    lost = WriteOp("create", "lost", fields=desk.sample("contact"), refs={"company": ("4150868000000999001",)})
    desk.client.write("contact", [lost])


def _read(world: World, desk: Desk) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    for entity in world.declared.supports.entities:
        desk.client.find(entity, "correlation_id", [f"{entity[:3]}_{'0' * 26}"])
        cursor: str | None = None
        while True:
            cursor = desk.client.list_all(entity, cursor=cursor).next_cursor
            if cursor is None:
                break
        desk.client.list_changed(entity, since=since, cursor=None)
    desk.client.find("contact", "email", ["ana.prado@example.com"])
    desk.client.find("contact", "phone", ["+5511987654321"])
    desk.client.find("company", "domain", ["example.com"])


def _watched(client: SubscribingClient) -> None:
    now = datetime.now(UTC)
    url = "https://hooks.example.com/webhooks/zoho/secret"
    client.subscriptions()
    client.subscribe(url, now=now)
    client.subscribe(url, now=now + timedelta(days=6))
    client.unsubscribe(url)


def _path(request: httpx.Request) -> str:
    return request.url.path.removeprefix("/crm/v8")


def _request_faults(request: httpx.Request, served: Operation) -> Iterator[str]:
    declared = {
        each["name"]: each for each in map(served.resolved, served.said["parameters"]) if each.get("in") == "query"
    }
    given = dict(parse_qsl(request.url.query.decode()))
    yield from (f"{served.template} query: undeclared {name}" for name in given.keys() - declared.keys())
    for name, parameter in declared.items():
        if name not in given:
            if parameter.get("required"):
                yield f"{served.template} query: missing {name}"
            continue
        schema = served.resolved(parameter.get("schema", {}))
        value: Any = int(given[name]) if schema.get("type") == "integer" else given[name]
        yield from served.faults(schema, value, f"query {name}")
    content = served.resolved(served.said.get("requestBody", {})).get("content", {})
    if not request.content:
        return
    schema = content.get("application/json", {}).get("schema")
    if schema is None:
        yield f"{served.template} body: undeclared"
    else:
        yield from served.faults(schema, json.loads(request.content), "body")


def _answer_faults(response: httpx.Response, served: Operation) -> Iterator[str]:
    declared = served.said["responses"].get(str(response.status_code))
    method = response.request.method
    if declared is None:
        yield f"{served.template} {method} answer: undeclared {response.status_code}"
        return
    content = served.resolved(declared).get("content", {})
    schema = next((each["schema"] for each in content.values() if "schema" in each), None)
    if schema is not None and response.content:
        yield from served.faults(schema, response.json(), f"{method} {response.status_code}")


def _unexplained(faults: set[str]) -> set[str]:
    return {each for each in faults if not any(re.search(pattern, each) for pattern in DEFECTS)}


def test_every_call_is_one_that_zoho_describes(calls: list[tuple[httpx.Request, httpx.Response]]):
    strangers = {
        f"{request.method} {_path(request)}"
        for request, _ in calls
        if operation(request.method, _path(request)) is None
    }
    assert strangers == set()
    assert {each.url.host for each, _ in calls} == {httpx.URL(BASE_URL).host}


def test_every_request_is_what_zoho_describes(calls: list[tuple[httpx.Request, httpx.Response]]):
    faults: set[str] = set()
    for request, _ in calls:
        served = operation(request.method, _path(request))
        assert served is not None
        faults |= set(_request_faults(request, served))
    assert _unexplained(faults) == set()


def test_every_answer_is_what_zoho_describes(calls: list[tuple[httpx.Request, httpx.Response]]):
    faults: set[str] = set()
    for request, response in calls:
        served = operation(request.method, _path(request))
        assert served is not None
        faults |= set(_answer_faults(response, served))
    assert _unexplained(faults) == set()


def test_every_defect_of_the_files_is_still_there(calls: list[tuple[httpx.Request, httpx.Response]]):
    faults: set[str] = set()
    for request, response in calls:
        served = operation(request.method, _path(request))
        assert served is not None
        faults |= {*_request_faults(request, served), *_answer_faults(response, served)}
    assert {each for each in DEFECTS if not any(re.search(each, fault) for fault in faults)} == set()


def test_the_life_touches_everything_the_connector_can_say(calls: list[tuple[httpx.Request, httpx.Response]]):
    said = {f"{request.method} {re.sub(r'[0-9]{9,}', '*', _path(request))}" for request, _ in calls}
    assert {
        "POST /coql", "GET /org", "GET /users", "GET /settings/fields", "POST /settings/fields",
        "GET /settings/layouts", "GET /settings/pipeline", "GET /contacts/roles", "GET /actions/watch",
        "POST /actions/watch", "PUT /actions/watch", "DELETE /actions/watch", "POST /Contacts/actions/add_tags",
        "POST /Contacts/actions/remove_tags", "GET /Deals/*/Contact_Roles", "PUT /Deals/*/Contact_Roles",
        "DELETE /Deals/*/Contact_Roles", "GET /Contacts", "POST /Contacts", "PUT /Contacts", "DELETE /Contacts",
        "POST /Contacts/upsert", "GET /Contacts/deleted",
    } <= said  # fmt: skip
