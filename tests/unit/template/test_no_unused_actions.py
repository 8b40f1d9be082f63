"""A role allows what its function's code asks of AWS, and nothing that it never asks; emulators check neither."""

from __future__ import annotations

import pytest

from tests.house import template
from tests.unit.template import granted, reached

TABLES = {"documents": "ControlTable", "records": "RecordsTable"}
SERVICES = {"documents": "dynamodb", "records": "dynamodb", "cipher": "kms", "bus": "events", "notifier": "sns"}
PLACES = {**TABLES, "cipher": "TokenKey", "bus": "EventBus", "notifier": "NoticeTopic"}
JUDGED = tuple(f"{each}:" for each in ("dynamodb", "kms", "secretsmanager", "events", "sns"))
"""Services whose actions are judged here; who may send to which queue is judged in test_roles_fit_the_code.py."""

ONE_DOOR = "receive_webhook"
"""Several functions share this folder, one for each CRM; only those whose CRM signs read a secret."""


def used_by(function: str) -> set[tuple[str, str]]:
    """Return what a function's code can ask of AWS, as an action with the logical id of a resource."""
    found: set[tuple[str, str]] = set()
    for port, method in reached.calls_of(template.folder_of(template.functions()[function])):
        if port == "secrets":
            found.add(("secretsmanager:GetSecretValue", "secrets"))
        elif port in SERVICES:
            found |= {(f"{SERVICES[port]}:{each}", PLACES[port]) for each in reached.actions_of(port, method)}
    return found


def granted_to(function: str) -> set[tuple[str, str]]:
    """Return what a function's role allows, all applications' secrets as one."""
    return {
        (action, "secrets" if action.startswith("secretsmanager:") else place)
        for action, place in granted.grants_of(function)
        if action.startswith(JUDGED)
    }


each_function = pytest.mark.parametrize("function", sorted(template.functions()))


@each_function
def test_a_role_allows_nothing_that_its_function_never_asks(function):
    unused = granted_to(function) - used_by(function)
    assert sorted(unused) == [], "take these out of the role, or name their port in reached.PORTS"


@each_function
def test_a_role_allows_what_its_function_asks(function):
    missing = used_by(function) - granted_to(function)
    if template.folder_of(template.functions()[function]) == ONE_DOOR:
        missing -= {("secretsmanager:GetSecretValue", "secrets")}
    assert sorted(missing) == [], "AWS will refuse these"


def test_what_the_code_asks_is_found_at_all():
    """Guard against looking at nothing: what these are known to need has to be seen."""
    assert used_by("PushChangesFunction") >= {
        ("dynamodb:PutItem", "RecordsTable"),
        ("dynamodb:Query", "RecordsTable"),
        ("dynamodb:UpdateItem", "ControlTable"),
        ("kms:Decrypt", "TokenKey"),
        ("kms:GenerateDataKey", "TokenKey"),
        ("secretsmanager:GetSecretValue", "secrets"),
    }
    assert used_by("HubspotWebhookFunction") == {
        ("dynamodb:GetItem", "ControlTable"),
        ("secretsmanager:GetSecretValue", "secrets"),
    }
    assert used_by("AddClaimsFunction") == set()


@pytest.mark.parametrize("port", [each for each in reached.PORTS if each != "queues"])
def test_every_adapter_asks_something(port):
    asked = {method: reached.actions_of(port, method) for method in reached.methods_of(port)}
    assert any(asked.values()), asked


def test_an_action_that_is_granted_for_nothing_is_found():
    wide = granted_to("AddClaimsFunction") | {("dynamodb:Scan", "RecordsTable")}
    assert wide - used_by("AddClaimsFunction") == {("dynamodb:Scan", "RecordsTable")}
