"""The arithmetic of DynamoDB's units, by the vendor's documentation of read and write consumption."""

import zlib

import pytest

from bench.metering import MeteredDynamo, index_units, size_of, write_units

KEY = {"pk": {"S": "p"}, "sk": {"S": "s"}}


class OneTable:
    """Keeps items by key and answers as the low-level client does."""

    def __init__(self):
        self.items = {}
        self.fails = False

    def put_item(self, **call):
        if self.fails:
            raise RuntimeError("the condition does not hold")
        self.items[_place(call["Item"])] = call["Item"]

    def transact_write_items(self, **call):
        for action in call["TransactItems"]:
            self.put_item(**action["Put"])

    def get_item(self, **call):
        found = self.items.get(_place(call["Key"]))
        return {} if found is None else {"Item": found}

    def batch_get_item(self, **call):
        found = [self.items.get(_place(key)) for key in call["RequestItems"]["t"]["Keys"]]
        return {"Responses": {"t": [each for each in found if each]}}

    def query(self, **call):
        return {"Items": list(self.items.values())}


def _place(item):
    return item["pk"]["S"], item["sk"]["S"]


@pytest.fixture
def table():
    return OneTable()


@pytest.fixture
def metered(table):
    return MeteredDynamo(table)


def item(size, **more):
    """An item of exactly this many bytes."""
    made = {**KEY, "body": {"S": ""}, **more}
    return {**made, "body": {"S": "x" * (size - size_of(made))}}


def test_names_and_values_both_count_towards_an_items_size():
    assert size_of(KEY) == len("pkpsks")
    assert size_of({"body": {"S": "é"}}) == 6
    assert size_of({"rev": {"N": "1234"}}) == 3 + 3


@pytest.mark.parametrize(("size", "units"), [(200, 1), (1024, 1), (1025, 2), (2180, 3)])
def test_a_write_costs_a_unit_for_each_kilobyte_begun(size, units):
    assert write_units(None, item(size)) == units


def test_a_write_is_billed_by_the_larger_of_before_and_after():
    assert write_units(item(3000), item(200)) == 3


def test_units_are_told_by_what_they_were_spent_on(metered):
    record = {"pk": {"S": "acme#R#contact#a"}, "sk": {"S": "con_1"}, "due_pk": {"S": "d"}, "due_at": {"N": "1"}}
    packed = {"B": zlib.compress(b'{"last": {"kind": "settled"}}')}
    metered.put_item(TableName="t", Item={**record, "body": packed})
    metered.put_item(TableName="t", Item={"pk": {"S": "acme#X#int_1#contact#9"}, "sk": {"S": "x"}})
    metered.get_item(TableName="t", Key={"pk": {"S": "acme#JOURNAL#con_1"}, "sk": {"S": "1"}}, ConsistentRead=True)
    assert metered.spent == {
        ("write", "record, settled"): 1,
        ("write", "index of due work"): 1,
        ("write", "look-up by external id"): 1,
        ("read", "journal"): 1,
    }
    metered.forget()
    assert not metered.spent
    assert not metered.units


def test_a_transaction_costs_twice_as_much(metered):
    metered.transact_write_items(TransactItems=[{"Put": {"TableName": "t", "Item": item(1500)}}])
    assert metered.units["t", "write"] == 4


def test_a_write_that_is_refused_is_billed_all_the_same(metered, table):
    metered.put_item(TableName="t", Item=item(1500))
    table.fails = True
    with pytest.raises(RuntimeError):
        metered.put_item(TableName="t", Item=item(1500))
    assert metered.units["t", "write"] == 4


def test_the_index_costs_nothing_for_what_is_not_due():
    assert index_units(item(2000), item(2100)) == 0


def test_the_index_costs_one_unit_to_enter_one_to_leave_and_two_to_move():
    due = {"due_pk": {"S": "w#contact#1"}, "due_for": {"S": '{"int_1":0}'}}
    first, later = item(2000, **due, due_at={"N": "1"}), item(2000, **due, due_at={"N": "2"})
    assert index_units(None, first) == index_units(first, item(2000)) == 1
    assert index_units(first, later) == 2
    assert index_units(first, {**first, "due_for": {"S": '{"int_1":0,"int_2":0}'}}) == 1


def test_a_batch_read_bills_each_item_alone_and_missing_ones_too(metered):
    metered.put_item(TableName="t", Item=item(5000))
    missing = {"pk": {"S": "nobody"}, "sk": {"S": "s"}}
    metered.batch_get_item(RequestItems={"t": {"Keys": [KEY, missing], "ConsistentRead": True}})
    assert metered.units["t", "read"] == 2 + 1


def test_a_query_bills_all_bytes_together_and_half_when_eventually_consistent(metered):
    for number in range(3):
        metered.put_item(TableName="t", Item={**item(2000), "sk": {"S": str(number)}})
    metered.query(TableName="t", ConsistentRead=True)
    metered.query(TableName="t")
    assert metered.units["t", "read"] == 2 + 1
