"""How one kind of field is read from Zoho's JSON and written into it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final, cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.zoho.mapping.lexicon import Lexicon
from crmbridge.connectors.zoho.mapping.schema import Shape

UNSAID: Final = object()
"""Stands for a value that cannot be told or cannot be held; the field is left out."""

PLACEHOLDER = "[not provided]"
"""Text sent where Zoho requires some and the hub knows of none; reads back as ``None``."""

UNTIMED = "00:01"
"""Duration sent for a call that was made and whose length nobody knows; reads back as ``None``."""

NONE = "-None-"
RICH_SHOWN = 500
TAG_MAX, TAGS_MAX = 25, 10
_DECIMALS, _WHOLE_DIGITS = 9, 16
_EMAIL = re.compile(r"[\w+\-][\w!#$%&'*+\-/=?^`{|}~.]*@(?:\w+(?:[\-_]*\w)*\.)+[^\W\d_]{2,22}")
_PHONE = re.compile(r"\+?(?![.\-])(?:[.\-]?[ ]?\(?[\da-zA-Z]+\)?)+(?:[,;#][\da-zA-Z]+)*[#;]?", re.ASCII)
_URL = re.compile(r"(?:(?:https?|ftp)://(?:www\.)?|www\.)[^\s\"'()*,;<>?\[\]{}]+\.[^\s\"'()*,;<>\[\]{}]+")
_MIDNIGHT = time()

Reader = Callable[[object, str | None, Shape, Lexicon], object]
"""From a row's value, the record's country, the field and the vocabulary to a canonical value or ``UNSAID``."""

Writer = Callable[[object, Shape, Lexicon], object]
"""From a canonical value to a JSON value or ``UNSAID``; ``None`` clears."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of field: two pure functions, each the other's inverse up to what Zoho can hold."""

    read: Reader
    write: Writer


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


def _read_whole(value: object, _country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
    return values.integer(value)


def _write_whole(value: object, shape: Shape, _lexicon: Lexicon) -> object:
    number = values.integer(value)
    return number if number is None or abs(number) < 10 ** min(shape.length, 9) else UNSAID


def _write_percent(value: object, _shape: Shape, _lexicon: Lexicon) -> object:
    number = values.integer(value)
    return number if number is not None and 0 <= number <= 100 else UNSAID


def _read_decimal(value: object, _country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
    return values.decimal_text(value)


def _write_decimal(value: object, _shape: Shape, _lexicon: Lexicon) -> object:
    if value is None:
        return None
    try:
        rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-_DECIMALS), rounding=ROUND_HALF_UP)
    except InvalidOperation:
        return UNSAID
    number = float(rounded)
    return number if abs(number) < 10 ** (_WHOLE_DIGITS - 1) else UNSAID


