"""A record of two kilobytes, however little of it repeats itself, costs one write unit."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest

from bench.crms import person
from bench.metering import size_of, write_units
from crmbridge.adapters.aws._record_items import record_item
from crmbridge.domain.codec import to_text
from crmbridge.domain.records import Base, FieldChange, LastChange, Link, Record, Stamp

CRMS = ("int_01M7Z6TKKFR88RY8AWVFA0SRXM", "int_01M7Z6TKVM5DJCJQ84SHDG6AKW")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SYLLABLES = ("ka", "lor", "mi", "ten", "su", "bra", "vel", "on", "dri", "pa", "quo", "is", "fen", "ul", "ta", "gre")


def prose(length: int, random: Random) -> str:
    """Text of words that nobody has heard before, in no order that anybody could foretell."""
    known = ["".join(random.choices(SYLLABLES, k=random.randint(1, 4))) for _ in range(900)]
    text = ""
    while len(text) < length:
        text += random.choice(known) + " "
    return text[:length].strip()


def a_record(fields: int, text: int) -> Record:
    random = Random(fields)
    values = dict(list(person(random.randrange(10**6)).items())[:fields])
    if text:
        values["description"] = prose(text, random)
    return Record(
        "acme",
        "con_01M7Z6TM35GGFY7CVS4AE0D58K",
        "contact",
        fields=values,
        stamps={name: Stamp(1795269938797, CRMS[0]) for name in values},
        links={
            CRMS[0]: Link(CRMS[0], "210340000017", version="1795269940545"),
            CRMS[1]: Link(
                CRMS[1], "003sb0000000006AAA", version="2026-11-21T14:05:40.000+0000", base={"city": Base("a")}
            ),
        },
        due_for={CRMS[1]: 0},
        rev=7,
        created_at=NOON,
        last=LastChange("changed", CRMS[0], NOON, changes=(FieldChange("city", "Olinda", "Natal"),)),
    )


@pytest.mark.parametrize(("fields", "text"), [(12, 0), (12, 270), (8, 600), (5, 860), (4, 950)])
def test_two_kilobytes_are_one_write_unit(fields, text):
    record = a_record(fields, text)
    assert 1500 < len(to_text(record).encode()) <= 2048
    item = record_item(record)
    assert write_units(item) == 1, size_of(item)
