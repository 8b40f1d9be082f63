from __future__ import annotations

import pytest

from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.soql import parse
from sandbox.salesforce.soql.nodes import Comparison, Literal


def _message(text: str) -> str:
    with pytest.raises(SalesforceError) as caught:
        parse(text)
    assert caught.value.code == "MALFORMED_QUERY"
    return caught.value.message


@pytest.mark.parametrize(
    ("query", "token"),
    [
        ("SELECT Id FROM Contact WHERE A = 1 AND B = 2 OR C = 3", "OR"),
        ("SELECT Id FROM Contact WHERE A = 1 AND NOT B = 2", "NOT"),
        ("SELECT Id FROM Contact WHERE", "<EOF>"),
        ("SELECT FROM Contact", "FROM"),
        ("SELECT Id FROM Contact WHERE Name = 'unclosed", "'"),
        ("SELECT Id FROM Contact WHERE Id IN ()", ")"),
        ("SELECT Id FROM Contact LIMIT many", "many"),
        ("SELECT Id FROM Contact WHERE A = 1; DROP", ";"),
        ("SELECT COUNT() FROM Contact HAVING COUNT() > 1", "HAVING"),
    ],
)
def test_what_the_grammar_does_not_allow_is_named_with_its_place(query: str, token: str):
    message = _message(query)
    assert f"unexpected token: '{token}'" in message
    assert "ERROR at Row:1:Column:" in message


def test_the_caret_stands_below_the_offending_word():
    lines = _message("SELECT Id FROM Contact WHERE A = 1 AND B = 2 OR C = 3").split("\n")
    assert lines[1][lines[2].index("^") :].startswith("OR")


def test_unknown_escapes_are_refused_and_known_ones_are_read():
    assert "Illegal character sequence" in _message(r"SELECT Id FROM Contact WHERE Name = 'a\x'")
    where = parse(r"SELECT Id FROM Contact WHERE Name = 'O\'Hara\\n'").where
    assert isinstance(where, Comparison)
    assert isinstance(where.operand, Literal)
    assert where.operand.value == r"O'Hara\n"


def test_a_query_of_more_than_100_000_characters_is_refused():
    assert "100000" in _message("SELECT Id FROM Contact WHERE Name = '" + "x" * 100_000 + "'")


def test_keywords_may_be_written_in_small_letters():
    query = parse("select Id, Name from Contact c where c.Name like 'A%' order by Name desc nulls last limit 5")
    assert (query.source, query.alias, query.limit) == ("Contact", "c", 5)
    assert query.order_by[0].descending
    assert not query.order_by[0].nulls_first
