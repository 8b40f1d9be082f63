"""One field of an object, and short ways to declare it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")
_TEXT_TYPES = frozenset({"string", "textarea", "phone", "url", "email", "picklist", "multipicklist", "combobox"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field as describe tells it.

    Attributes:
        type: the describe's type, such as ``string``, ``reference`` or ``currency``.
        length: characters, 0 where the type has none.
        nillable: whether it may be empty.
        defaulted: whether the org fills it in when a new record leaves it out.
        default: what it is filled with when nothing else decides.
        values: a picklist's active values, the first is not a default.
        restricted: whether other values are refused.
        reference_to: objects a reference may point to.
        relationship: name of the reference in paths, such as ``Account``.
        children: name of the reverse in subqueries, such as ``Contacts``.
        compound: the compound field this is a part of.
        grantable: whether field-level security applies to it.
        digits: (precision, scale) of a number.
    """

    name: str
    type: str
    label: str
    length: int = 0
    createable: bool = True
    updateable: bool = True
    nillable: bool = True
    defaulted: bool = False
    default: Any = None
    id_lookup: bool = False
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    values: tuple[str, ...] = ()
    restricted: bool = False
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    children: tuple[tuple[str, str], ...] = ()
    compound: str | None = None
    grantable: bool = True
    digits: tuple[int, int] = (0, 0)
    custom: bool = False
    calculated: bool = False
    filterable: bool = True
    sortable: bool = True
    name_field: bool = False

    @property
    def is_required(self) -> bool:
        """Tell whether a new record must bring it."""
        return not self.nillable and self.createable and not self.defaulted

    @property
    def is_text(self) -> bool:
        """Tell whether it holds text that is trimmed and compared without case."""
        return self.type in _TEXT_TYPES

    @property
    def is_key(self) -> bool:
        """Tell whether an upsert may name it."""
        return self.external_id or self.id_lookup


def label_of(name: str) -> str:
    """Guess a field's label from its name, as most standard fields have it.

    Example:
        >>> label_of("MailingPostalCode"), label_of("AccountId")
        ('Mailing Postal Code', 'Account ID')
    """
    return re.sub(r"\bId\b", "ID", _WORDS.sub(" ", name))


def _made(name: str, kind: str, options: dict[str, Any]) -> Field:
    label = options.pop("label", None) or label_of(name)
    return Field(name=name, type=kind, label=label, **options)


def text(name: str, length: int, **options: Any) -> Field:
    """Declare a line of text."""
    return _made(name, "string", {"length": length, **options})


def long_text(name: str, length: int = 32000, **options: Any) -> Field:
    """Declare a text area; those over 255 characters can be neither filtered nor sorted."""
    short = length <= 255
    return _made(name, "textarea", {"length": length, "filterable": short, "sortable": short, **options})


def phone(name: str, **options: Any) -> Field:
    """Declare a telephone number; the API stores it as it comes."""
    return _made(name, "phone", {"length": 40, **options})


def email(name: str, **options: Any) -> Field:
    """Declare an e-mail address."""
    return _made(name, "email", {"length": 80, **options})


def url(name: str, **options: Any) -> Field:
    """Declare a web address."""
    return _made(name, "url", {"length": 255, **options})


def picklist(name: str, values: tuple[str, ...], **options: Any) -> Field:
    """Declare a picklist; unrestricted unless told otherwise."""
    return _made(name, "picklist", {"length": 40, "values": values, **options})


def boolean(name: str, *, default: bool = False, **options: Any) -> Field:
    """Declare a checkbox: never empty, false unless told otherwise."""
    return _made(name, "boolean", {"nillable": False, "defaulted": True, "default": default, **options})


def number(name: str, kind: str, digits: tuple[int, int] = (0, 0), **options: Any) -> Field:
    """Declare a number; ``kind`` is int, double, currency or percent."""
    return _made(name, kind, {"digits": digits, **options})


def moment(name: str, kind: str = "datetime", **options: Any) -> Field:
    """Declare a date or a datetime."""
    return _made(name, kind, options)


def reference(name: str, *targets: str, relationship: str | None = None, **options: Any) -> Field:
    """Declare a lookup; the relationship is the name without its ``Id`` unless given."""
    named = relationship or name.removesuffix("Id")
    return _made(name, "reference", {"length": 18, "reference_to": targets, "relationship": named, **options})


def read_only(field: Field) -> Field:
    """Return the field as one that only the org writes."""
    return replace(field, createable=False, updateable=False)
