"""What the template grants a function: its role's own statements and those of the policies attached to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.house import template

BY_LAMBDA = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
}
"""What Lambda itself does with a function's role: logs, and taking from the queue or stream that feeds it."""


def grants_of(function: str) -> set[tuple[str, str]]:
    """Return what a function may do, as an action with the logical id of a resource.

    What only AWS services may do on the function's behalf (``kms:ViaService``) goes with the service's own action.
    """
    granted: set[tuple[str, str]] = set()
    for statement in _statements(function):
        if statement["Effect"] != "Allow" or "kms:ViaService" in str(statement.get("Condition", "")):
            continue
        resources = set(template.referred(statement["Resource"]))
        resources = {each for each in resources if each in template.resources()} or {str(statement["Resource"])}
        granted |= {(action, each) for action in _list(statement["Action"]) for each in resources}
    return {(action, each) for action, each in granted if action not in BY_LAMBDA}


def _statements(function: str) -> Iterator[dict[str, Any]]:
    role = template.resources()[next(template.referred(template.functions()[function]["Role"]))]["Properties"]
    for policy in role.get("Policies", []):
        yield from policy["PolicyDocument"]["Statement"]
    for name in template.referred(role.get("ManagedPolicyArns", [])):
        yield from template.resources()[name]["Properties"]["PolicyDocument"]["Statement"]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
