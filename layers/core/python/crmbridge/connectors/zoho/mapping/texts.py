"""Texts, addresses and telephone numbers."""

from __future__ import annotations

import re

from crmbridge.connectors import _values as values
from crmbridge.connectors.zoho.mapping.kind import NONE, UNSAID, Kind
from crmbridge.connectors.zoho.mapping.lexicon import Lexicon
from crmbridge.connectors.zoho.mapping.schema import Shape

PLACEHOLDER = "[not provided]"
"""Text sent where Zoho requires some and the hub knows of none; reads back as ``None``."""

RICH_SHOWN = 500
_EMAIL = re.compile(r"[\w+\-][\w!#$%&'*+\-/=?^`{|}~.]*@(?:\w+(?:[\-_]*\w)*\.)+[^\W\d_]{2,22}")
_PHONE = re.compile(r"\+?(?![.\-])(?:[.\-]?[ ]?\(?[\da-zA-Z]+\)?)+(?:[,;#][\da-zA-Z]+)*[#;]?", re.ASCII)
_URL = re.compile(r"(?:(?:https?|ftp)://(?:www\.)?|www\.)[^\s\"'()*,;<>?\[\]{}]+\.[^\s\"'()*,;<>\[\]{}]+")


def _read_line(value: object, _country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
    found = values.text(value)
    return None if found in (NONE, PLACEHOLDER) else found


def _write_line(value: object, shape: Shape, _lexicon: Lexicon) -> object:
    return values.text(value, max_length=shape.length)


def _write_name(value: object, shape: Shape, lexicon: Lexicon) -> object:
    return _write_line(value, shape, lexicon) or PLACEHOLDER


def _read_block(value: object, _country: str | None, shape: Shape, _lexicon: Lexicon) -> object:
    found = values.text(value, multiline=shape.data_type == "textarea")
    return UNSAID if shape.is_rich and found and len(found) >= RICH_SHOWN else found


def _write_block(value: object, shape: Shape, _lexicon: Lexicon) -> object:
    return values.text(value, max_length=shape.length, multiline=shape.data_type == "textarea")


def _read_email(value: object, _country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
    return values.email_text(value)


def _write_email(value: object, shape: Shape, _lexicon: Lexicon) -> object:
    found = values.email_text(value)
    if found is None:
        return None
    fits = len(found) <= shape.length and values.is_email(found) and _EMAIL.fullmatch(found)
    return found if fits else UNSAID


def _read_phone(value: object, country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
    return values.phone_text(value, country=country)


def _write_phone(value: object, shape: Shape, _lexicon: Lexicon) -> object:
    """Write a number as Zoho takes it: an extension behind ``#``."""
    found = values.text(value)
    if found is None:
        return None
    spelt = found.replace(" ext. ", "#")
    return spelt if len(spelt) <= shape.length and _PHONE.fullmatch(spelt) else UNSAID


def _read_website(value: object, _country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
    return values.domain_text(value)


def _write_website(value: object, shape: Shape, _lexicon: Lexicon) -> object:
    found = values.domain_text(value)
    if found is None:
        return None
    spelt = f"https://{found}"
    return spelt if len(spelt) <= shape.length and _URL.fullmatch(spelt) else UNSAID


def _write_url(value: object, shape: Shape, _lexicon: Lexicon) -> object:
    found = values.text(value)
    if found is None:
        return None
    return found if len(found) <= shape.length and _URL.fullmatch(found) else UNSAID


LINE = Kind(_read_line, _write_line)
NAME = Kind(_read_line, _write_name)
BLOCK = Kind(_read_block, _write_block)
EMAIL = Kind(_read_email, _write_email)
PHONE = Kind(_read_phone, _write_phone)
WEBSITE = Kind(_read_website, _write_website)
URL = Kind(_read_line, _write_url)
