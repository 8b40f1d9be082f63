"""Connecting Salesforce by the JWT bearer flow: no page, no code, no refresh token."""

from __future__ import annotations

import io
import logging
from dataclasses import replace
from typing import Any

import pytest

from crmbridge.runtime.telemetry import logger
from crmbridge.services.hub import load_integrations
from crmbridge.services.token_broker import load_grant
from tests.functional.logins import RIVAL, login, made
from tests.functional.rehearsal import Rehearsal
from tests.functional.watching import assert_problem, calls, everything, nothing_changes

TOKEN = "/services/oauth2/token"


def admit(rehearsal: Rehearsal, *usernames: str) -> None:
    """Let users in, as Salesforce's administrators do."""
    policy = {"permitted_users": "admin_approved", "preauthorised_users": list(usernames)}
    rehearsal.control("salesforce", "settings", policy)


def user(rehearsal: Rehearsal) -> str:
    return str(rehearsal.credentials["salesforce"]["username"])


def connect(rehearsal: Rehearsal, integration_id: str, username: str = "", **more: Any) -> tuple[int, dict[str, Any]]:
    body = {"integrationId": integration_id, "credentials": {"username": username or user(rehearsal)}}
    return rehearsal.call("POST", "/auth/salesforce/login", body, **more)


@pytest.fixture
def admitted(rehearsal: Rehearsal) -> Rehearsal:
    admit(rehearsal, user(rehearsal))
    return rehearsal


def test_a_login_with_a_username_connects_at_once_and_syncs(admitted: Rehearsal):
    admitted.control(
        "salesforce", "seed", {"records": {"Contact": [{"LastName": "Prado", "Email": "ana@example.com"}]}}
    )
    integration_id = made(admitted, "salesforce")
    status, answer = connect(admitted, integration_id)
    assert status == 200, answer
    shown = answer["integration"]
    assert (shown["status"], shown["accountId"]) == ("active", admitted.credentials["salesforce"]["organization_id"])
    assert "/webhooks/salesforce/" in shown["webhookUrl"]
    assert "url" not in answer
    admitted.sync()
    assert admitted.records._records["acme"], "nothing was read"


def test_a_session_that_ended_is_replaced_by_another_assertion(admitted: Rehearsal):
    integration_id = made(admitted, "salesforce")
    connect(admitted, integration_id)
    admitted.settle()
    before = calls(admitted, "salesforce", TOKEN)
    admitted.control("salesforce", "tokens", {"action": "expire"})
    admitted.sync()
    assert calls(admitted, "salesforce", TOKEN) == before + 1
    status, shown = admitted.call("GET", f"/api/crm/integrations/{integration_id}")
    assert (status, shown["status"]) == (200, "active")


def test_a_refresh_on_demand_signs_again(admitted: Rehearsal):
    integration_id = made(admitted, "salesforce")
    connect(admitted, integration_id)
    (integration,) = _integrations(admitted)
    before, _ = load_grant(admitted.hub, integration)
    assert admitted.call("POST", "/auth/salesforce/refresh", {"integrationId": integration_id})[0] == 200
    after, _ = load_grant(admitted.hub, integration)
    assert after.access_token != before.access_token
    assert replace(after, access_token=before.access_token) == before


def test_a_user_who_is_shut_out_asks_for_people_and_may_be_let_in_again(admitted: Rehearsal):
    integration_id = made(admitted, "salesforce")
    connect(admitted, integration_id)
    admitted.settle()
    admit(admitted)
    admitted.control("salesforce", "tokens", {"action": "expire"})
    admitted.sync()
    assert admitted.call("GET", f"/api/crm/integrations/{integration_id}")[1]["status"] == "reauth_required"
    admit(admitted, user(admitted))
    assert connect(admitted, integration_id)[1]["integration"]["status"] == "active"


def test_logging_out_ends_the_session_and_forgets_it(admitted: Rehearsal):
    integration_id = made(admitted, "salesforce")
    connect(admitted, integration_id)
    (integration,) = _integrations(admitted)
    grant, _ = load_grant(admitted.hub, integration)
    status, shown = admitted.call("POST", "/auth/salesforce/logout", {"integrationId": integration_id})
    assert (status, shown["status"]) == (200, "pending")
    headers = {"authorization": f"Bearer {grant.access_token}"}
    assert admitted.http["salesforce"].get("/services/data/v67.0/limits", headers=headers).status_code == 401
    assert not [key for key in everything(admitted)["documents"] if "#GRANT" in key]


