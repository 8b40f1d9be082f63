"""The deployed slice keeps its promises: queues drain or ring, roles are narrow, state can be restored."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.house import template
from tests.house.tree import LIBRARY, ROOT

# IAM knows no narrower resource for these
ONLY_ON_EVERYTHING = {
    "cloudwatch:PutMetricData",
    "ec2:DescribeNetworkInterfaces",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}


def _queues() -> dict[str, dict[str, Any]]:
    return {name: each.get("Properties", {}) for name, each in template.resources("AWS::SQS::Queue").items()}


def _working_queues() -> list[str]:
    """Return the queues that some function drains."""
    return sorted({queue for queue, _, _ in _sources()})


def _sources() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (queue, function, event source) for each queue that feeds a function."""
    for name, properties in template.functions().items():
        for event in properties.get("Events", {}).values():
            if event["Type"] == "SQS":
                queue = next(template.referred(event["Properties"]["Queue"]))
                yield queue, name, event["Properties"]


def _dlqs() -> set[str]:
    """Return the queues that something gives up into."""
    redrives = [each["RedrivePolicy"] for each in _queues().values() if "RedrivePolicy" in each]
    found = {name for policy in redrives for name in template.referred(policy["deadLetterTargetArn"])}
    for each in template.resources().values():
        for config in _find(each, ("DeadLetterConfig", "OnFailure", "DeadLetterQueue")):
            found |= {name for name in template.referred(config) if name in _queues()}
    return found


