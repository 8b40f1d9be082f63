"""Overrides that can be carried out, for hypothesis, and a CRM that knows some of its own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from hypothesis import strategies as st

from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.mapping.checks import Terms, problems_of
from crmbridge.domain.mapping.forms import Transform
from crmbridge.domain.mapping.overrides import FieldMap, Overrides
from crmbridge.domain.records import FIELD_NAMES, Value
from crmbridge.domain.stages import DEAL_STAGES

CUSTOM = (
    CustomField("deal", "x_note", "Note", "text"),
    CustomField("deal", "x_more", "More", "long_text"),
    CustomField("deal", "x_number", "Number", "number"),
    CustomField("deal", "x_flag", "Flag", "boolean"),
    CustomField("deal", "x_day", "Day", "date"),
    CustomField("deal", "x_moment", "Moment", "datetime"),
    CustomField("deal", "x_many", "Many", "choices", options=("a", "b", "c d")),
    CustomField("deal", "x_pick", "Pick", "choice", options=("Usina própria", "Investimento")),
)
HELD = tuple(name for name in FIELD_NAMES["deal"] if name not in ("probability", "tags"))
TERMS = Terms({"deal": HELD, "contact": FIELD_NAMES["contact"]}, CUSTOM, "Acme")


def plain(number: Decimal) -> str:
    text = f"{number:f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=12)
numbers = st.decimals(-(10**9), 10**9, places=4).map(plain)
days = st.dates().map(lambda day: day.isoformat())
moments = st.datetimes().map(lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0"))


values: Mapping[str, st.SearchStrategy[Value]] = {
    "title": texts,
    "description": texts,
    "lead_source": texts,
    "deal_type": texts,
    "stage": st.sampled_from(DEAL_STAGES),
    "amount": numbers,
    "close_on": days,
    "x_note": texts,
    "x_more": texts,
    "x_number": numbers,
    "x_flag": st.booleans(),
    "x_day": days,
    "x_moment": moments,
    "x_many": st.lists(st.sampled_from(("a", "b", "c d")), min_size=1, unique=True).map(
        lambda some: tuple(sorted(some))
    ),
    "x_pick": st.sampled_from(("Usina própria", "Investimento")),
}
fields = st.fixed_dictionaries({}, optional={name: st.none() | each for name, each in values.items()})

words = st.dictionaries(
    st.sampled_from([*DEAL_STAGES, "a", "b", "Web"]), st.sampled_from([*DEAL_STAGES, "a", "Sítio"]), max_size=3
)


def _possible() -> list[FieldMap]:
    """Return every field in every place, as it is and transformed, as far as that can be carried out."""
    ways = (
        None,
        *(Transform(op=op) for op in ("upper", "lower", "decimal", "number_text", "day")),
        Transform(op="cut", number=4),
        Transform(op="prefix", text="> "),
        *(Transform(op="shift", number=number) for number in (-3, 2, 12)),
        Transform(op="words", yes="Sim", no="Não"),
        Transform(op="join", text="; "),
    )
    tried = (
        FieldMap(entity="deal", field=name, held_in=place, transform=way)
        for name in sorted(values)
        for place in ("", *sorted(values))
        for way in ways
    )
    return [each for each in tried if not problems_of([each], TERMS)]


@st.composite
def overrides(draw: st.DrawFn) -> Overrides:
    """Draw overrides of deals that can be carried out together."""
    found: list[FieldMap] = []
    for each in draw(st.lists(st.sampled_from(POSSIBLE), max_size=5)):
        worded = replace(each, values=draw(words), required=draw(st.booleans()))
        one = each if problems_of([worded], TERMS) else worded
        if not problems_of([*found, one], TERMS):
            found.append(one)
    return tuple(found)


POSSIBLE = _possible()


def keeps_all(said: Mapping[str, Value]) -> dict[str, Value]:
    """Stand for a CRM that holds everything as it is said."""
    return dict(said)


def shortens(said: Mapping[str, Value]) -> dict[str, Value]:
    """Stand for a CRM that cuts texts and knows no words but its options."""
    options = {each.name: each.options for each in CUSTOM if each.kind == "choice"}
    cut = {
        name: value[:9].rstrip() if isinstance(value, str) and name == "x_note" else value
        for name, value in said.items()
    }
    return {
        name: value for name, value in cut.items() if name not in options or value is None or value in options[name]
    }
