"""Whatever is sent, no route answers with a mistake of ours: requests made from the description, right and wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.functional.description import DOCUMENT
from tests.functional.people import HubSpotPerson
from tests.functional.rehearsal import Rehearsal
from tests.functional.watching import nothing_changes

ADMIN = {"workspace": "acme", "role": "admin", "sub": "person-1"}
RIVAL = {"workspace": "rival", "role": "admin", "sub": "person-2"}
KNOWN = "known"

texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", " ", "0", "-1", "null", "ana@example.com", "+5581999990000", "2026-11-21", "x" * 3000, "\x00", "ü"]
    ),
    st.sampled_from(
        ["contact", "deal", "hubspot", "2026-11-21T10:00:00Z", "com_1", "con_1", "١٢", "1e999", "NaN", "²"]
    ),
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.floats(allow_nan=False), texts)
junk = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)


def fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values that have a shape, now and then with something else in their place."""
    if "$ref" in schema:
        return fitting(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return st.one_of(*map(fitting, schema["anyOf"]))
    kinds = schema.get("type", "any")
    made = [_of(kind, schema) for kind in (kinds if isinstance(kinds, list) else [kinds])]
    return st.one_of(*made, *made, *made, junk)


def _of(kind: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if kind == "object":
        fields = {name: fitting(each) for name, each in schema.get("properties", {}).items()}
        needed = {name: fields.pop(name) for name in schema.get("required", ())}
        return st.fixed_dictionaries(needed, optional=fields)
    if kind == "array":
        return st.lists(fitting(schema.get("items", {})), max_size=3)
    if kind == "integer":
        return st.integers(schema.get("minimum", -5), schema.get("maximum", 100))
    return {"boolean": st.booleans(), "null": st.none(), "string": texts}.get(kind, junk)


OPERATIONS = [
    (method.upper(), path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
    if operation.get("security") != [] and not (method == "delete" and path.endswith("{integration_id}"))
]


@pytest.fixture(scope="module")
def deployment() -> Generator[tuple[Rehearsal, dict[str, str]]]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        rehearsal = Rehearsal(monkeypatch)
        HubSpotPerson(rehearsal).fill(contacts=[{"email": "ana@example.com", "lastname": "Prado"}])
        hub = rehearsal.connect("hubspot")
        rehearsal.sync()
        (record,) = rehearsal.records.list_records("acme", "contact", cursor=None, limit=10).items
        known = {"integration_id": hub, "record_id": record.record_id, "entity": "contact", "crm": "hubspot"}
        yield rehearsal, {**known, "external_id": record.links[hub].external_id}


OF_SOMEBODY = [each for each in OPERATIONS if re.search(r"{(integration|record)_id}", each[1])]


@pytest.mark.parametrize(
    ("method", "path", "operation"), OF_SOMEBODY, ids=[f"{each[0]} {each[1]}" for each in OF_SOMEBODY]
)
@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_no_route_opens_to_another_workspace(deployment, method, path, operation, data):
    rehearsal, known = deployment
    asked = path.format(**{name: known.get(name, KNOWN) for name in re.findall(r"{(\w+)}", path)})
    body = None
    if "requestBody" in operation:
        body = json.dumps(data.draw(fitting(operation["requestBody"]["content"]["application/json"]["schema"])))
    with nothing_changes(rehearsal):
        status, answer = rehearsal.call(method, asked, body, claims=RIVAL)
    assert status in (400, 404) or answer == {"items": []}, answer
    assert "ana@example.com" not in json.dumps({**answer, "detail": ""})


@pytest.mark.parametrize(
    ("method", "path", "operation"), OPERATIONS, ids=[f"{each[0]} {each[1]}" for each in OPERATIONS]
)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_no_request_is_answered_with_a_mistake_of_ours(deployment, method, path, operation, data):
    rehearsal, known = deployment
    named = {
        name: data.draw(st.one_of(st.just(known.get(name, KNOWN)), st.just(known.get(name, KNOWN)), texts))
        for name in re.findall(r"{(\w+)}", path)
    }
    asked = path.format(**{name: quote(each, safe="") or "-" for name, each in named.items()})
    query = [
        f"{each['name']}={quote(str(data.draw(fitting(each['schema']))), safe='')}"
        for each in operation.get("parameters", ())
        if each["in"] == "query" and each["name"] != "wait" and data.draw(st.booleans())
    ]
    if any(each["name"] == "wait" for each in operation.get("parameters", ())):
        query.append("wait=0")
    body = None
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        body = json.dumps(data.draw(st.one_of(fitting(schema), fitting(schema), junk)))
    status, answer = rehearsal.call(method, f"{asked}?{'&'.join(query)}", body, claims=ADMIN)
    assert status < 500, (asked, query, body, answer)
