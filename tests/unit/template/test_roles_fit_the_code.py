"""A role lets a function send to exactly the queues that its code sends to: emulators check no role, AWS does."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house import template
from tests.house.tree import LIBRARY, parsed
from tests.unit.template.test_template_policies import DOORS, _queues_of

QUEUES = {
    "send_changes": "ChangesQueue",
    "send_steps": "SyncQueue",
    "send_tickets": "PushQueue",
    "send_wakes": "WakeQueue",
    "hold": "OutboxQueue",
}
BEGINNINGS = {
    **{
        name: ["receive_signed" if each.supports.webhook_signature else "receive_secret"]
        for name, each in DOORS.items()
    },
    "ReceiveChangeEventFunction": ["receive_events"],
    "ConnectCrmFunction": ["begin_login", "connect_as_user", "complete_login", "refresh_now", "log_out", "open_hook"],
    "FinishOauthFunction": ["finish_login"],
    "CrmApiFunction": [
        "create_integration",
        "adopt_token",
        "delete_integration",
        "set_up",
        "take_down",
        "open_hook",
        "start_run",
        "start_comparison",
        "resolve_field",
        "release_links",
        "enter_many",
        "take_event",
        "make_kit",
        "start_erasure",
    ],
    "PlanSyncFunction": ["plan_all", "plan_woken"],
    "RunSyncBatchFunction": ["run_sync_batch", "work_erasure", "keep_subscriptions"],
    "ApplyChangesFunction": ["apply_changes"],
    "FanOutChangesFunction": ["fan_out_changes", "RecordAnnouncer"],
    "AnnounceFunction": ["announce_states", "publish_held"],
    "PushChangesFunction": ["push_changes", "come_back"],
    "TakeEventsFunction": ["take_event"],
    "AddClaimsFunction": [],
}


def _calls() -> dict[str, set[str]]:
    """Return, by the name of a function or class, the plain names it calls."""
    calls: dict[str, set[str]] = {}
    for path in [*(LIBRARY / "services").glob("*.py"), LIBRARY / "runtime" / "workers.py"]:
        for node in parsed(path).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                calls.setdefault(node.name, set()).update(_called(node))
    return calls


def _called(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name):
            yield inner.func.id
        elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr in QUEUES:
            yield inner.func.attr


def _sends(beginnings: list[str]) -> set[str]:
    calls, seen, left = _calls(), set[str](), list(beginnings)
    while left:
        name = left.pop()
        if name not in seen:
            seen.add(name)
            left.extend(calls.get(name, ()))
    return {QUEUES[name] for name in seen & QUEUES.keys()}


def test_every_function_has_its_beginnings():
    assert BEGINNINGS.keys() == template.functions().keys()
    known = _calls()
    assert [name for names in BEGINNINGS.values() for name in names if name not in known] == []


@pytest.mark.parametrize("name", sorted(BEGINNINGS))
def test_a_role_may_send_where_the_code_sends_and_nowhere_else(name: str):
    allowed = _queues_of(name, "sqs:SendMessage") & set(QUEUES.values())
    given_back = {"ChangesQueue", "SyncQueue", "PushQueue", "WakeQueue"} if name == "CrmApiFunction" else set()
    assert allowed == _sends(BEGINNINGS[name]) | given_back


@pytest.mark.parametrize(
    ("action", "resource", "by"),
    [
        ("events:PutEvents", "EventBus", {"AnnounceFunction", "FanOutChangesFunction"}),
        ("sns:Publish", "NoticeTopic", {"AnnounceFunction"}),
    ],
)
def test_only_those_who_announce_may_and_only_there(action: str, resource: str, by: set[str]):
    found = {name: _queues_of(name, action) for name in template.functions()}
    assert {name: where for name, where in found.items() if where} == {key: {resource} for key in by}
