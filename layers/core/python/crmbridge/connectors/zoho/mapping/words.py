"""Choices, stages, people, tags and yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.zoho.mapping.kind import NONE, UNSAID, Kind
from crmbridge.connectors.zoho.mapping.lexicon import Lexicon
from crmbridge.connectors.zoho.mapping.schema import Shape

TAG_MAX, TAGS_MAX = 25, 10


def _read_word(value: object, _country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
    found = values.text(value)
    return None if found == NONE else found


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


def _row(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


CHOICE = Kind(_read_word, _write_choice)
OPTION = Kind(_read_word, _write_option)
OPTIONS = Kind(_read_options, _write_options)
TRUTH = Kind(_read_truth, _write_truth)
OWNER = Kind(_read_owner, _write_owner)
STAGE = Kind(_read_stage, _write_stage)
TAGS = Kind(_read_tags, _write_tags)
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
