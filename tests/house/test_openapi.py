"""The API's description is up to date, whole and valid; what it describes is deployed, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from crmbridge.runtime import openapi
from crmbridge.runtime.routes import connecting, crm_api
from tests.house import template
from tests.house.tree import ROOT

DOCUMENT = openapi.document()
OPERATIONS = {
    (method.upper(), path): operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
each_operation = pytest.mark.parametrize("route", sorted(OPERATIONS), ids=" ".join)


def _deployed(*functions: str) -> set[tuple[str, str]]:
    return {
        (event["Properties"]["Method"].upper(), event["Properties"]["Path"])
        for name, properties in template.functions().items()
        if not functions or name in functions
        for event in properties.get("Events", {}).values()
        if event["Type"] == "HttpApi"
    }


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)


def _shapes(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        if "schema" in value:
            yield value["schema"]
        for each in value.values():
            yield from _shapes(each)
    elif isinstance(value, list):
        for each in value:
            yield from _shapes(each)


def test_the_written_description_is_what_the_code_declares():
    written = (ROOT / "docs/openapi.json").read_text(encoding="utf-8")
    assert written == openapi.to_text(), "docs/openapi.json is stale: run `make openapi`"


def test_every_deployed_route_is_described_and_every_described_one_deployed():
    assert _deployed() == set(OPERATIONS)


@pytest.mark.parametrize(
    ("function", "routes"), [("CrmApiFunction", crm_api.ROUTES), ("ConnectCrmFunction", connecting.ROUTES)]
)
def test_a_function_serves_the_routes_that_lead_to_it(function, routes):
    assert {(each.method, each.path) for each in routes} == _deployed(function)


def test_open_routes_are_open_in_the_description_too():
    opened = {
        (event["Properties"]["Method"].upper(), event["Properties"]["Path"])
        for properties in template.functions().values()
        for event in properties.get("Events", {}).values()
        if event["Type"] == "HttpApi" and event["Properties"].get("Auth", {}).get("Authorizer") == "NONE"
    }
    assert {route for route, operation in OPERATIONS.items() if operation.get("security") == []} == opened


def test_references_resolve_and_every_component_is_used():
    wanted = {each.removeprefix("#/components/schemas/") for each in _references(DOCUMENT)}
    assert wanted == set(DOCUMENT["components"]["schemas"])


def test_every_schema_is_one():
    for shape in (*DOCUMENT["components"]["schemas"].values(), *_shapes(DOCUMENT["paths"])):
        Draft202012Validator.check_schema(shape)


def test_operations_have_names_of_their_own():
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)


@each_operation
def test_an_operation_says_what_it_does_and_for_whom(route):
    operation = OPERATIONS[route]
    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"]
    assert any(status.startswith("2") for status in operation["responses"])


@each_operation
def test_a_post_of_a_known_caller_takes_an_idempotency_key(route):
    taken = {each["name"] for each in OPERATIONS[route].get("parameters", ())}
    wanted = route[0] == "POST" and OPERATIONS[route].get("security") != []
    assert ("Idempotency-Key" in taken) == wanted


@each_operation
def test_the_parameters_of_the_path_are_described(route):
    named = {each["name"] for each in OPERATIONS[route].get("parameters", ()) if each["in"] == "path"}
    assert named == {part[1:-1] for part in route[1].split("/") if part.startswith("{")}


@each_operation
def test_a_refusal_is_a_problem_document(route):
    operation = OPERATIONS[route]
    if operation.get("security") == []:
        return
    for status, response in operation["responses"].items():
        if status[0] in "45" and status != "401":
            assert list(response["content"]) == ["application/problem+json"], status


def test_the_description_is_stable():
    assert json.loads(openapi.to_text()) == DOCUMENT