def _read_day(value: object, _country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
    return values.date_text(value)


def _write_day(value: object, _shape: Shape, _lexicon: Lexicon) -> object:
    return values.date_text(value)


def _read_due(value: object, _country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
    found = values.date_text(value)
    return None if found is None else f"{found}T00:00:00Z"


def _write_due(value: object, _shape: Shape, lexicon: Lexicon) -> object:
    """Write the day of a moment; one at midnight UTC means that day, any other is told in the account's zone."""
    found = values.moment(value)
    if found is None:
        return None
    local = found if found.time() == _MIDNIGHT else found.astimezone(lexicon.zone)
    return local.date().isoformat()


def _read_moment(value: object, _country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
    found = values.moment(value)
    return None if found is None else values.moment_text(found)


def _write_moment(value: object, _shape: Shape, _lexicon: Lexicon) -> object:
    found = values.moment(value)
    return None if found is None else theirs(found)


def theirs(moment: datetime) -> str:
    """Return a moment as Zoho takes it: to the second, with an offset."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _write_choice(value: object, shape: Shape, _lexicon: Lexicon) -> object:
    """Write an option where one is meant; else the text, which Zoho adds to the options."""
    found = values.text(value, max_length=120)
    if found is None:
        return None
    wanted = found.casefold()
    return next((stored for shown, stored in shape.options.items() if wanted in _cases(shown, stored)), found)


def _write_option(value: object, shape: Shape, _lexicon: Lexicon) -> object:
    found = values.text(value)
    if found is None:
        return None
    wanted = found.casefold()
    return next((stored for shown, stored in shape.options.items() if wanted in _cases(shown, stored)), UNSAID)


def _cases(*texts: str) -> set[str]:
    return {each.casefold() for each in texts}


def _read_options(value: object, _country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
    if value is None:
        return None
    told = cast("list[object]", value) if isinstance(value, list) else str(value).split(";")
    return tuple(sorted({str(each) for each in told if str(each) not in ("", NONE)})) or None


def _write_options(value: object, shape: Shape, lexicon: Lexicon) -> object:
    if value is None:
        return []
    wanted = cast("tuple[str, ...]", value) if isinstance(value, tuple) else (str(value),)
    found = [option for each in wanted if (option := _write_option(each, shape, lexicon)) is not UNSAID]
    return found or UNSAID


def _read_truth(value: object, _country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
    return value if isinstance(value, bool) else str(value).lower() == "true"


def _write_truth(value: object, _shape: Shape, _lexicon: Lexicon) -> object:
    return value if isinstance(value, bool) else str(value).lower() == "true"


def _read_owner(value: object, _country: str | None, _shape: Shape, lexicon: Lexicon) -> object:
    row = _row(value)
    email = lexicon.owner_emails.get(str(row.get("id") or "")) or str(row.get("email") or "").strip().lower()
    return email or UNSAID


def _write_owner(value: object, _shape: Shape, lexicon: Lexicon) -> object:
    owner_id = lexicon.owner_ids.get(str(value or "").lower())
    return {"id": owner_id} if owner_id else UNSAID


def _read_stage(value: object, _country: str | None, _shape: Shape, lexicon: Lexicon) -> object:
    found = values.text(value)
    return None if found in (None, NONE) else lexicon.stages.keys.get(str(found), UNSAID)


def _write_stage(value: object, shape: Shape, lexicon: Lexicon) -> object:
    if value is None and not shape.is_required:
        return None
    target = lexicon.stages.targets.get(str(value))
    return target.stored if target else UNSAID


def _read_tags(value: object, _country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
    rows = cast("list[object]", value) if isinstance(value, list) else []
    return tuple(sorted({str(_row(each).get("name") or each) for each in rows}))


def _write_tags(value: object, _shape: Shape, _lexicon: Lexicon) -> object:
    """Return the names that Zoho can hold; they are sent by a call of their own."""
    names = cast("tuple[object, ...]", value) if isinstance(value, tuple) else ()
    fitting = {name for each in names if (name := values.text(each)) and len(name) <= TAG_MAX and "," not in name}
    return [{"name": each} for each in sorted(fitting)[:TAGS_MAX]]


def table(rows: Mapping[str, str], *, written: Mapping[str, str] | None = None) -> Kind:
    """Build the kind of a fixed set of words: canonical word by Zoho's, the first of several is written."""
    back = {word: stored for stored, word in reversed(list(rows.items()))} | dict(written or {})

    def read(value: object, _country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
        found = values.text(value)
        return None if found in (None, NONE) else rows.get(str(found), UNSAID)

    def write(value: object, _shape: Shape, _lexicon: Lexicon) -> object:
        return UNSAID if value is None else back.get(str(value), UNSAID)

    return Kind(read, write)


def _read_duration(value: object, _country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
    """Read ``mm:ss``; one second stands for nobody knows."""
    minutes, _, seconds = str(value or "").partition(":")
    if not (minutes.isdigit() and seconds.isdigit()):
        return None
    whole_s = int(minutes) * 60 + int(seconds)
    return None if whole_s <= 1 else whole_s


def _write_duration(value: object, _shape: Shape, _lexicon: Lexicon) -> object:
    whole_s = values.integer(value)
    if whole_s is None or whole_s <= 1:
        return UNTIMED
    return f"{whole_s // 60:02d}:{whole_s % 60:02d}"


def _row(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


LINE = Kind(_read_line, _write_line)
NAME = Kind(_read_line, _write_name)
BLOCK = Kind(_read_block, _write_block)
EMAIL = Kind(_read_email, _write_email)
PHONE = Kind(_read_phone, _write_phone)
WEBSITE = Kind(_read_website, _write_website)
URL = Kind(_read_line, _write_url)
WHOLE = Kind(_read_whole, _write_whole)
PERCENT = Kind(_read_whole, _write_percent)
DECIMAL = Kind(_read_decimal, _write_decimal)
DAY = Kind(_read_day, _write_day)
DUE = Kind(_read_due, _write_due)
MOMENT = Kind(_read_moment, _write_moment)
CHOICE = Kind(_read_line, _write_choice)
OPTION = Kind(_read_line, _write_option)
OPTIONS = Kind(_read_options, _write_options)
TRUTH = Kind(_read_truth, _write_truth)
OWNER = Kind(_read_owner, _write_owner)
STAGE = Kind(_read_stage, _write_stage)
TAGS = Kind(_read_tags, _write_tags)
DURATION = Kind(_read_duration, _write_duration)
TASK_STATUS = table(
    {
        "Not Started": "open",
        "In Progress": "open",
        "Deferred": "open",
        "Waiting for input": "open",
        "Completed": "completed",
    }
)
PRIORITY = table({"High": "high", "Highest": "high", "Normal": "normal", "Low": "low", "Lowest": "low"})
DIRECTION = table({"Outbound": "outbound", "Inbound": "inbound", "Missed": "inbound"})
CALL_STATUS = table({"Scheduled": "open", "Overdue": "open", "Completed": "completed", "Cancelled": "cancelled"})
