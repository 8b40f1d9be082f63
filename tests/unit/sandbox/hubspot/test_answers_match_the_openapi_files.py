"""Answers of the simulated HubSpot have the shapes of the vendor's OpenAPI files, where those are at hand.

Two relaxations, both seen in the vendor's own answers: property values may be ``null``, and
errors inside batches need no field. Numbers may stand for texts in association ids.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

CONTACTS = "/crm/v3/objects/contacts"
pytestmark = pytest.mark.needs_shared


@functools.cache
def _document(path: Path) -> dict[str, Any]:
    return _relaxed(json.loads(path.read_text()))


def _relaxed(node: Any) -> Any:
    """Turn an OpenAPI schema into the JSON schema its author meant."""
    if isinstance(node, list):
        return [_relaxed(item) for item in node]
    if not isinstance(node, dict):
        return node
    changed = {key: _relaxed(value) for key, value in node.items() if key not in {"discriminator", "example"}}
    if changed.get("nullable") is True and isinstance(changed.get("type"), str):
        changed["type"] = [changed["type"], "null"]
    inner = changed.get("additionalProperties")
    if isinstance(inner, dict) and inner.get("type") == "string":
        changed["additionalProperties"] = {"type": ["string", "null"]}
    for name, schema in changed.get("properties", {}).items() if "properties" in changed else ():
        if isinstance(schema, dict) and re.search(r"ObjectId$", name) and schema.get("type") == "string":
            schema["type"] = ["string", "integer"]
        if isinstance(schema, dict) and name in {"label", "userId", "subCategory"}:
            schema.pop("type", None)
    return changed


def _check(shared: Path, file: str, template: str, answer: httpx.Response) -> None:
    path = shared / "data" / "vendors" / "hubspot" / "openapi" / file
    document = _document(path)
    operation = document["paths"][template][answer.request.method.lower()]
    declared = operation["responses"]
    response = declared.get(str(answer.status_code)) or declared["default"]
    assert str(answer.status_code) in declared or answer.status_code >= 400, (template, answer.status_code)
    content = response.get("content", {})
    schema = next((value["schema"] for kind, value in content.items() if kind != "text/plain"), None)
    if schema is None:
        return
    standard = document["components"]["schemas"].get("StandardError", {})
    standard.pop("required", None)
    validator = Draft202012Validator({**schema, "components": document["components"]})
    problems = [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(answer.json())]
    assert problems == [], template


def _row(email: str, number: int) -> dict[str, Any]:
    return {"properties": {"email": email}, "objectWriteTraceId": str(number)}


def test_answers_about_records_have_the_declared_shapes(api, shared) -> None:
    check = functools.partial(_check, shared, "v3/contacts.json")
    created = api.post(CONTACTS, json={"properties": {"email": "a@example.com"}})
    check(CONTACTS, created)
    one = f"{CONTACTS}/{created.json()['id']}"
    check(f"{CONTACTS}/{{contactId}}", api.get(one, params={"properties": "phone"}))
    check(f"{CONTACTS}/{{contactId}}", api.patch(one, json={"properties": {"city": "Oslo"}}))
    check(f"{CONTACTS}/{{contactId}}", api.patch(one, json={"properties": {"nonsense": "Oslo"}}))
    check(f"{CONTACTS}/{{contactId}}", api.get(f"{CONTACTS}/404"))
    check(CONTACTS, api.post(CONTACTS, json={"properties": {"email": "a@example.com"}}))
    check(CONTACTS, api.get(CONTACTS, params={"limit": 1}))
    check(f"{CONTACTS}/search", api.post(f"{CONTACTS}/search", json={}))
    check(f"{CONTACTS}/search", api.post(f"{CONTACTS}/search", json={"limit": 900}))


@pytest.mark.parametrize("base", ["/crm/v3/objects/contacts", "/crm/objects/2026-03/contacts"])
def test_answers_to_batches_have_the_declared_shapes(api, shared, base) -> None:
    file = "v3/contacts.json" if "v3" in base else "2026-03/contacts.json"
    check = functools.partial(_check, shared, file)
    rows = [_row("a@example.com", 1), _row("b@example.com", 2)]
    created = api.post(f"{base}/batch/create", json={"inputs": rows})
    check(f"{base}/batch/create", created)
    check(f"{base}/batch/create", api.post(f"{base}/batch/create", json={"inputs": [*rows, _row("c@example.com", 3)]}))
    ids = [{"id": row["id"], "properties": {}} for row in created.json()["results"]]
    body = {"inputs": [*ids, {"id": "404", "properties": {}}]}
    check(f"{base}/batch/read", api.post(f"{base}/batch/read", json=body))
    check(f"{base}/batch/update", api.post(f"{base}/batch/update", json=body))
    upserts = [{"id": "d@example.com", "idProperty": "email", "properties": {"city": "Oslo"}}]
    check(f"{base}/batch/upsert", api.post(f"{base}/batch/upsert", json={"inputs": upserts}))
    check(f"{base}/batch/archive", api.post(f"{base}/batch/archive", json={"inputs": ids}))


@pytest.mark.parametrize("base", ["/crm/v3/objects/leads", "/crm/objects/2026-03/leads"])
def test_answers_about_leads_have_the_declared_shapes(api, contact, shared, base) -> None:
    file = "v3/leads.json" if "v3" in base else "2026-03/leads.json"
    check = functools.partial(_check, shared, file)
    kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 578}
    links = [{"to": {"id": contact(lastname="Okafor")["id"]}, "types": [kind]}]
    new = {"properties": {"hs_lead_name": "Okafor asks"}, "associations": links}
    created = api.post(base, json=new)
    check(base, created)
    check(base, api.post(base, json={"properties": new["properties"]}))
    check(base, api.get(base, params={"limit": 1, "associations": "contacts"}))
    one = f"{base}/{created.json()['id']}"
    check(f"{base}/{{leadsId}}", api.patch(one, json={"properties": {"hs_pipeline_stage": "connected-stage-id"}}))
    check(f"{base}/{{leadsId}}", api.patch(one, json={"properties": {"hs_pipeline_stage": "no such"}}))
    rows = {"inputs": [{**new, "objectWriteTraceId": "1"}, {"properties": {}, "objectWriteTraceId": "2"}]}
    check(f"{base}/batch/create", api.post(f"{base}/batch/create", json=rows))
    found = api.post(f"{base}/search", json={"limit": 10})
    check(f"{base}/search", found)
    ids = {"inputs": [{"id": row["id"], "properties": {}} for row in created_rows(api, base)]}
    check(f"{base}/batch/read", api.post(f"{base}/batch/read", json=ids))
    check(f"{base}/batch/archive", api.post(f"{base}/batch/archive", json=ids))
    api.post("/_sandbox/options", json={"sales_hub": "starter"}).raise_for_status()
    check(base, api.get(base))


def created_rows(api, base) -> list[dict[str, Any]]:
    return api.get(base, params={"limit": 100}).raise_for_status().json()["results"]


def test_late_spellings_have_the_declared_shapes(api, shared) -> None:
    rows = {"inputs": [_row("a@example.com", 1), _row("bad", 2)]}
    answer = api.post("/crm/objects/2026-09/contacts/batch/create", json=rows)
    _check(shared, "2026-09/contacts.json", "/crm/objects/2026-09/{objectType}/batch/create", answer)


def test_answers_about_associations_have_the_declared_shapes(api, seed, shared) -> None:
    made = seed(companies=[{"properties": {"name": "C"}}], contacts=[{"properties": {"lastname": "P"}}])["ids"]
    (person,), (company,) = made["contacts"], made["companies"]
    check = functools.partial(_check, shared, "v3/associations-v4.json")
    objects, pair = "/crm/v4/objects", "/crm/v4/associations/{fromObjectType}/{toObjectType}"
    path = f"{objects}/contacts/{person}/associations"
    check(
        f"{objects}/{{fromObjectType}}/{{fromObjectId}}/associations/default/{{toObjectType}}/{{toObjectId}}",
        api.put(f"{path}/default/companies/{company}"),
    )
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]
    labelled = f"{objects}/{{objectType}}/{{objectId}}/associations/{{toObjectType}}/{{toObjectId}}"
    check(labelled, api.put(f"{path}/companies/{company}", json=spec))
    check(f"{objects}/{{objectType}}/{{objectId}}/associations/{{toObjectType}}", api.get(f"{path}/companies"))
    read = {"inputs": [{"id": person}, {"id": "9"}]}
    check(f"{pair}/batch/read", api.post("/crm/v4/associations/contacts/companies/batch/read", json=read))
    row = {"from": {"id": person}, "to": {"id": company}, "types": spec}
    path = "/crm/v4/associations/contacts/companies/batch"
    check(f"{pair}/batch/create", api.post(f"{path}/create", json={"inputs": [row]}))
    check(f"{pair}/batch/associate/default", api.post(f"{path}/associate/default", json={"inputs": [row]}))


def test_answers_about_definitions_have_the_declared_shapes(api, shared) -> None:
    properties = functools.partial(_check, shared, "v3/properties.json")
    definition = {
        "name": "our_id",
        "label": "Our id",
        "type": "string",
        "fieldType": "text",
        "groupName": "contactinformation",
    }
    base = "/crm/v3/properties/{objectType}"
    properties(base, api.get("/crm/v3/properties/contacts"))
    properties(base, api.post("/crm/v3/properties/contacts", json=definition))
    properties(base, api.post("/crm/v3/properties/contacts", json=definition))
    properties(f"{base}/groups", api.get("/crm/v3/properties/contacts/groups"))
    rows = {"inputs": [definition, definition | {"name": "other"}]}
    properties(f"{base}/batch/create", api.post("/crm/v3/properties/contacts/batch/create", json=rows))
    pipelines = functools.partial(_check, shared, "v3/pipelines.json")
    pipelines("/crm/v3/pipelines/{objectType}", api.get("/crm/v3/pipelines/deals"))
    owners = functools.partial(_check, shared, "v3/crmOwners.json")
    owners("/crm/v3/owners", api.get("/crm/v3/owners"))
    owners("/crm/v3/owners", api.get("/crm/v3/owners", params={"archived": "true"}))


def test_answers_about_the_app_have_the_declared_shapes(app, api, anyone, shared) -> None:
    tokens = app.crm._portal.tokens
    code = tokens.new_code(redirect_uri="https://a.example", scopes=("oauth",))
    pair = {name: app.credentials[name] for name in ("client_id", "client_secret")}
    form = pair | {"grant_type": "authorization_code", "code": code, "redirect_uri": "https://a.example"}
    given = anyone.post("/oauth/v3/token", data=form)
    oauth = functools.partial(_check, shared, "v3/oauth.json")
    oauth("/oauth/v3/token", given)
    asked = pair | {"token": given.json()["access_token"]}
    oauth("/oauth/v3/token/introspect", anyone.post("/oauth/v3/token/introspect", data=asked))
    _check(shared, "v3/accountInfo.json", "/account-info/v3/details", api.get("/account-info/v3/details"))
    webhooks = functools.partial(_check, shared, "v3/webhooks.json")
    anyone.headers["Authorization"] = f"Bearer {app.credentials['developer_key']}"
    path = f"/webhooks/v3/{app.credentials['app_id']}"
    settings = {"targetUrl": "https://a.example", "throttling": {"maxConcurrentRequests": 10}}
    webhooks("/webhooks/v3/{appId}/settings", anyone.put(f"{path}/settings", json=settings))
    body = {"eventType": "contact.creation"}
    webhooks("/webhooks/v3/{appId}/subscriptions", anyone.post(f"{path}/subscriptions", json=body))
    webhooks("/webhooks/v3/{appId}/subscriptions", anyone.get(f"{path}/subscriptions"))
