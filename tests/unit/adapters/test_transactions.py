from __future__ import annotations

from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError

from crmbridge.adapters._look_ups import look_ups
from crmbridge.adapters.aws._table import Table
from crmbridge.adapters.aws._transactions import MOST_ACTIONS, Plan, packs, plan, run
from crmbridge.domain.records import Link, Record
from crmbridge.ports import Save
from tests.unit.adapters.fake_aws import FakeClient, Waits, cancelled, failure

OK, REFUSED, BUSY, SLOW = "None", "ConditionalCheckFailed", "TransactionConflict", "ThrottlingError"


def a_plan(number: int, *, actions: int = 1, size: int = 100, key: str = "") -> Plan:
    keys = frozenset({(key or f"pk{number}", "sk")})
    return Plan(number, tuple({"Put": {"Item": (number, place)}} for place in range(actions)), keys, size)


def numbers(plans: list[Plan]) -> list[list[int]]:
    return [[each.number for each in pack] for pack in packs(plans)]


def run_on(client: FakeClient, plans: list[Plan], waits: Waits) -> set[int]:
    dynamodb: Any = client
    backoff = waits.backoff()
    return run(Table(dynamodb, "records", backoff=backoff), plans, backoff=backoff)


def sent(client: FakeClient) -> list[list[int]]:
    """The numbers of the saves in each transaction that was tried, once per action."""
    return [[action["Put"]["Item"][0] for action in parameters["TransactItems"]] for _, parameters in client.calls]


def test_no_transaction_has_more_actions_than_dynamodb_takes():
    assert numbers([a_plan(n, actions=33) for n in range(7)]) == [[0, 1, 2], [3, 4, 5], [6]]
    assert sum(len(each.actions) for each in next(packs([a_plan(n) for n in range(150)]))) == MOST_ACTIONS


def test_no_transaction_has_more_bytes_than_dynamodb_takes():
    assert numbers([a_plan(n, size=1_500_000) for n in range(5)]) == [[0, 1], [2, 3], [4]]


def test_no_transaction_touches_an_item_twice_and_the_order_stays():
    assert numbers([a_plan(0, key="a"), a_plan(1), a_plan(2, key="a"), a_plan(3)]) == [[0, 1], [2, 3]]


def test_a_plan_knows_its_keys_and_is_not_smaller_than_its_values():
    before = Record("acme", "con_1", "contact", fields={"email": "ana@example.com"}, rev=1)
    links = {"int_hub": Link("int_hub", "1801")}
    noise = Random(1).randbytes(2000).hex()
    save = Save(before, Record("acme", "con_1", "contact", {"description": noise}, links=links, rev=2))
    found = plan(3, save, look_ups(save), table="records")
    assert found.number == 3
    assert [next(iter(action)) for action in found.actions] == ["Put", "Put", "Delete"]
    assert len(found.keys) == 3
    assert found.size > 2000
    conditions = [each.get("ConditionExpression") for action in found.actions for each in action.values()]
    assert conditions == ["rev = :read", "attribute_not_exists(pk) OR record_id = :me", None]


def test_a_transaction_that_holds_stores_everything():
    client, waits = FakeClient({}), Waits()
    assert run_on(client, [a_plan(0), a_plan(1, actions=2)], waits) == {0, 1}
    assert sent(client) == [[0, 1, 1]]
    assert waits.slept == []


def test_a_refused_save_is_left_out_and_the_others_are_tried_at_once():
    client, waits = FakeClient(cancelled(OK, OK, REFUSED, OK), {}), Waits()
    assert run_on(client, [a_plan(0), a_plan(1, actions=2), a_plan(2)], waits) == {0, 2}
    assert sent(client) == [[0, 1, 1, 2], [0, 2]]
    assert waits.slept == []


def test_when_every_save_is_refused_nothing_more_is_tried():
    client = FakeClient(cancelled(REFUSED, REFUSED))
    assert run_on(client, [a_plan(0), a_plan(1)], Waits()) == set()
    assert len(client.calls) == 1


def test_a_conflict_is_waited_for():
    client, waits = FakeClient(cancelled(OK, BUSY), cancelled(SLOW, OK), {}), Waits()
    assert run_on(client, [a_plan(0), a_plan(1)], waits) == {0, 1}
    assert waits.slept == [0.05, 0.1]


def test_a_save_in_lasting_conflict_is_given_up_and_hinders_no_other():
    client, waits = FakeClient(*[cancelled(OK, BUSY)] * 4, {}), Waits()
    assert run_on(client, [a_plan(0), a_plan(1)], waits) == {0}
    assert sent(client)[-1] == [0]
    assert len(waits.slept) == 3


def test_lasting_throttling_is_an_error_and_not_a_refusal():
    with pytest.raises(ClientError, match="ThrottlingException"):
        run_on(FakeClient(cancelled(OK, SLOW)), [a_plan(0), a_plan(1)], Waits())


@pytest.mark.parametrize(
    "error",
    [
        failure("ValidationException"),
        cancelled(OK, "ValidationError"),
        cancelled(OK, "ItemCollectionSizeLimitExceeded"),
        cancelled(),
    ],
)
def test_a_reason_that_is_no_saves_own_is_an_error(error):
    with pytest.raises(ClientError):
        run_on(FakeClient(error), [a_plan(0), a_plan(1)], Waits())
