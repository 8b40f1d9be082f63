"""Events of other systems come in by two queues, one of which only the bus's rule may fill; ours never come back."""

from __future__ import annotations

from crmbridge.adapters.aws.bus import SOURCE
from tests.house import template

FUNCTION = template.functions()["TakeEventsFunction"]


def _statements(queue: str) -> list[dict]:
    return [
        statement
        for each in template.resources("AWS::SQS::QueuePolicy").values()
        if queue in set(template.referred(each["Properties"]["Queues"]))
        for statement in each["Properties"]["PolicyDocument"]["Statement"]
    ]


def test_the_rule_takes_everything_on_the_bus_that_we_did_not_put_there():
    rule = template.resources("AWS::Events::Rule")["EventsInRule"]["Properties"]
    assert rule["EventPattern"] == {"source": [{"anything-but": [SOURCE]}]}
    assert set(template.referred(rule["EventBusName"])) == {"EventBus"}
    (target,) = rule["Targets"]
    assert set(template.referred(target["Arn"])) == {"BusEventsQueue"}
    assert set(template.referred(target["DeadLetterConfig"])) == {"EventsRuleDlq"}


def test_only_the_rule_may_fill_the_buss_queue():
    (statement,) = _statements("BusEventsQueue")
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert set(template.referred(statement["Condition"])) == {"EventsInRule"}


def test_the_function_is_told_which_queue_the_bus_fills_and_drains_both():
    told = FUNCTION["Environment"]["Variables"]["BUS_EVENTS_QUEUE_ARN"]
    assert set(template.referred(told)) == {"BusEventsQueue"}
    fed_by = {queue for each in FUNCTION["Events"].values() for queue in template.referred(each["Properties"]["Queue"])}
    assert fed_by == {"BusEventsQueue", "EventsQueue"}


def test_other_accounts_reach_neither_bus_nor_queue_unless_they_are_named():
    assert template.document()["Parameters"]["EventSenders"]["Default"] == ""
    (statement,) = _statements("EventsQueue")
    assert (statement["Principal"], statement["Action"]) == ({"AWS": {"Ref": "EventSenders"}}, "sqs:SendMessage")
    assert template.resources("AWS::SQS::QueuePolicy")["EventsQueuePolicy"]["Condition"] == "HasEventSenders"
    condition, policy, nothing = template.resources()["EventBus"]["Properties"]["Policy"]["Fn::If"]
    assert (condition, nothing) == ("HasEventSenders", {"Ref": "AWS::NoValue"})
    assert [each["Action"] for each in policy["Statement"]] == ["events:PutEvents"]
