"""Notes: a title, a text whose last line is our own id, and the one record that each is on; pure.

Notes take no custom field, so our id is kept where Kommo's and Freshsales' activities keep it. What they hold is
written down here, so that nothing hangs on whether field metadata tell of them. Source: Zoho CRM API v8, notes; its
first-party OpenAPI file (120 characters of a title, 65,535 of a text, and what is required of ``Parent_Id``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.zoho.mapping import texts
from crmbridge.connectors.zoho.mapping.kind import Kind
from crmbridge.connectors.zoho.mapping.lexicon import Lexicon
from crmbridge.connectors.zoho.mapping.schema import Schema, Shape

TITLE, CONTENT, PARENT = "Note_Title", "Note_Content", "Parent_Id"
PARENTS: Mapping[str, str] = {"deal": "Deals", "contacts": "Contacts", "company": "Accounts"}
"""Module by reference field, in the order in which a note is put on one of them."""

_MARK_ROOM = 60
_MARK = re.compile(r"\n*CRM Bridge (act_[0-9A-Za-z]{1,40})\s*\Z")

SCHEMA = Schema(
    {
        TITLE: Shape(name=TITLE, label="Note Title", length=120),
        CONTENT: Shape(name=CONTENT, label="Note Content", data_type="textarea", length=65_535 - _MARK_ROOM),
    }
)
"""The text leaves room for the line with our id."""


def marked(text: object, op_id: str) -> str | None:
    """Return a text with our id as its last line; one without an id as it is."""
    if not op_id:
        return str(text) if text else None
    return f"{text}\n\nCRM Bridge {op_id}" if text else f"CRM Bridge {op_id}"


def unmarked(text: object) -> tuple[str, str]:
    """Return a text without our id, and the id.

    Example:
        >>> unmarked(marked("Call Ana", "act_1")), unmarked("Call Ana")
        (('Call Ana', 'act_1'), ('Call Ana', ''))
    """
    held = str(text or "").replace("\r\n", "\n")
    found = _MARK.search(held)
    return (held[: found.start()], found[1]) if found else (held, "")


def parent_of(refs: Mapping[str, tuple[str, ...]]) -> tuple[str, str]:
    """Return (module, id) of what a note goes onto: its deal, else its first contact, else its company; or nothing."""
    return next(((module, refs[name][0]) for name, module in PARENTS.items() if refs.get(name)), ("", ""))


def parent_link(refs: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """Return the parent as a new note names it."""
    module, record_id = parent_of(refs)
    return {PARENT: {"id": record_id, "module": {"api_name": module}}} if module else {}


def refs_in(row: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the one reference that a note has; of the others, and on any other record, it says nothing.

    The module stands in ``Parent_Id``; versions before the eighth said it in ``$se_module``.
    """
    parent = _object(row.get(PARENT))
    module = _object(parent.get("module")).get("api_name") or row.get("$se_module")
    name = next((each for each, known in PARENTS.items() if known == module), "")
    return {name: (str(parent["id"]),)} if name and parent.get("id") else {}


def _object(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _read_content(value: object, _country: str | None, _shape: Shape, _lexicon: Lexicon) -> object:
    return values.text(unmarked(value)[0], multiline=True)


TEXT = Kind(_read_content, texts.BLOCK.write)
