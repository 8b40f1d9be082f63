"""Records survive being written down and read again, whatever they hold."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from crmbridge.domain.codec import FORMAT, from_json, from_text, to_json, to_text
from crmbridge.domain.records import PROJECTED, Base, Link, Record
from tests.unit.domain.strategies import records


@given(records())
def test_a_record_comes_back_as_it_was(record):
    back = from_text(to_text(record))
    assert back == record
    types = {name: type(value) for name, value in record.fields.items()}
    assert {name: type(value) for name, value in back.fields.items()} == types, "1 equals True and is not the same"


@given(records())
def test_equal_records_have_equal_text(record):
    assert to_text(from_text(to_text(record))) == to_text(record)


@given(records())
def test_the_text_is_json_without_floats_and_without_empty_parts(record):
    floats = []
    body = json.loads(to_text(record), parse_float=floats.append)
    assert floats == []
    assert not [name for name, value in body.items() if value in (None, "", {}, [])]


def test_a_newer_format_is_refused_rather_than_misread():
    body = {**to_json(Record("acme", "con_1", "contact")), "v": FORMAT + 1}
    with pytest.raises(ValueError, match="newer than this library"):
        from_json(body)


def test_unknown_keys_of_the_same_format_are_ignored():
    record = Record("acme", "con_1", "contact", fields={"city": "Recife"})
    assert from_json({**to_json(record), "colour": "blue"}) == record


def test_null_absent_and_empty_list_stay_three_things():
    record = Record("acme", "dea_1", "deal", fields={"company": None, "contacts": ()})
    back = from_text(to_text(record))
    assert back.fields == {"company": None, "contacts": ()}
    assert "title" not in back.fields


def test_a_base_that_is_the_projection_is_not_one_that_is_null():
    bases = {"city": Base("Recife"), "state": Base("PE", None)}
    record = Record("acme", "con_1", "contact", links={"int_a": Link("int_a", "1", base=bases)})
    back = from_text(to_text(record)).links["int_a"].base
    assert back["city"].remote is PROJECTED
    assert back["state"].remote is None
