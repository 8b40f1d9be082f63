"""Nothing of the deployment is open to the world, to another account, or readable on a disk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.house import template

ROOT_OF_THE_ACCOUNT = "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"
WORDS_OF_TLS = "aws:SecureTransport"


def _found(value: Any, key: str) -> Iterator[Any]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key:
                yield inner
            yield from _found(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _found(inner, key)


def _statements() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, each in template.resources().items():
        for found in _found(each, "Statement"):
            for statement in found if isinstance(found, list) else [found]:
                yield name, statement


TRUSTING = [(name, each) for name, each in _statements() if "Principal" in each and each["Effect"] == "Allow"]


@pytest.mark.parametrize(
    ("name", "statement"), TRUSTING, ids=[f"{name} {each.get('Sid', '')}" for name, each in TRUSTING]
)
def test_a_policy_trusts_named_services_and_this_account_alone(name, statement):
    principal = statement["Principal"]
    assert isinstance(principal, dict), f"{name} trusts {principal}"
    assert principal.keys() <= {"Service", "AWS"}
    services = principal.get("Service", [])
    for service in services if isinstance(services, list) else [services]:
        assert service.endswith(".amazonaws.com")
        assert "*" not in service
    for account in _found(principal, "AWS"):
        assert account == {"Fn::Sub": ROOT_OF_THE_ACCOUNT} or _is_asked_for(account), f"{name} trusts {account}"


def _is_asked_for(account: Any) -> bool:
    """Tell whether whoever deploys names the accounts, and none are unless they do."""
    named = template.document()["Parameters"].get(account.get("Ref", "")) if isinstance(account, dict) else None
    return named is not None and named.get("Default") == ""


def test_something_is_trusted():
    assert len(TRUSTING) >= len(template.functions()), "each function's role trusts Lambda"


def test_no_statement_says_not():
    """``NotAction``, ``NotResource`` and ``NotPrincipal`` allow whatever AWS adds tomorrow."""
    for name, statement in _statements():
        assert not {"NotAction", "NotResource", "NotPrincipal"} & statement.keys(), name


def test_every_role_is_for_one_service():
    for name, role in template.resources("AWS::IAM::Role").items():
        (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Action"] == "sts:AssumeRole", name
        assert isinstance(statement["Principal"]["Service"], str), name


def test_every_topic_is_encrypted():
    topics = template.resources("AWS::SNS::Topic")
    assert topics
    assert [name for name, each in topics.items() if not each["Properties"].get("KmsMasterKeyId")] == []


def test_every_queue_is_encrypted_and_every_worked_one_gives_up_into_another():
    queues = template.resources("AWS::SQS::Queue")
    given_up_into = {
        name
        for each in template.resources().values()
        for key in ("deadLetterTargetArn", "DeadLetterConfig", "OnFailure")
        for found in _found(each, key)
        for name in template.referred(found)
    }
    for name, each in queues.items():
        properties = each["Properties"]
        assert properties.get("SqsManagedSseEnabled") or properties.get("KmsMasterKeyId"), f"{name} is not encrypted"
        assert name in given_up_into or "RedrivePolicy" in properties, f"{name} has no dead letter queue"


def test_every_bucket_is_private_encrypted_and_wants_tls():
    policies = template.resources("AWS::S3::BucketPolicy").values()
    for name, each in template.resources("AWS::S3::Bucket").items():
        properties = each["Properties"]
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}, name
        assert len(properties["PublicAccessBlockConfiguration"]) == 4, name
        assert properties["BucketEncryption"], name
        assert any(
            name in template.referred(p["Properties"]["Bucket"]) and WORDS_OF_TLS in json.dumps(p) for p in policies
        )


def test_no_function_has_an_address_of_its_own():
    assert template.resources("AWS::Lambda::Url") == {}
    assert [name for name, each in template.functions().items() if "FunctionUrlConfig" in each] == []


def test_no_web_page_of_anybody_may_call_the_api():
    for api in template.resources("AWS::Serverless::HttpApi").values():
        origins = api["Properties"].get("CorsConfiguration", {}).get("AllowOrigins", [])
        assert "*" not in origins


def test_every_rule_of_a_bus_gives_up_into_a_queue():
    for name, rule in template.resources("AWS::Events::Rule").items():
        for target in rule["Properties"]["Targets"]:
            assert target.get("DeadLetterConfig"), f"{name} loses what its target does not take"
