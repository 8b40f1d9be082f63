"""What the template promises beyond the house rules: narrow roles, kept logs, quiet access logs, encryption."""

from __future__ import annotations

import json
import re

import pytest

from crmbridge import connectors
from crmbridge.domain.declaration import Connector
from tests.house import template
from tests.house.tree import crms, pascal

WORK_QUEUES = {"ChangesQueue", "SyncQueue", "PushQueue", "WakeQueue", "OutboxQueue"}
FUNCTIONS = sorted(template.functions())
CRMS: dict[str, Connector] = {crm: connectors.declaration(crm) for crm in crms()}
DOORS = {f"{pascal(crm)}WebhookFunction": each for crm, each in CRMS.items() if each.supports.webhooks}
"""By function, the CRMs that send webhooks."""

each_function = pytest.mark.parametrize("name", FUNCTIONS)


def _role_of(name):
    return template.resources("AWS::IAM::Role")[next(template.referred(template.functions()[name]["Role"]))]


def _own_statements(name):
    policies = _role_of(name)["Properties"].get("Policies", [])
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def _queues_of(name, action):
    """Return the queues on which a function's own role allows an action."""
    found = set()
    for statement in _own_statements(name):
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        if action in actions:
            found |= set(template.referred(statement["Resource"]))
    return found


def _events(name, kind):
    events = template.functions()[name].get("Events", {}).values()
    return [event["Properties"] for event in events if event["Type"] == kind]


@each_function
def test_a_function_logs_to_a_group_that_forgets(name):
    group = next(template.referred(template.functions()[name]["LoggingConfig"]["LogGroup"]))
    properties = template.resources("AWS::Logs::LogGroup")[group]["Properties"]
    assert properties["RetentionInDays"] == {"Ref": "LogRetention"}


def test_every_log_group_forgets():
    for name, group in template.resources("AWS::Logs::LogGroup").items():
        assert group["Properties"].get("RetentionInDays"), f"{name} keeps its logs for ever"


@each_function
def test_a_role_may_write_only_its_own_logs(name):
    logs = [each for each in _own_statements(name) if each["Sid"] == "Log"]
    group = next(template.referred(template.functions()[name]["LoggingConfig"]["LogGroup"]))
    assert [set(template.referred(each["Resource"])) for each in logs] == [{group}]


@each_function
def test_a_role_takes_from_exactly_the_queues_that_feed_its_function(name):
    fed_by = {queue for event in _events(name, "SQS") for queue in template.referred(event["Queue"])}
    if name == "CrmApiFunction":
        fed_by |= {"ChangesDlq", "SyncDlq", "PushDlq", "WakeDlq"}  # looked into for admins
    assert _queues_of(name, "sqs:ReceiveMessage") == fed_by
    assert _queues_of(name, "sqs:DeleteMessage") == fed_by


@each_function
def test_a_function_that_requeues_onto_its_own_queue_may_loop(name):
    loops = bool(_queues_of(name, "sqs:ReceiveMessage") & _queues_of(name, "sqs:SendMessage"))
    woken = name == "PlanSyncFunction"
    allowed = template.functions()[name].get("RecursiveLoop") == "Allow"
    assert allowed == (loops or woken), "Lambda stops a function that it takes for a runaway"


def test_only_those_who_call_a_crm_may_unwrap_tokens():
    allowed = {
        name
        for name in FUNCTIONS
        if "UseTokensPolicy" in set(template.referred(_role_of(name)["Properties"].get("ManagedPolicyArns", [])))
    }
    assert allowed == {
        "ApplyChangesFunction",
        "ConnectCrmFunction",
        "CrmApiFunction",
        "FinishOauthFunction",
        "PushChangesFunction",
        "RunSyncBatchFunction",
    }


def _door_route(connector: Connector) -> str:
    """Return a door's route: who signs nothing is known by a secret in the path."""
    return f"POST /webhooks/{connector.name}" + ("" if connector.supports.webhook_signature else "/{secret}")


def test_every_crm_that_sends_webhooks_has_its_door_and_no_other_has_one():
    routes = {
        name: (f"{event['Method']} {event['Path']}", event["Auth"])
        for name in FUNCTIONS
        if name.endswith("WebhookFunction")
        for event in _events(name, "HttpApi")
    }
    assert routes == {name: (_door_route(each), {"Authorizer": "NONE"}) for name, each in DOORS.items()}
    for name, connector in DOORS.items():
        assert template.functions()[name]["Environment"]["Variables"] == {"CRM": connector.name}


@pytest.mark.parametrize("name", [*DOORS, "ReceiveChangeEventFunction"])
def test_a_door_that_fails_rings(name):
    alarms = [each["Properties"] for each in template.resources("AWS::CloudWatch::Alarm").values()]
    rings = [each for each in alarms if name in template.referred(each.get("Dimensions"))]
    assert [(each["MetricName"], bool(each["AlarmActions"])) for each in rings] == [("Errors", True)]


