"""Whom an event is about, and what it tells of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmbridge.domain.records import Fields, Value

_NO_LETTER = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody, as far as an event tells; empty parts are unknown.

    Attributes:
        record_id: of the contact or lead, where the sender knows it.
        customer_id: the shop's own number of a customer.
        platform: the social platform that ``handle`` belongs to, such as ``twitter``.
        handle: the platform's own id of the person, else the user name there.
        profile: what the person's profile there shows: ``username``, ``url``, ``followers``.
    """

    record_id: str = ""
    email: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    customer_id: str = ""
    platform: str = ""
    handle: str = ""
    profile: Mapping[str, Value] | None = None

    @property
    def references(self) -> tuple[str, ...]:
        """The names under which the person may be known already, the surest first."""
        names = [f"customer:{self.customer_id}"] if self.customer_id else []
        return (*names, *([f"social:{self.platform}:{self.handle}"] if self.platform and self.handle else []))

    @property
    def is_known_somehow(self) -> bool:
        """Whether anything tells one person from another."""
        return bool(self.record_id or self.email or self.phone or self.references)


def split_name(name: str) -> tuple[str, str]:
    """Return first and last name; a single word is the last name, which every CRM asks for.

    Example:
        >>> split_name("Ana Maria Prado"), split_name("Prado"), split_name(" ")
        (('Ana Maria', 'Prado'), ('', 'Prado'), ('', ''))
    """
    first, _, last = " ".join(name.split()).rpartition(" ")
    return first, last


def person_of(data: Mapping[str, Any], *, platform: str = "", customer_id: str = "") -> Person:
    """Return the person that a part of an event tells of.

    Args:
        data: ``email``, ``phone``, ``name`` or ``firstName`` and ``lastName``, ``recordId``, ``userId``, ``username``,
            ``url``, ``followers``.
        platform: where the last four belong to.
        customer_id: the shop's own number.

    Example:
        >>> person_of({"name": "Ana Prado", "username": "AnaP"}, platform="Twitter").references
        ('social:twitter:anap',)
    """
    first, last = split_name(data.get("name", ""))
    profile = {name: data[name] for name in ("username", "url", "followers") if name in data}
    return Person(
        record_id=data.get("recordId", ""),
        email=data.get("email", ""),
        phone=data.get("phone", ""),
        first_name=data.get("firstName", first),
        last_name=data.get("lastName", last),
        company=data.get("company", ""),
        customer_id=customer_id,
        platform=plain(platform),
        handle=str(data.get("userId") or data.get("username", "")).casefold(),
        profile=profile or None,
    )


def plain(name: str) -> str:
    """Return a name as it may stand in a field's name.

    Example:
        >>> plain("Google+ Business")
        'google_business'
    """
    return _NO_LETTER.sub("_", name.casefold()).strip("_")[:20]


def told_of(person: Person, present: Fields) -> dict[str, Value]:
    """Return what an event adds to a contact or lead; what is known already is left as it is.

    Somebody whose name nobody told is called by user name, e-mail address or number: CRMs ask for a last name.

    Args:
        present: the record's fields so far; empty for a new one.
    """
    told: dict[str, Value] = {"email": person.email, "phone": person.phone, "first_name": person.first_name}
    added = {name: value for name, value in told.items() if value and not present.get(name)}
    if not present.get("last_name"):
        added["last_name"] = person.last_name or _stand_in(person)
    elif person.last_name and present["last_name"] in _stand_ins(present):
        added["last_name"] = person.last_name
    return {name: value for name, value in added.items() if value}


def _stand_in(person: Person) -> str:
    username = (person.profile or {}).get("username")
    told = (str(username or ""), person.email.partition("@")[0], person.phone, person.handle)
    return next((each for each in told if each), "")


def _stand_ins(present: Fields) -> set[Value]:
    """Return what a contact may be called for want of a name."""
    names = {value for name, value in present.items() if name.endswith("_username")}
    return {str(present.get("email") or "").partition("@")[0], present.get("phone"), *names} - {""}


def profile_fields(person: Person) -> dict[str, Value]:
    """Return the custom fields that hold a person's social profile.

    Example:
        >>> profile_fields(Person(platform="twitter", profile={"username": "anap", "followers": 12}))
        {'x_twitter_username': 'anap', 'x_twitter_followers': '12'}
    """
    if not person.platform or person.profile is None:
        return {}
    told = {f"x_{person.platform}_{name}": value for name, value in person.profile.items()}
    return {name: str(value) for name, value in told.items() if value is not None}