def _find(value: Any, keys: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in keys:
                yield inner
            yield from _find(inner, keys)
    elif isinstance(value, list):
        for inner in value:
            yield from _find(inner, keys)


def _statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every policy statement of the template with the resource that holds it."""
    for name, each in template.resources().items():
        for found in _find(each, ("Statement",)):
            for statement in found if isinstance(found, list) else [found]:
                yield name, statement


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_something_is_deployed():
    assert len(template.functions()) >= 11
    assert {"ChangesQueue", "SyncQueue", "PushQueue", "WakeQueue"} <= set(_working_queues())


@pytest.mark.parametrize("queue", _working_queues())
def test_a_queue_gives_up_into_a_dead_letter_queue(queue):
    policy = _queues()[queue].get("RedrivePolicy")
    assert policy, f"{queue} has no RedrivePolicy: poison would circle for ever"
    assert policy["maxReceiveCount"] >= 3


@pytest.mark.parametrize("queue", sorted(_dlqs()))
def test_a_dead_letter_queue_rings_at_its_first_message(queue):
    for each in template.resources("AWS::CloudWatch::Alarm").values():
        alarm = each["Properties"]
        if queue in template.referred(alarm.get("Dimensions")):
            assert alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
            first = (alarm["ComparisonOperator"], alarm["Threshold"])
            assert first in {("GreaterThanThreshold", 0), ("GreaterThanOrEqualToThreshold", 1)}
            assert alarm["AlarmActions"], f"the alarm on {queue} tells nobody"
            return
    pytest.fail(f"no alarm watches {queue}")


@pytest.mark.parametrize("queue", sorted(_dlqs()))
def test_a_dead_letter_queue_keeps_messages_for_a_fortnight(queue):
    assert _queues()[queue].get("MessageRetentionPeriod") == 14 * 86_400


@pytest.mark.parametrize(("queue", "function", "source"), list(_sources()), ids=lambda value: str(value)[:24])
def test_a_queue_is_drained_by_the_rules(queue, function, source):
    visibility_s = template.number(_queues()[queue].get("VisibilityTimeout", 30))
    timeout_s = template.number(template.functions()[function]["Timeout"])
    assert visibility_s >= 6 * timeout_s, f"{queue}: {visibility_s} s is under 6 x {timeout_s} s of {function}"
    assert source.get("FunctionResponseTypes") == ["ReportBatchItemFailures"], f"{queue} fails whole batches"
    assert source.get("ScalingConfig", {}).get("MaximumConcurrency"), f"{queue} has no MaximumConcurrency"


def test_stream_sources_retry_for_a_while_split_and_then_tell():
    streams = [
        (name, event["Properties"])
        for name, properties in template.functions().items()
        for event in properties.get("Events", {}).values()
        if event["Type"] == "DynamoDB"
    ]
    assert streams
    for name, source in streams:
        assert source["StartingPosition"] == "TRIM_HORIZON", name
        assert source["BisectBatchOnFunctionError"] is True, name
        assert 1 <= source["MaximumRetryAttempts"] <= 100, name
        assert source["DestinationConfig"]["OnFailure"]["Destination"], name


def test_tables_can_be_restored_expire_and_are_encrypted():
    tables = template.resources("AWS::DynamoDB::Table")
    assert len(tables) == 2
    streams = {}
    for name, each in tables.items():
        table = each["Properties"]
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True, name
        assert table["TimeToLiveSpecification"]["Enabled"] is True, name
        assert table["SSESpecification"]["SSEEnabled"] is True, name
        assert each.get("DeletionPolicy") in {"Retain", "RetainExceptOnCreate"}, f"{name} dies with the stack"
        streams[name] = table.get("StreamSpecification", {}).get("StreamViewType")
    assert sorted(streams.values(), key=str) == ["NEW_AND_OLD_IMAGES", "OLD_IMAGE"]


def test_no_policy_allows_every_action_or_every_resource():
    for name, statement in _statements():
        if statement["Effect"] != "Allow":
            continue
        actions = _list(statement["Action"])
        for action in actions:
            administers_itself = _is_key(name) and action == "kms:*"
            assert "*" not in action or administers_itself, f"{name} allows {action}"
        if "*" in _list(statement.get("Resource")) and not _is_key(name):
            assert set(actions) <= ONLY_ON_EVERYTHING, f"{name} allows {actions} on everything"


def _is_key(name: str) -> bool:
    """Tell whether a resource is a key: in its policy ``*`` means the key itself."""
    return template.resources()[name]["Type"] == "AWS::KMS::Key"


def test_every_service_principal_is_bound_to_a_source():
    for name, statement in _statements():
        principal = statement.get("Principal")
        if not (isinstance(principal, dict) and "Service" in principal) or statement["Effect"] != "Allow":
            continue
        condition = json.dumps(statement.get("Condition", {}))
        bound = "aws:SourceArn" in condition or "aws:SourceAccount" in condition or "kms:ViaService" in condition
        assert bound, f"{name} trusts {principal['Service']} whoever sends it"
    for name, each in template.resources("AWS::Lambda::Permission").items():
        assert each["Properties"].get("SourceArn"), f"{name} lets any source invoke the function"


def test_open_routes_are_exactly_those_that_check_their_callers_themselves():
    opened = {
        (event["Properties"]["Method"].upper(), event["Properties"]["Path"])
        for properties in template.functions().values()
        for event in properties.get("Events", {}).values()
        if event["Type"] == "HttpApi" and event["Properties"].get("Auth", {}).get("Authorizer") == "NONE"
    }
    webhooks = {(method, path) for method, path in opened if method == "POST" and path.startswith("/webhooks/")}
    assert opened - webhooks == {("GET", "/auth/{crm}/callback"), ("GET", "/health/crm")}
    apis = template.resources("AWS::Serverless::HttpApi").values()
    assert all(each["Properties"]["Auth"].get("DefaultAuthorizer") for each in apis)


def test_artefacts_are_built_for_python_313_on_arm64():
    for name, properties in template.functions().items():
        assert properties["Runtime"] == "python3.13", name
        assert properties["Architectures"] == ["arm64"], name


def test_the_template_sets_exactly_the_settings_that_the_library_reads():
    read = set(re.findall(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)"', (LIBRARY / "settings.py").read_text()))
    given = {
        name
        for properties in [template.document()["Globals"]["Function"], *template.functions().values()]
        for name in properties.get("Environment", {}).get("Variables", {})
        if not name.startswith(("POWERTOOLS_", "AWS_"))
    }
    given -= {"LOG_LEVEL"}  # Powertools reads it itself
    assert read - given == set(), "settings.py reads what the template does not give"
    assert given - read == set(), "the template gives what nobody reads"


def test_samconfig_deploys_to_aws_and_to_this_machine():
    text = (ROOT / "samconfig.toml").read_text(encoding="utf-8")
    assert re.search(r"^\[default\.deploy\.parameters\]", text, re.MULTILINE)
    assert re.search(r"^\[local\.deploy\.parameters\]", text, re.MULTILINE)
