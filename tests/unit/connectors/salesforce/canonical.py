"""Strategies for canonical records as any CRM may bring them."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, TypeAlias

from hypothesis import strategies as st

from crmbridge.connectors import _values as values
from crmbridge.connectors.salesforce import CONNECTOR
from crmbridge.domain.records import REFERENCES
from crmbridge.domain.stages import DEAL_STAGES, LEAD_STATUSES

Plain: TypeAlias = Literal["company", "contact", "lead", "deal"]
PLAIN: tuple[Plain, ...] = ("company", "contact", "lead", "deal")
"""Entities that one object holds; activities have a file of their own."""

_ANY_TEXT = st.text(max_size=60) | st.text(alphabet="aé漢🙂 \u202b\n\t'\"\\%_", max_size=300)
_LINE = _ANY_TEXT.map(values.text)
_BLOCK = _ANY_TEXT.map(lambda text: values.text(text, multiline=True))
_EMAIL = st.emails().map(values.email_text) | _LINE
_PHONE = st.from_regex(r"\+?[0-9 ()-]{5,20}", fullmatch=True).map(values.phone_text) | _LINE
_DECIMAL = st.decimals(min_value=-(10**20), max_value=10**20, places=3).map(
    lambda number: values.decimal_text(str(number))
)
_DAY = st.dates(min_value=date(1200, 1, 1)).map(lambda day: day.isoformat())
_OWNER = st.sampled_from(["ana@fabrikam.example", "bo@fabrikam.example", "nobody@fabrikam.example"])

_BY_NAME = {
    "email": _EMAIL,
    "phone": _PHONE,
    "mobile_phone": _PHONE,
    "description": _BLOCK,
    "street": _BLOCK,
    "domain": st.sampled_from(["fabrikam.example", "münchen.example", "a" * 300]) | _LINE.map(values.domain_text),
    "employees": st.integers(min_value=-(10**9), max_value=10**9),
    "annual_revenue": _DECIMAL,
    "amount": _DECIMAL,
    "currency": st.sampled_from(["EUR", "BRL", "nonsense"]),
    "probability": st.integers(min_value=-5, max_value=120),
    "close_on": _DAY,
    "stage": st.sampled_from([*DEAL_STAGES, "unheard of"]),
    "lead_status": st.sampled_from([*LEAD_STATUSES, "unheard of"]),
    "owner": _OWNER,
    "country": st.sampled_from(["Brasil", "Germany", "US", "Atlantis"]) | _LINE,
}


def fields(entity: Plain) -> st.SearchStrategy[dict[str, Any]]:
    """Return records with any selection of an entity's plain fields."""
    names = [name for name in CONNECTOR.supports.fields[entity] if name not in REFERENCES[entity]]
    return st.fixed_dictionaries({}, optional={name: st.none() | _BY_NAME.get(name, _LINE) for name in names})