def test_the_dashboard_shows_the_errors_of_every_door():
    (dashboard,) = template.resources("AWS::CloudWatch::Dashboard").values()
    assert DOORS.keys() <= set(template.referred(dashboard["Properties"]["DashboardBody"]))


@pytest.mark.parametrize("name", [*DOORS, "ReceiveChangeEventFunction"])
def test_a_webhook_door_can_neither_read_nor_write_records_nor_change_control(name):
    attached = set(template.referred(_role_of(name)["Properties"]["ManagedPolicyArns"]))
    assert attached == {"ReadControlPolicy"}
    assert _queues_of(name, "sqs:SendMessage") == {"ChangesQueue"}


def test_only_a_crm_with_an_app_has_a_secret_for_it():
    """An API key is the workspace's own and lies with the integration, not with the deployment."""
    with_app = {f"{pascal(crm)}AppSecret" for crm, each in CRMS.items() if "oauth" in each.supports.auth}
    assert set(template.resources("AWS::SecretsManager::Secret")) == with_app
    statements = template.resources()["UseTokensPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    (readable,) = [each["Resource"] for each in statements if each["Sid"] == "AppSecrets"]
    assert set(template.referred(readable)) == with_app
    told = {name.removesuffix("SecretName") for name in template.document()["Outputs"] if name.endswith("SecretName")}
    assert {f"{name}AppSecret" for name in told} == with_app


def test_the_redirect_address_of_every_app_is_told():
    told = {name for name in template.document()["Outputs"] if name.endswith("RedirectUrl")}
    assert told == {f"{pascal(crm)}RedirectUrl" for crm, each in CRMS.items() if "oauth" in each.supports.auth}


def test_a_webhook_door_reads_the_secret_of_the_app_that_signs_and_no_other():
    named = {
        name: {
            secret
            for statement in _own_statements(name)
            for secret in template.referred(statement["Resource"])
            if secret.endswith("AppSecret")
        }
        for name in FUNCTIONS
        if name.endswith("WebhookFunction")
    }
    signs = {name: each.supports.webhook_signature for name, each in DOORS.items()}
    assert named == {name: {name.replace("WebhookFunction", "AppSecret")} if signs[name] else set() for name in DOORS}


def test_the_claims_trigger_may_do_nothing_but_log():
    assert [each["Sid"] for each in _own_statements("AddClaimsFunction")] == ["Log"]
    assert "ManagedPolicyArns" not in _role_of("AddClaimsFunction")["Properties"]


def test_managed_policies_of_amazon_are_not_used_because_they_allow_every_resource():
    for name, role in template.resources("AWS::IAM::Role").items():
        for arn in role["Properties"].get("ManagedPolicyArns", []):
            assert isinstance(arn, dict), f"{name} uses {arn}"


@pytest.mark.parametrize("name", sorted(template.resources("AWS::SQS::Queue")))
def test_a_queue_is_encrypted(name):
    assert template.resources("AWS::SQS::Queue")[name]["Properties"]["SqsManagedSseEnabled"] is True


@pytest.mark.parametrize("name", sorted(template.resources("AWS::SNS::Topic")))
def test_a_topic_is_encrypted_with_our_key(name):
    assert set(template.referred(template.resources("AWS::SNS::Topic")[name]["Properties"]["KmsMasterKeyId"])) == {
        "DataKey"
    }


def test_tables_and_secrets_are_encrypted_with_a_key_that_rotates():
    keys = template.resources("AWS::KMS::Key")
    assert set(keys) == {"DataKey", "TokenKey"}
    assert all(each["Properties"]["EnableKeyRotation"] is True for each in keys.values())
    for table in template.resources("AWS::DynamoDB::Table").values():
        assert set(template.referred(table["Properties"]["SSESpecification"])) == {"DataKey"}
    for secret in template.resources("AWS::SecretsManager::Secret").values():
        assert set(template.referred(secret["Properties"]["KmsKeyId"])) == {"DataKey"}


@pytest.mark.parametrize("key", ["DataKey", "TokenKey"])
def test_a_key_survives_the_stack(key):
    assert template.resources("AWS::KMS::Key")[key]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_nobody_may_do_everything_with_a_key():
    for key in template.resources("AWS::KMS::Key").values():
        for statement in key["Properties"]["KeyPolicy"]["Statement"]:
            assert all("*" not in action for action in statement["Action"])


def test_items_expire_by_the_attribute_the_key_schema_names():
    for table in template.resources("AWS::DynamoDB::Table").values():
        assert table["Properties"]["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_the_due_index_is_sparse_and_carries_no_more_than_the_pusher_needs():
    (index,) = template.resources("AWS::DynamoDB::Table")["RecordsTable"]["Properties"]["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "due"
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["due_pk", "due_at"]
    assert index["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["due_for"]}


def test_the_stream_mapping_passes_records_and_no_look_ups():
    (source,) = _events("FanOutChangesFunction", "DynamoDB")
    patterns = [json.loads(each["Pattern"])["dynamodb"] for each in source["FilterCriteria"]["Filters"]]
    only_with_a_revision = {"rev": {"N": [{"exists": True}]}}
    assert patterns == [{"NewImage": only_with_a_revision}, {"OldImage": only_with_a_revision}]


def test_access_logs_tell_the_route_and_never_the_path():
    settings = template.resources("AWS::Serverless::HttpApi")["Api"]["Properties"]["AccessLogSettings"]
    written = set(re.findall(r"\$context\.([A-Za-z.]+)", settings["Format"]))
    assert "routeKey" in written
    secretive = {"path", "http.path", "customDomain.basePathMatched", "identity.userAgent", "authorizer.claims"}
    assert not written & secretive
    json.loads(re.sub(r"\$context\.[A-Za-z.]+", "0", settings["Format"]))


def test_the_api_is_throttled_and_webhooks_have_room():
    api = template.resources("AWS::Serverless::HttpApi")["Api"]["Properties"]
    usual = api["DefaultRouteSettings"]["ThrottlingRateLimit"]
    assert usual > 0
    hooks = {route: each["ThrottlingRateLimit"] for route, each in api["RouteSettings"].items()}
    assert set(hooks) == {_door_route(each) for each in DOORS.values()}
    assert min(hooks.values()) > usual


def test_a_person_cannot_choose_their_own_workspace_or_role():
    people = template.resources("AWS::Cognito::UserPoolClient")["PeopleClient"]["Properties"]
    assert set(people["WriteAttributes"]) == {"email", "name"}
    pool = template.resources("AWS::Cognito::UserPool")["UserPool"]["Properties"]
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert set(template.referred(pool["LambdaConfig"])) == {"AddClaimsFunction"}


def test_tokens_are_accepted_for_our_two_clients_only():
    (authorizer,) = template.resources("AWS::Serverless::HttpApi")["Api"]["Properties"]["Auth"]["Authorizers"].values()
    assert set(template.referred(authorizer["JwtConfiguration"]["audience"])) == {"PeopleClient", "MachineClient"}


def test_push_tickets_are_deduplicated_by_their_cause_and_not_by_their_content():
    push = template.resources("AWS::SQS::Queue")["PushQueue"]["Properties"]
    assert push["ContentBasedDeduplication"] is False
    assert (push["DeduplicationScope"], push["FifoThroughputLimit"]) == ("messageGroup", "perMessageGroupId")


def test_a_fifo_queue_gives_up_into_a_fifo_queue():
    queues = template.resources("AWS::SQS::Queue")
    for name in WORK_QUEUES:
        properties = queues[name]["Properties"]
        dlq = next(template.referred(properties["RedrivePolicy"]["deadLetterTargetArn"]))
        assert dlq == name.replace("Queue", "Dlq")
        assert queues[dlq]["Properties"].get("FifoQueue") == properties.get("FifoQueue")


def test_the_guard_on_addresses_is_on_unless_asked_otherwise():
    assert template.document()["Parameters"]["CrmBaseUrls"]["Default"] == ""


def test_nothing_of_the_event_relay_is_made_without_an_event_source():
    relay = ("SalesforceBus", "ChangeEventRule", "ChangeEventPermission", "ChangeEventDlq", "ChangeEventDlqPolicy")
    assert template.document()["Parameters"]["SalesforceEventSource"]["Default"] == ""
    for name in (*relay, "ChangeEventDlqAlarm"):
        assert template.resources()[name]["Condition"] == "HasChangeEvents", name


def test_planning_starts_every_minute_and_gives_up_into_a_queue():
    (schedule,) = _events("PlanSyncFunction", "ScheduleV2")
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert set(template.referred(schedule["DeadLetterConfig"])) == {"ScheduleDlq"}
    assert set(template.referred(schedule["RoleArn"])) == {"ScheduleRole"}


def test_no_secret_is_written_into_the_template():
    text = json.dumps(template.document())
    assert not re.search(r"(AKIA|ASIA)[0-9A-Z]{16}|pat-[a-z0-9]{3}-|-----BEGIN|xox[bp]-", text)
    shared = template.document()["Globals"]["Function"]["Environment"]["Variables"]
    assert not [name for name in shared if re.search(r"SECRET(?!_PREFIX)|PASSWORD|TOKEN(?!_KEY_ID)", name)]


@each_function
def test_artefacts_are_built_by_the_makefile_that_any_host_can_run(name):
    metadata = template.resources()[name]["Metadata"]
    assert metadata == {"BuildMethod": "makefile", "ContextPath": "local/artefacts"}
