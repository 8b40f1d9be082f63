"""Each route with each role, and with claims that are none: who may call it gets an answer, everybody else a 403."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from typing import Any

import pytest

from crmbridge.ports import Document
from crmbridge.runtime._routes import Route
from crmbridge.runtime.doors import ROLES
from crmbridge.runtime.routes import connecting, crm_api
from tests.functional.rehearsal import PUBLIC, Context, Rehearsal
from tests.functional.watching import nothing_changes

ROUTES = {f"{each.method} {each.path}": each for each in (*crm_api.ROUTES, *connecting.ROUTES) if each.role is not None}
OPEN = [each for each in (*crm_api.ROUTES, *connecting.ROUTES) if each.role is None]
NOBODYS = {"integration_id": "int_nobodys", "record_id": "con_nobodys", "crm": "hubspot", "entity": "contact"}

CLAIMS: dict[str, dict[str, Any]] = {
    "none at all": {},
    "no workspace": {"role": "admin", "sub": "person-1"},
    "an empty workspace": {"workspace": "", "role": "admin"},
    "a workspace with a key behind it": {"workspace": "acme#GRANT", "role": "admin"},
    "a role that is none": {"workspace": "acme", "role": "root"},
    "a role in other letters": {"workspace": "acme", "role": "ADMIN"},
    "two roles": {"workspace": "acme", "role": "viewer,admin"},
    "an empty role": {"workspace": "acme", "role": ""},
    "a list of roles": {"workspace": "acme", "role": ["admin"]},
    "a machine nobody knows": {"client_id": "nobody", "scope": "admin"},
    "a machine by the key of another": {"client_id": "acme#INTEGRATION"},
    "a workspace of another name": {"custom:workspace": "acme", "custom:role": "admin", "workspaceId": "acme"},
}


@pytest.fixture(scope="module")
def deployment() -> Generator[Rehearsal]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield Rehearsal(monkeypatch, ("hubspot",))


def asked(route: Route) -> str:
    path = route.path.format(**{name: NOBODYS.get(name, "nobodys") for name in re.findall(r"{(\w+)}", route.path)})
    return f"{path}?wait=0" if "wait" in route.query else path


def body_of(route: Route) -> str | None:
    return None if route.body is None else json.dumps({} if route.body.get("type") == "object" else [])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", ROUTES)
def test_a_route_opens_to_its_role_and_those_above(deployment, name, role):
    route = ROUTES[name]
    assert route.role is not None
    may = ROLES.index(role) >= ROLES.index(route.role)
    claims = {"workspace": "acme", "role": role, "sub": "person-1"}
    if may:
        assert deployment.call(route.method, asked(route), body_of(route), claims=claims)[0] != 403
        return
    with nothing_changes(deployment):
        status, answer = deployment.call(route.method, asked(route), body_of(route), claims=claims)
    assert (status, answer["title"]) == (403, "Not allowed")
    assert route.role in answer["detail"]


@pytest.mark.parametrize("name", ROUTES)
def test_a_route_stays_shut_to_claims_that_name_no_workspace_or_role(deployment, name):
    route = ROUTES[name]
    with nothing_changes(deployment):
        answered = {
            words: deployment.call(route.method, asked(route), body_of(route), claims=claims)[0]
            for words, claims in CLAIMS.items()
        }
    assert answered == dict.fromkeys(CLAIMS, 403)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", ROUTES)
def test_a_machine_has_the_workspace_and_role_that_it_was_given_and_no_other(deployment, name, role):
    client = Document("CLIENT#machine-1", "client", {"workspace_id": "acme", "role": role})
    deployment.documents.put(client, unconditionally=True)
    route = ROUTES[name]
    assert route.role is not None
    status, _ = deployment.call(route.method, asked(route), body_of(route), claims={"client_id": "machine-1"})
    assert (status == 403) == (ROLES.index(role) < ROLES.index(route.role))


ELSEWHERE = {
    "a header": {"headers": {"host": PUBLIC, "x-workspace": "acme", "x-amzn-oidc-data": "acme", "x-role": "admin"}},
    "the query": {"queryStringParameters": {"workspace": "acme", "workspace_id": "acme", "role": "admin"}},
    "stage variables": {"stageVariables": {"workspace": "acme", "role": "admin"}},
    "a cookie": {"cookies": ["workspace=acme", "role=admin"]},
}


@pytest.mark.parametrize("name", ROUTES)
def test_a_workspace_named_anywhere_but_in_the_claims_counts_for_nothing(deployment, name):
    route = ROUTES[name]
    folder = "connect_crm" if route.path.startswith("/auth/") else "crm_api"
    answered: dict[str, int] = {}
    with nothing_changes(deployment):
        for place, more in ELSEWHERE.items():
            event = deployment.event(route.method, asked(route), body_of(route), **more)
            event["requestContext"]["authorizer"] = {"jwt": {"claims": {"sub": "person-1"}, "scopes": None}}
            answered[place] = deployment.handlers[folder](event, Context())["statusCode"]
    assert answered == dict.fromkeys(ELSEWHERE, 403)


def test_the_only_open_route_here_tells_of_no_workspace():
    assert [f"{each.method} {each.path}" for each in OPEN] == ["GET /health/crm"]
