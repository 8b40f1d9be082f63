"""Attacks on the signed-in routes: bodies, keys, ids and cursors that no client of ours would send."""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import Any

import pytest

from crmbridge.runtime._routes import Route
from crmbridge.runtime.routes import connecting, crm_api
from crmbridge.services.hub import load_integrations
from tests.functional.rehearsal import PUBLIC, Context
from tests.functional.watching import nothing_changes
from tests.matrix.house import House

ADMIN = {"workspace": "acme", "role": "admin", "sub": "person-1"}
RIVAL = {"workspace": "rival", "role": "admin", "sub": "mallory"}
ROUTES = {f"{each.method} {each.path}": each for each in (*crm_api.ROUTES, *connecting.ROUTES) if each.role is not None}
TAKING = {name: each for name, each in ROUTES.items() if each.body is not None}


def coded(body: bytes) -> dict[str, Any]:
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


BODIES: dict[str, dict[str, Any]] = {
    "no JSON": {"body": "nothing"},
    "JSON cut off": {"body": '{"provider": "hub'},
    "a number": {"body": "7"},
    "a text": {"body": '"admin"'},
    "null": {"body": "null"},
    "a list of lists": {"body": "[[]]"},
    "a form": {"body": "provider=hubspot&role=admin"},
    "XML with an entity": {"body": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'},
    "nested without end": {"body": "[" * 100_000},
    "nested, with an end": {"body": '{"a":' * 20_000 + "1" + "}" * 20_000},
    "half a character": {"body": json.dumps({"name": "\ud800", "provider": "hubspot"})},
    "half a character for a name": {"body": '{"\\udfff": 1}'},
    "a number without end": {"body": '{"interval": ' + "9" * 6_000 + "}"},
    "Base64 that is none": {"body": "%%%", "isBase64Encoded": True},
    "bytes that are no UTF-8": coded(b'{"name": "\xff\xfe"}'),
    "compressed": coded(gzip.compress(b'{"name": "x"}')),
    "a bomb of compressed zeros": coded(gzip.compress(b"0" * 20_000_000)),
}


def known(house: House, route: Route) -> str:
    integrations = load_integrations(house.hub, "acme").values()
    (hubspot,) = [each for each in integrations if each.crm == "hubspot" and each.account_id]
    ids = {"integration_id": hubspot.integration_id, "crm": "hubspot", "entity": "contact"}
    return route.path.format(**{name: ids.get(name, "nobodys") for name in re.findall(r"{(\w+)}", route.path)})


def send(house: House, route: Route, path: str, claims: dict[str, str] | None = None, **event: Any) -> dict[str, Any]:
    made = house.event(route.method, path, **event)
    made["requestContext"]["authorizer"] = {"jwt": {"claims": claims or ADMIN, "scopes": None}}
    return house.handlers["connect_crm" if path.startswith("/auth/") else "crm_api"](made, Context())


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_is_none_is_refused_by_every_route_that_takes_one(fortress, body):
    with nothing_changes(fortress):
        answers = {
            name: send(fortress, route, known(fortress, route), **BODIES[body]) for name, route in TAKING.items()
        }
    wrong = {name: each for name, each in answers.items() if not 400 <= each["statusCode"] < 500}
    assert wrong == {}
    assert all("Traceback" not in each["body"] for each in answers.values())


OPERATORS = {
    "POST /api/crm/integrations": {"provider": {"$gt": ""}},
    "POST /auth/{crm}/login": {"integrationId": {"$ne": ""}},
    "POST /auth/{crm}/complete": {"integrationId": {"$ne": ""}, "code": {"$ne": ""}},
    "POST /auth/{crm}/logout": {"integrationId": ["int_1"]},
}


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_of_a_database_is_refused(fortress, name):
    route = ROUTES[name]
    with nothing_changes(fortress):
        answer = send(fortress, route, known(fortress, route), body=json.dumps(OPERATORS[name]))
    assert answer["statusCode"] == 400


KEYS = {
    "an empty key": "",
    "a key of 256 characters": "x" * 256,
    "a key with a line's end": "a\r\nx-role: admin",
    "a key with a blank": "a b",
    "a key in other letters": "ключ",
    "a key with a zero byte": "a\x00b",
    "a key that is a key of the table": "acme#GRANT" + "\x7f",
}


@pytest.mark.parametrize("key", KEYS)
def test_a_key_that_is_none_is_refused(fortress, key):
    headers = {"host": PUBLIC, "content-type": "application/json", "idempotency-key": KEYS[key]}
    route = ROUTES["POST /api/crm/integrations"]
    with nothing_changes(fortress):
        answer = send(fortress, route, route.path, headers=headers, body='{"provider": "hubspot"}')
    assert (answer["statusCode"], json.loads(answer["body"])["field"]) == (400, "Idempotency-Key")


def test_anothers_key_gives_nobody_their_answer(fortress):
    route = ROUTES["POST /api/crm/integrations"]
    headers = {"host": PUBLIC, "content-type": "application/json", "idempotency-key": "the-same-key"}
    more: dict[str, Any] = {"headers": headers, "body": '{"provider": "hubspot"}'}
    mine = json.loads(send(fortress, route, route.path, **more)["body"])
    for claims in (RIVAL, {**ADMIN, "sub": "person-2"}):
        theirs = json.loads(send(fortress, route, route.path, claims, **more)["body"])
        assert theirs["id"] != mine["id"]
    remove = ROUTES["DELETE /api/crm/integrations/{integration_id}"]
    for claims in (ADMIN, RIVAL):
        for each in load_integrations(fortress.hub, claims["workspace"]).values():
            if each.status == "pending":
                send(fortress, remove, f"{route.path}/{each.integration_id}", claims)


IDS = (
    "..",
    "../acme",
    "%2e%2e%2f",
    "acme#GRANT",
    "int_*",
    "int_' OR 1=1",
    "int_\x00",
    "\u0661\u0662",
    "x" * 3_000,
    "null",
    "0",
    "-1",
)


@pytest.mark.parametrize("name", [each for each in ROUTES if re.search(r"{(integration|record|run)_id}", each)])
def test_an_id_that_is_none_is_refused(fortress, name):
    route = ROUTES[name]
    more: dict[str, Any] = {}
    if route.body is not None:
        more["body"] = "{}" if route.body.get("type") == "object" else "[]"
    with nothing_changes(fortress):
        for each in IDS:
            path = re.sub(r"{\w+}", each.replace("\\", ""), route.path)
            answer = send(fortress, route, path, rawPath=path, **more)
            listed = answer["statusCode"] == 200 and json.loads(answer["body"]).get("items") == []
            assert 400 <= answer["statusCode"] < 500 or listed, (each, answer)


CURSORS = (
    "x",
    "acme#INTEGRATION",
    base64.urlsafe_b64encode(b'{"k": "acme"}').decode(),
    "../..",
    "\x00",
    "%00",
    "=" * 50,
)
QUERIES = [
    *({"cursor": each} for each in CURSORS),
    *({"limit": each} for each in ("0", "-1", "1e9", "NaN", "99999999999999999999", "\u0661\u0660", "")),
]


@pytest.mark.parametrize("name", [each for each, route in ROUTES.items() if "limit" in route.query and "{" not in each])
def test_a_page_that_is_none_is_refused_or_empty(fortress, name):
    route = ROUTES[name]
    with nothing_changes(fortress):
        for query in QUERIES:
            answer = send(fortress, route, route.path, RIVAL, queryStringParameters=query)
            assert answer["statusCode"] in (200, 400), (query, answer)
            if answer["statusCode"] == 200:
                assert json.loads(answer["body"])["items"] == [], "a cursor leads nowhere in another workspace"
