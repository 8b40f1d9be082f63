"""Texts that HubSpot keeps as HTML and we as plain text."""

from __future__ import annotations

import html
import re

from crmbridge.connectors import _values as values

HTML_MAX = 65_536
"""Characters of HTML in one property. Source: HubSpot, notes guide."""

_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li|h[1-6]|tr|blockquote)\s*>", re.IGNORECASE)
_HIDDEN = re.compile(r"<(style|script)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_BETWEEN = re.compile(r">\s*\n\s*<")
_TAG = re.compile(r"<(?:[a-zA-Z/!][^>]*)>")


def to_text(raw: str | None) -> str | None:
    r"""Return HTML as plain text, a line for each paragraph and break.

    Example:
        >>> to_text("<div>One &amp; two</div><p>three<br/>1 < 2</p>")
        'One & two\nthree\n1 < 2'
    """
    if raw is None:
        return None
    if _BREAK.search(raw):
        raw = _BETWEEN.sub("><", raw).replace("\n", " ")
    if "<" in raw:
        raw = _TAG.sub("", _BREAK.sub("\n", _HIDDEN.sub("", raw)))
    return values.text(html.unescape(raw).replace("\xa0", " "), multiline=True)


def to_html(text: str) -> str:
    r"""Return plain text as HTML, cut where HubSpot would not take all of it.

    Example:
        >>> to_html("One & two\n<three>")
        'One &amp; two<br>&lt;three&gt;'
    """
    made = _marked(text)
    while len(made) > HTML_MAX:
        text = text[: len(text) - max(1, (len(made) - HTML_MAX) // 5)].rstrip()
        made = _marked(text)
    return made


def _marked(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br>")
