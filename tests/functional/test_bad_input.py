"""Bad input at the signed-in routes: the right status, a clear body, and nothing changed anywhere."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import pytest

from crmbridge.domain.messages import Ticket
from crmbridge.ports import Document
from tests.functional.people import HubSpotPerson
from tests.functional.rehearsal import Context, Rehearsal
from tests.functional.watching import assert_problem, nothing_changes

ADMIN = {"workspace": "acme", "role": "admin"}
OPERATOR = {"workspace": "acme", "role": "operator"}
VIEWER = {"workspace": "acme", "role": "viewer"}
RIVAL = {"workspace": "rival", "role": "admin"}

ALL = "/api/crm/integrations"


@dataclass(frozen=True)
class Deployment:
    """Two connected CRMs with one person, and a third integration that nobody has connected."""

    rehearsal: Rehearsal
    names: dict[str, str]

    def call(self, method: str, path: str, body: Any = None, claims: dict[str, str] | None = None, **event: Any):
        made = path.format(**self.names)
        return self.rehearsal.call(method, made, self._filled(body), claims=claims or ADMIN, **event)

    def _filled(self, body: Any) -> Any:
        if not isinstance(body, dict):
            return body
        return {key: value.format(**self.names) if isinstance(value, str) else value for key, value in body.items()}


@pytest.fixture(scope="module")
def deployment() -> Generator[Deployment]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        rehearsal = Rehearsal(monkeypatch)
        HubSpotPerson(rehearsal).fill(contacts=[{"email": "ana.prado@example.com", "lastname": "Prado"}])
        names = {"hub": rehearsal.connect("hubspot"), "sf": rehearsal.connect("salesforce")}
        rehearsal.sync()
        _, made = rehearsal.call("POST", ALL, {"provider": "hubspot", "name": "unconnected"})
        names["new"] = made["id"]
        (record,) = rehearsal.records.list_records("acme", "contact", cursor=None, limit=10).items
        names |= {"record": record.record_id, "external": record.links[names["hub"]].external_id}
        rehearsal.documents.put(Document("CLIENT#machine", "client", {"workspace_id": "acme", "role": "operator"}))
        yield Deployment(rehearsal, names)


ROUTES_OF_ONE: list[tuple[str, str, Any]] = [
    ("GET", f"{ALL}/{{hub}}", None),
    ("PATCH", f"{ALL}/{{hub}}", {"name": "mine now"}),
    ("DELETE", f"{ALL}/{{hub}}", None),
    ("POST", f"{ALL}/{{hub}}/sync", {}),
    ("GET", f"{ALL}/{{hub}}/runs", None),
    ("GET", f"{ALL}/{{hub}}/webhooks", None),
    ("POST", f"{ALL}/{{hub}}/webhooks", {}),
    ("DELETE", f"{ALL}/{{hub}}/webhooks", None),
    ("GET", f"{ALL}/{{hub}}/records/contact/{{external}}", None),
    ("POST", "/auth/hubspot/login", {"integrationId": "{hub}"}),
    ("POST", "/auth/hubspot/complete", {"integrationId": "{hub}", "code": "x"}),
    ("POST", "/auth/hubspot/refresh", {"integrationId": "{hub}"}),
    ("POST", "/auth/hubspot/logout", {"integrationId": "{hub}"}),
]
"""Every route that names an integration."""

SIGNED_IN = [
    *ROUTES_OF_ONE,
    ("GET", ALL, None),
    ("POST", ALL, {"provider": "hubspot"}),
    ("GET", "/api/crm/records/{record}", None),
    ("GET", "/auth/hubspot/status", None),
]
"""Every route behind the authorizer."""

FOR_ADMINS = [
    each
    for each in SIGNED_IN
    if each[0] in ("PATCH", "DELETE")
    or (each[0] == "POST" and ("/auth/" in each[1] or each[1] == ALL or each[1].endswith("/webhooks")))
]
FOR_ALL = [each for each in SIGNED_IN if each[0] == "GET"]


def _ids(routes: list[tuple[str, str, Any]]) -> list[str]:
    return [f"{method} {path}" for method, path, _ in routes]


# ------------------------------------------------------------------------------------------------ whose it is


@pytest.mark.parametrize(("method", "path", "body"), ROUTES_OF_ONE, ids=_ids(ROUTES_OF_ONE))
def test_an_integration_of_another_workspace_does_not_exist(deployment, method, path, body):
    with nothing_changes(deployment.rehearsal):
        answer = deployment.call(method, path, body, RIVAL)
        assert_problem(answer, 404, field="integration_id", says="there is no integration")


@pytest.mark.parametrize(("method", "path", "body"), ROUTES_OF_ONE, ids=_ids(ROUTES_OF_ONE))
def test_an_unknown_integration_is_not_found(deployment, method, path, body):
    asked = body and {**body, **({"integrationId": "int_nobody"} if "integrationId" in body else {})}
    with nothing_changes(deployment.rehearsal):
        answer = deployment.call(method, path.replace("{hub}", "int_nobody"), asked)
        assert_problem(answer, 404, field="integration_id", says="'int_nobody'")


def test_a_record_of_another_workspace_does_not_exist(deployment):
    with nothing_changes(deployment.rehearsal):
        answer = deployment.call("GET", "/api/crm/records/{record}", None, RIVAL)
        assert_problem(answer, 404, field="record_id", says="there is no record")


@pytest.mark.parametrize("path", [ALL, "/auth/hubspot/status"])
def test_lists_show_nothing_of_another_workspace(deployment, path):
    with nothing_changes(deployment.rehearsal):
        assert deployment.call("GET", path, None, RIVAL) == (200, {"items": []})


# ------------------------------------------------------------------------------------------------ who may


@pytest.mark.parametrize(("method", "path", "body"), SIGNED_IN, ids=_ids(SIGNED_IN))
@pytest.mark.parametrize(
    "claims",
    [{"role": "admin"}, {"workspace": "", "role": "admin"}, {"client_id": "stranger"}, {"workspace": "a#b"}],
    ids=["no workspace", "empty workspace", "unknown machine", "a separator in the workspace"],
)
def test_a_token_without_a_workspace_opens_nothing(deployment, method, path, body, claims):
    with nothing_changes(deployment.rehearsal):
        answer = deployment.call(method, path, body, claims)
        assert_problem(answer, 403, field=None, says="belongs to no workspace")


@pytest.mark.parametrize(("method", "path", "body"), FOR_ADMINS, ids=_ids(FOR_ADMINS))
@pytest.mark.parametrize("claims", [VIEWER, OPERATOR, {"workspace": "acme", "role": "owner"}, {"workspace": "acme"}])
def test_what_needs_an_admin_is_refused_to_others(deployment, method, path, body, claims):
    with nothing_changes(deployment.rehearsal):
        assert_problem(deployment.call(method, path, body, claims), 403, field=None, says="this needs the role admin")


@pytest.mark.parametrize("claims", [VIEWER, {"workspace": "acme", "role": "none"}, {"workspace": "acme"}])
def test_what_needs_an_operator_is_refused_to_viewers(deployment, claims):
    with nothing_changes(deployment.rehearsal):
        answer = deployment.call("POST", f"{ALL}/{{hub}}/sync", {}, claims)
        assert_problem(answer, 403, field=None, says="this needs the role operator")


@pytest.mark.parametrize(("method", "path", "body"), FOR_ALL, ids=_ids(FOR_ALL))
def test_a_viewer_may_look_at_everything(deployment, method, path, body):
    with nothing_changes(deployment.rehearsal):
        assert deployment.call(method, path, body, VIEWER)[0] == 200


def test_a_machine_has_the_workspace_and_role_that_the_control_table_gives_it(deployment):
    machine = {"client_id": "machine", "scope": "crm-bridge/use"}
    with nothing_changes(deployment.rehearsal):
        status, shown = deployment.call("GET", ALL, None, machine)
        assert (status, len(shown["items"])) == (200, 3)
        answer = deployment.call("DELETE", f"{ALL}/{{hub}}", None, machine)
        assert_problem(answer, 403, field=None, says="admin")


def test_workspace_and_role_are_never_taken_from_body_or_query(deployment):
    with nothing_changes(deployment.rehearsal):
        body = {"provider": "hubspot", "workspace": "acme", "workspace_id": "acme", "role": "admin"}
        answer = deployment.call("POST", f"{ALL}?workspace=acme&role=admin", body, {"role": "admin"})
        assert_problem(answer, 403, field=None)


# ------------------------------------------------------------------------------------------------ which CRM


@pytest.mark.parametrize("crm", ["nosuchcrm", "HubSpot", "hub-spot", "_http", "x" * 300, "hubspot.auth", "os"])
@pytest.mark.parametrize(
    ("method", "verb"),
    [("POST", "login"), ("POST", "complete"), ("GET", "status"), ("POST", "refresh"), ("POST", "logout")],
)
def test_an_unknown_crm_is_not_found_on_every_auth_route(deployment, crm, method, verb):
    body = {"integrationId": "{hub}", "code": "x"} if method == "POST" else None
    with nothing_changes(deployment.rehearsal):
        answer = deployment.call(method, f"/auth/{crm}/{verb}", body)
        assert_problem(answer, 404, field="crm", says="there is no CRM called")
        assert {"hubspot", "salesforce"} <= set(answer[1]["nextStep"].removeprefix("use one of: ").split(", "))


@pytest.mark.parametrize("crm", ["nosuchcrm", "HubSpot", "../hubspot", "_http"])
def test_no_integration_of_an_unknown_crm_is_created(deployment, crm):
    with nothing_changes(deployment.rehearsal):
        assert_problem(deployment.call("POST", ALL, {"provider": crm}), 404, field="crm")


# ------------------------------------------------------------------------------------------------ what is sent

NOT_OBJECTS = ["{", "nothing", "[]", '"text"', "5", "null", "true", "\x00", '{"provider": "hubspot"', "{'a': 1}"]
BODY_ROUTES = [
    ("POST", ALL),
    ("PATCH", f"{ALL}/{{hub}}"),
    ("POST", f"{ALL}/{{hub}}/sync"),
    *(("POST", f"/auth/hubspot/{verb}") for verb in ("login", "complete", "refresh", "logout")),
]


@pytest.mark.parametrize("text", NOT_OBJECTS)
@pytest.mark.parametrize(("method", "path"), BODY_ROUTES)
def test_a_body_that_is_no_json_object_is_refused(deployment, method, path, text):
    with nothing_changes(deployment.rehearsal):
        assert_problem(deployment.call(method, path, text), 400, field="body", says="the body is not")


@pytest.mark.parametrize("text", ['{"name":' * 100_000, '{"name":' + "[" * 100_000, "[" * 5_000 + "]" * 5_000])
def test_a_body_nested_without_end_is_refused(deployment, text):
    with nothing_changes(deployment.rehearsal):
        assert_problem(deployment.call("PATCH", f"{ALL}/{{hub}}", text), 400, field="body", says="the body is not")


def test_a_body_that_is_not_the_base64_it_claims_to_be_is_refused(deployment):
    with nothing_changes(deployment.rehearsal):
        answer = deployment.call("POST", ALL, "%%%", isBase64Encoded=True)
        assert_problem(answer, 400, field="body")


@pytest.mark.parametrize("wrong", [None, "", 5, [], {}, True])
@pytest.mark.parametrize("verb", ["login", "complete", "refresh", "logout"])
def test_a_missing_integration_id_is_named(deployment, verb, wrong):
    body = {"code": "x"} if wrong is None else {"code": "x", "integrationId": wrong}
    with nothing_changes(deployment.rehearsal):
        assert_problem(deployment.call("POST", f"/auth/hubspot/{verb}", body), 400, field="integrationId")


@pytest.mark.parametrize("wrong", [None, "", 5, [], {}])
def test_a_missing_completion_code_is_named(deployment, wrong):
    body = {"integrationId": "{hub}"} if wrong is None else {"integrationId": "{hub}", "code": wrong}
    with nothing_changes(deployment.rehearsal):
        assert_problem(deployment.call("POST", "/auth/hubspot/complete", body), 400, field="code")


ENTITIES = "syncConfig.entities"
WRONG_FIELDS: list[tuple[str, dict[str, Any]]] = [
    ("name", {"name": "x" * 121}),
    ("name", {"name": "   "}),
    ("name", {"name": ""}),
    ("name", {"name": 5}),
    ("name", {"name": None}),
    ("environment", {"environment": "staging"}),
    ("environment", {"environment": ["production"]}),
    ("isPrimary", {"isPrimary": "yes"}),
    ("isPrimary", {"isPrimary": 1}),
    ("policy", {"policy": "biggest_wins"}),
    ("policy", {"policy": {}}),
    ("onDelete", {"onDelete": "burn"}),
    ("syncConfig", {"syncConfig": []}),
    ("syncConfig", {"syncConfig": "often"}),
    ("syncConfig.syncInterval", {"syncConfig": {"syncInterval": 0}}),
    ("syncConfig.syncInterval", {"syncConfig": {"syncInterval": 1441}}),
    ("syncConfig.syncInterval", {"syncConfig": {"syncInterval": "5"}}),
    ("syncConfig.syncInterval", {"syncConfig": {"syncInterval": 1.5}}),
    ("syncConfig.syncInterval", {"syncConfig": {"syncInterval": True}}),
    ("syncConfig.compareInterval", {"syncConfig": {"compareInterval": 14}}),
    ("syncConfig.compareInterval", {"syncConfig": {"compareInterval": -1}}),
    ("syncConfig.compareInterval", {"syncConfig": {"compareInterval": False}}),
    ("syncConfig.repairBudget", {"syncConfig": {"repairBudget": -1}}),
    ("syncConfig.repairBudget", {"syncConfig": {"repairBudget": "all"}}),
    ("syncConfig.direction", {"syncConfig": {"direction": "sideways"}}),
    (ENTITIES, {"syncConfig": {"entities": ["contact"]}}),
    (f"{ENTITIES}.invoice", {"syncConfig": {"entities": {"invoice": {}}}}),
    (f"{ENTITIES}.contact", {"syncConfig": {"entities": {"contact": True}}}),
    (f"{ENTITIES}.contact.enabled", {"syncConfig": {"entities": {"contact": {"enabled": "no"}}}}),
    (f"{ENTITIES}.contact.direction", {"syncConfig": {"entities": {"contact": {"direction": "up"}}}}),
    (f"{ENTITIES}.contact.fields", {"syncConfig": {"entities": {"contact": {"fields": ["email", "shoe_size"]}}}}),
    (f"{ENTITIES}.contact.fields[0]", {"syncConfig": {"entities": {"contact": {"fields": [5]}}}}),
    (f"{ENTITIES}.contact.fields", {"syncConfig": {"entities": {"contact": {"fields": 5}}}}),
    (f"{ENTITIES}.contact.fields", {"syncConfig": {"entities": {"contact": {"fields": None}}}}),
    ("settings", {"settings": "none"}),
    ("settings.stages", {"settings": {"stages": ["won"]}}),
    ("settings.stages.won", {"settings": {"stages": {"won": 5}}}),
]
WRONG_IDS = [f"{field}={str(body)[:60]}" for field, body in WRONG_FIELDS]


@pytest.mark.parametrize(("field", "wrong"), WRONG_FIELDS, ids=WRONG_IDS)
def test_a_wrong_field_is_named_when_creating(deployment, field, wrong):
    with nothing_changes(deployment.rehearsal):
        answer = deployment.call("POST", ALL, {"provider": "hubspot", **wrong})
        assert_problem(answer, 400, field=field, says=f"{field} must be")


@pytest.mark.parametrize(("field", "wrong"), WRONG_FIELDS, ids=WRONG_IDS)
def test_a_wrong_field_is_named_when_changing(deployment, field, wrong):
    with nothing_changes(deployment.rehearsal):
        assert_problem(deployment.call("PATCH", f"{ALL}/{{hub}}", wrong), 400, field=field, says=f"{field} must be")


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("provider", {}),
        ("provider", {"name": "no provider"}),
        ("provider", {"provider": None}),
        ("provider", {"provider": 5}),
        ("credentials", {"provider": "hubspot", "credentials": "pat"}),
        ("credentials.accessToken", {"provider": "hubspot", "credentials": {"accessToken": 5}}),
    ],
)
def test_a_missing_or_wrong_field_is_named_when_creating(deployment, field, body):
    with nothing_changes(deployment.rehearsal):
        assert_problem(deployment.call("POST", ALL, body), 400, field=field)


@pytest.mark.parametrize("mode", ["all", 5, None, ["full"], {}])
def test_an_unknown_mode_of_reading_is_refused(deployment, mode):
    with nothing_changes(deployment.rehearsal):
        assert_problem(deployment.call("POST", f"{ALL}/{{hub}}/sync", {"mode": mode}), 400, field="mode")


@pytest.mark.parametrize("budget", ["all", -1, 1.5, None, True, 1_000_001])
def test_a_budget_is_a_number_of_rows(deployment, budget):
    with nothing_changes(deployment.rehearsal):
        body = {"mode": "compare", "budget": budget}
        assert_problem(deployment.call("POST", f"{ALL}/{{hub}}/sync", body), 400, field="budget")


def test_an_integration_that_is_not_connected_cannot_be_read(deployment):
    with nothing_changes(deployment.rehearsal):
        answer = deployment.call("POST", f"{ALL}/{{new}}/sync", {})
        assert_problem(answer, 400, field="integrationId", says="the integration is pending")


@pytest.mark.parametrize("paused", ["yes", 1, None, []])
def test_paused_is_true_or_false(deployment, paused):
    with nothing_changes(deployment.rehearsal):
        assert_problem(deployment.call("PATCH", f"{ALL}/{{hub}}", {"paused": paused}), 400, field="paused")


@pytest.mark.parametrize("record_id", ["con_nobody", "nobody", "con", "int_1", "con_" + "x" * 2000, "%00", "acme%23R"])
def test_an_unknown_record_is_not_found(deployment, record_id):
    with nothing_changes(deployment.rehearsal):
        assert_problem(deployment.call("GET", f"/api/crm/records/{record_id}"), 404, field="record_id")


def test_an_unknown_external_id_is_not_found(deployment):
    with nothing_changes(deployment.rehearsal):
        answer = deployment.call("GET", f"{ALL}/{{hub}}/records/contact/999999")
        assert_problem(answer, 404, field="external_id", says="no contact is linked")


@pytest.mark.parametrize("entity", ["contacts", "invoice", "Contact"])
def test_an_unknown_entity_is_refused(deployment, entity):
    with nothing_changes(deployment.rehearsal):
        answer = deployment.call("GET", f"{ALL}/{{hub}}/records/{entity}/{{external}}")
        assert_problem(answer, 400, field="entity", says="there is no entity")


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/crm"), ("PUT", ALL), ("POST", "/auth/hubspot/callback")])
def test_an_unknown_route_is_not_found(deployment, method, path):
    with nothing_changes(deployment.rehearsal):
        status, body = deployment.call(method, path)
        assert (status, body["status"], body["title"]) == (404, 404, "Not found")
        assert body["detail"] == "there is no such route"


def test_errors_are_problem_documents_by_content_type(deployment):
    event = deployment.rehearsal.event("GET", f"{ALL}/int_nobody")
    event["requestContext"]["authorizer"] = {"jwt": {"claims": ADMIN, "scopes": None}}
    answer = deployment.rehearsal.handlers["crm_api"](event, Context())
    types = {name.lower(): value for name, value in answer["headers"].items()} or answer["multiValueHeaders"]
    assert types["content-type"] == "application/problem+json"


# ------------------------------------------------------------------------------------------------ in the queues


@pytest.mark.parametrize("folder", ["apply_changes", "run_sync_batch", "push_changes", "plan_sync"])
@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"workspace_id": "acme"}', "null", '"text"'])
def test_a_message_that_cannot_be_read_comes_back_alone_until_it_is_a_dead_letter(deployment, folder, text):
    with nothing_changes(deployment.rehearsal):
        event = {"Records": [{"messageId": "bad", "body": text}]}
        answer = deployment.rehearsal.handlers[folder](event, Context())
        assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}


def test_a_message_that_cannot_be_read_does_not_hinder_its_neighbours(deployment):
    ticket = Ticket("acme", deployment.names["hub"], "contact")
    good = '{{"workspace_id": "{0.workspace_id}", "integration_id": "{0.integration_id}", "entity": "contact"}}'
    event = {
        "Records": [{"messageId": "bad", "body": "{}"}, {"messageId": "good", "body": good.format(ticket)}],
    }
    answer = deployment.rehearsal.handlers["push_changes"](event, Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
