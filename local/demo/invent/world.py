"""Invents everything the demo types into the CRMs before the first sync."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from local.demo.invent.companies import invent_company
from local.demo.invent.deals import invent_deal
from local.demo.invent.dice import Dice
from local.demo.invent.locales import LOCALES, Locale
from local.demo.invent.people import invent_person
from local.demo.invent.variants import second_hand
from local.demo.model import Draft, Entity, Mark, Seller, World

_SHARE = {"company": 0.2, "contact": 0.55, "deal": 0.25}
_IN_BOTH = 0.2
MARKS: Mapping[Entity, tuple[Mark, ...]] = {
    "company": (Mark(field="description", pattern=re.compile(r"Ref\. (C-\d{5})$")),),
    "contact": (
        Mark(field="email", pattern=re.compile(r"(p\d{5})@")),
        Mark(field="job_title", pattern=re.compile(r"\((p\d{5})\)$")),
    ),
    "deal": (Mark(field="title", pattern=re.compile(r"(D-\d{5})$")),),
}
"""Customer numbers end descriptions, staff numbers stand in addresses, order numbers end titles."""
NUMBERED_NAMES = Mark(field="name", pattern=re.compile(r"\b(C-\d{5})\b"))
"""Customer numbers in names, where not every CRM has descriptions of companies."""
_SELLERS = (
    ("Mirela", "Stan"),
    ("Owen", "Ashdown"),
    ("Ngozi", "Adebayo"),
    ("Kaito", "Mori"),
    ("Élodie", "Marchand"),
    ("Paweł", "Zięba"),
    ("Lina", "Haddad"),
    ("Tomás", "Echeverría"),
)


def invent_world(
    size: int, *, crms: Sequence[str], stages: Mapping[str, tuple[str, ...]], seed: int, numbered_names: bool = False
) -> World:
    """Invent companies, contacts and deals, part in one CRM, part in another, part in two.

    Args:
        size: things in all, each counted once; at least 20.
        crms: where they are typed; the first two share a fifth of companies and contacts.
        stages: each CRM's deal stages in its own spelling.
        seed: the same seed gives the same world.
        numbered_names: companies carry their numbers in their names, too.
    """
    maker = _Maker(dice=Dice(seed), crms=tuple(crms), stages=stages, numbered_names=numbered_names)
    counts = {entity: max(1, round(size * share)) for entity, share in _SHARE.items()}
    for number in range(1, counts["company"] + 1):
        maker.company(number)
    for number in range(1, counts["contact"] + 1):
        maker.contact(number)
    for number in range(1, counts["deal"] + 1):
        maker.deal(number)
    return World(
        name=f"invented world of seed {seed}",
        sellers=_sellers(tuple(crms)),
        drafts={crm: tuple(drafts) for crm, drafts in maker.drafts.items()},
        marks={**MARKS, "company": (NUMBERED_NAMES,)} if numbered_names else MARKS,
    )


def _sellers(crms: tuple[str, ...]) -> tuple[Seller, ...]:
    """Return everybody who sells; the last has a seat in the first CRM only."""
    return tuple(
        Seller(
            email=f"seller{number}@crmbridge.example",
            first_name=given,
            last_name=family,
            crms=crms[:1] if number == len(_SELLERS) else crms,
        )
        for number, (given, family) in enumerate(_SELLERS, start=1)
    )


@dataclass(slots=True)
class _Maker:
    dice: Dice
    crms: tuple[str, ...]
    stages: Mapping[str, tuple[str, ...]]
    numbered_names: bool = False
    drafts: dict[str, list[Draft]] = field(default_factory=dict[str, list[Draft]])
    companies: dict[str, tuple[Locale, dict[str, str], tuple[str, ...]]] = field(
        default_factory=dict[str, tuple[Locale, dict[str, str], tuple[str, ...]]]
    )
    staff: dict[tuple[str, str], list[str]] = field(default_factory=dict[tuple[str, str], list[str]])

    def company(self, number: int) -> None:
        """Invent one company and type it into one CRM or two."""
        locale, fields = invent_company(self.dice, number)
        key = f"C-{number:05d}"
        if self.numbered_names:
            fields["name"] = f"{fields['name']} {key}"
        homes = self._homes(twice="domain" in fields)
        self.companies[key] = (locale, fields, homes)
        for place, crm in enumerate(homes):
            typed = fields if place == 0 else second_hand(self.dice, fields)
            self._type(crm, Draft(entity="company", key=key, fields=self._owned(typed)))

    def contact(self, number: int) -> None:
        """Invent one person, mostly of one of the companies."""
        key = f"p{number:05d}"
        employer = self.dice.pick(tuple(self.companies)) if self.dice.chance(0.85) else ""
        locale, company, places = self.companies.get(employer, (self.dice.pick(LOCALES), {}, self.crms))
        fields = invent_person(self.dice, locale, number, domain=company.get("domain", ""))
        homes = self._homes(twice=True)
        if not set(homes) <= set(places):
            homes = places
        self._spoil(fields, homes, number)
        for place, crm in enumerate(homes):
            typed = fields if place == 0 else second_hand(self.dice, fields)
            self._type(crm, Draft(entity="contact", key=key, fields=self._owned(typed), company=employer))
            self.staff.setdefault((crm, employer), []).append(key)

    def deal(self, number: int) -> None:
        """Invent one deal; deals have no natural key, so each is typed into one CRM only."""
        company = self.dice.pick(tuple(self.companies)) if self.dice.chance(0.92) else ""
        locale_fields = self.companies.get(company)
        crm = self.dice.pick(locale_fields[2] if locale_fields else self.crms)
        title = locale_fields[1]["name"] if locale_fields else "walk-in"
        fields = invent_deal(self.dice, number, company=title, stages=self.stages[crm])
        people = self.dice.some(self.staff.get((crm, company), []), self.dice.pick((0, 1, 1, 2)))
        self._type(
            crm,
            Draft(
                entity="deal",
                key=f"D-{number:05d}",
                fields=self._owned(fields),
                company=company,
                contacts=tuple(sorted(people)) if company else (),
            ),
        )

    def _spoil(self, fields: dict[str, str], homes: tuple[str, ...], number: int) -> None:
        """Take away what a person known to one CRM only may lack there."""
        if len(homes) > 1:
            return
        if self.dice.chance(0.06):
            del fields["email"]
            fields["job_title"] = f"{fields.get('job_title', '')} (p{number:05d})".strip()
        elif self.dice.chance(0.04) and homes == ("hubspot",):
            fields.pop("last_name")

    def _homes(self, *, twice: bool) -> tuple[str, ...]:
        if twice and len(self.crms) > 1 and self.dice.chance(_IN_BOTH):
            return self.crms[:2]
        return (self.dice.pick(self.crms),)

    def _owned(self, fields: Mapping[str, str]) -> dict[str, str]:
        owned = dict(fields)
        if self.dice.chance(0.6):
            owned["owner"] = f"seller{self.dice.between(1, len(_SELLERS) - 1)}@crmbridge.example"
        return owned

    def _type(self, crm: str, draft: Draft) -> None:
        self.drafts.setdefault(crm, []).append(draft)
