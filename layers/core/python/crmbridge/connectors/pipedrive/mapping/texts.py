"""Texts of activities and notes: HTML there, plain here; and the mark that carries our own id."""

from __future__ import annotations

import html
import re

from crmbridge.connectors import _values as values

_MARK = re.compile(r"\s*CRM Bridge (act_[0-9A-Z]{26})\s*\Z")
_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li|h\d|tr)>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]+>")


def mark(record_id: str) -> str:
    """Return the words that carry our id, where there is no field for it."""
    return f"CRM Bridge {record_id}"


def marked(text: object) -> tuple[str, str]:
    r"""Return a text without its mark, and the id in it.

    Example:
        >>> marked("Call back\nCRM Bridge act_00000000000000000000000007")
        ('Call back', 'act_00000000000000000000000007')
    """
    held = text if isinstance(text, str) else ""
    found = _MARK.search(held)
    return (held[: found.start()], found.group(1)) if found else (held, "")


def to_text(raw: object) -> str:
    r"""Return HTML as plain text, a line for each paragraph and break.

    Example:
        >>> to_text("<p>One &amp; two</p><p>three<br>four</p>")
        'One & two\nthree\nfour'
    """
    if not isinstance(raw, str):
        return ""
    if "<" not in raw and "&" not in raw:
        return raw.strip()
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", raw))).replace("\xa0", " ").strip()


def to_html(text: str) -> str:
    r"""Return plain text as HTML.

    Example:
        >>> to_html("One & two\nthree")
        'One &amp; two<br>three'
    """
    return html.escape(text, quote=False).replace("\n", "<br>")


def plain(text: object) -> str | None:
    """Return text as it comes back after a way through HTML."""
    cleaned = values.text(text, multiline=True)
    return None if cleaned is None else values.text(to_text(to_html(cleaned)), multiline=True)