def test_no_workspace_connects_as_a_user_it_was_not_given(admitted: Rehearsal):
    """The key would sign for every user who trusts the app; the deployment's secret says who belongs to whom."""
    integration_id = made(admitted, "salesforce", claims=RIVAL)
    with nothing_changes(admitted):
        answer = connect(admitted, integration_id, claims=RIVAL)
        assert_problem(answer, 403, field="credentials.username", says="not connect as that user")
    own = made(admitted, "salesforce")
    with nothing_changes(admitted):
        assert connect(admitted, own, "ada.admin@northwind.example")[0] == 403


def test_only_admins_connect(admitted: Rehearsal):
    integration_id = made(admitted, "salesforce")
    with nothing_changes(admitted):
        answer = connect(admitted, integration_id, claims={"workspace": "acme", "role": "operator"})
    assert answer[0] == 403


def test_a_refused_assertion_is_told_in_the_vendors_words(rehearsal: Rehearsal):
    integration_id = made(rehearsal, "salesforce")
    with nothing_changes(rehearsal, crms=False):
        answer = connect(rehearsal, integration_id)
        assert_problem(answer, 400, field="credentials.username", says="user hasn't approved this consumer")
        rehearsal.control("salesforce", "settings", {"certificate": ""})
        answer = connect(rehearsal, integration_id)
        assert_problem(answer, 400, field="credentials.username", says="upload to the app the certificate")


def test_a_crm_without_the_flow_refuses_a_username(rehearsal: Rehearsal):
    body = {"integrationId": made(rehearsal, "hubspot"), "credentials": {"username": "a@x.test"}}
    with nothing_changes(rehearsal):
        answer = rehearsal.call("POST", "/auth/hubspot/login", body)
        assert_problem(answer, 400, field="credentials.username", says="not connected by a username")


@pytest.mark.parametrize("credentials", [{}, {"username": ""}])
def test_a_login_without_a_username_leads_to_the_consent_page(rehearsal: Rehearsal, credentials: dict[str, str]):
    integration_id = made(rehearsal, "salesforce")
    assert "/services/oauth2/authorize" in login(rehearsal, "salesforce", integration_id)
    body = {"integrationId": integration_id, "credentials": credentials}
    status, begun = rehearsal.call("POST", "/auth/salesforce/login", body)
    assert (status, "/services/oauth2/authorize" in begun["url"]) == (200, True)


@pytest.mark.parametrize("credentials", [5, "a@x.test", {"username": 5}, [], None])
def test_malformed_credentials_are_refused(admitted: Rehearsal, credentials: Any):
    body = {"integrationId": made(admitted, "salesforce"), "credentials": credentials}
    with nothing_changes(admitted):
        assert admitted.call("POST", "/auth/salesforce/login", body)[0] == 400


def test_key_assertion_and_token_are_written_nowhere(admitted: Rehearsal, monkeypatch, capsys, caplog):
    log = io.StringIO()
    monkeypatch.setattr(logger().registered_handler, "stream", log)
    caplog.set_level(logging.DEBUG)
    sent: list[str] = []
    transport = admitted.hub.connectors.auth("salesforce")._post  # type: ignore[attr-defined] - watches what is sent

    def watched(_self: Any, template: str, environment: str, form: dict[str, str], accounts_url: str = "") -> Any:
        sent.extend(form.values())
        return transport(template, environment, form, accounts_url)

    monkeypatch.setattr("crmbridge.connectors.salesforce.auth.SalesforceAuth._post", watched)
    integration_id = made(admitted, "salesforce")
    connect(admitted, integration_id)
    (integration,) = _integrations(admitted)
    grant, _ = load_grant(admitted.hub, integration)
    admit(admitted)
    connect(admitted, integration_id)
    admitted.call("POST", "/auth/salesforce/refresh", {"integrationId": integration_id})
    admitted.call("POST", "/auth/salesforce/logout", {"integrationId": integration_id})
    told = capsys.readouterr()
    written = log.getvalue() + told.out + told.err + caplog.text
    assertions = [each for each in sent if each.count(".") == 2]
    assert len(assertions) == 3
    key_line = admitted.credentials["salesforce"]["private_key"].splitlines()[1]
    for secret in (*assertions, key_line, "PRIVATE KEY", grant.access_token):
        assert secret not in written


def _integrations(rehearsal: Rehearsal) -> Any:
    return load_integrations(rehearsal.hub, "acme").values()
