"""HubSpot's enumerations as canonical words, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from crmbridge.connectors.hubspot.mapping.answers import Option

FIXED: Mapping[str, Mapping[str, str]] = {
    "hs_lead_status": {
        "NEW": "new",
        "OPEN": "open",
        "IN_PROGRESS": "in_progress",
        "CONNECTED": "connected",
        "OPEN_DEAL": "qualified",
        "UNQUALIFIED": "unqualified",
        "ATTEMPTED_TO_CONTACT": "in_progress",
        "BAD_TIMING": "unqualified",
    },
    "lifecyclestage": {
        "subscriber": "subscriber",
        "lead": "lead",
        "marketingqualifiedlead": "marketing_qualified",
        "salesqualifiedlead": "sales_qualified",
        "opportunity": "opportunity",
        "customer": "customer",
        "evangelist": "evangelist",
        "other": "other",
    },
    "dealtype": {"newbusiness": "New Business", "existingbusiness": "Existing Business"},
}
"""Per property, the canonical word of HubSpot's own values; several may share one, the first is written."""

_AS_WRITTEN = frozenset({"deal_currency_code"})
"""Properties whose values are themselves canonical, whatever their labels say."""

SYNONYMS: Mapping[str, Mapping[str, str]] = {
    "industry": {
        "agriculture": "FARMING",
        "apparel": "APPAREL_FASHION",
        "communications": "TELECOMMUNICATIONS",
        "consulting": "MANAGEMENT_CONSULTING",
        "education": "EDUCATION_MANAGEMENT",
        "electronics": "ELECTRICAL_ELECTRONIC_MANUFACTURING",
        "energy": "OIL_ENERGY",
        "engineering": "MECHANICAL_OR_INDUSTRIAL_ENGINEERING",
        "environmental": "RENEWABLES_ENVIRONMENT",
        "finance": "FINANCIAL_SERVICES",
        "foodbeverage": "FOOD_BEVERAGES",
        "government": "GOVERNMENT_ADMINISTRATION",
        "healthcare": "HOSPITAL_HEALTH_CARE",
        "marketing": "MARKETING_AND_ADVERTISING",
        "media": "MEDIA_PRODUCTION",
        "medical": "HOSPITAL_HEALTH_CARE",
        "notforprofit": "NON_PROFIT_ORGANIZATION_MANAGEMENT",
        "recreation": "RECREATIONAL_FACILITIES_AND_SERVICES",
        "shipping": "PACKAGE_FREIGHT_DELIVERY",
        "software": "COMPUTER_SOFTWARE",
        "technology": "INFORMATION_TECHNOLOGY_AND_SERVICES",
        "transportation": "TRANSPORTATION_TRUCKING_RAILROAD",
    },
    "dealtype": {"newcustomer": "newbusiness", "existingcustomer": "existingbusiness"},
}
"""Words other CRMs use for a value of HubSpot's, by their letters."""

_NOT_A_LETTER = re.compile(r"[\W_]+")


def letters(text: str) -> str:
    """Return a text's letters and digits, so that spelling does not hide equality.

    Example:
        >>> letters("Hospital & Health Care") == letters("HOSPITAL_HEALTH_CARE")
        True
    """
    return _NOT_A_LETTER.sub("", text.casefold()) or text


@dataclass(frozen=True, slots=True)
class Choice:
    """One enumeration.

    Attributes:
        words: canonical word by HubSpot's value.
        values: HubSpot's value by the letters of everything that may be said for it.
    """

    words: Mapping[str, str] = field(default_factory=dict[str, str])
    values: Mapping[str, str] = field(default_factory=dict[str, str])

    def word(self, value: str) -> str:
        """Return the canonical word of a value; one that is not listed stays as it is."""
        return self.words.get(value, value)

    def value(self, word: str) -> str | None:
        """Return the value to write for a word, or ``None`` when there is none."""
        return self.values.get(letters(word))


def choice_of(name: str, options: Iterable[Option], overrides: Mapping[str, str] | None = None) -> Choice:
    """Build an enumeration from the account's own options.

    Args:
        name: the property.
        options: as the account defines them; nothing else can be written.
        overrides: a workspace's own words: canonical word to HubSpot's value.

    Example:
        >>> choice = choice_of("industry", [Option(value="COMPUTER_SOFTWARE", label="Computer Software")])
        >>> choice.word("COMPUTER_SOFTWARE"), choice.value("computer software"), choice.value("Software")
        ('Computer Software', 'COMPUTER_SOFTWARE', 'COMPUTER_SOFTWARE')
    """
    fixed = FIXED.get(name, {})
    found = {option.value: option.label.strip() for option in options if option.value}
    labels = {value: found[value] for value in [*(each for each in fixed if each in found), *found]}
    ours = {value: word for word, value in (overrides or {}).items() if value in labels}
    words: dict[str, str] = {}
    values: dict[str, str] = {}
    for value, label in labels.items():
        word = ours.get(value) or fixed.get(value) or _label(name, value, label, values)
        words[value] = word
        values.setdefault(letters(word), value)
    for value, label in labels.items():
        values.setdefault(letters(value), value)
        values.setdefault(letters(label), value)
    for said, value in SYNONYMS.get(name, {}).items():
        if value in labels:
            values.setdefault(said, value)
    values.update({letters(word): value for word, value in (overrides or {}).items() if value in labels})
    return Choice(words, values)


def _label(name: str, value: str, label: str, taken: Mapping[str, str]) -> str:
    if name in _AS_WRITTEN or not letters(label) or letters(label) in taken:
        return value
    return label
