"""The page on which a person grants or denies an app access."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from werkzeug.wrappers import Response

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><main><h1>{title}</h1><p>{app} asks for access to {account}.</p><ul>{scopes}</ul>
<form method="post" action="{action}">{fields}
<button type="submit" name="decision" value="grant">Connect app</button>
<button type="submit" name="decision" value="deny">Cancel</button>
</form></main></body></html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a person is asked.

    Attributes:
        title: the vendor's heading.
        app: name of the app that asks.
        account: name of the account to be connected.
        scopes: what is asked for, in the vendor's spelling.
    """

    title: str
    app: str
    account: str
    scopes: Iterable[str]


def consent_page(consent: Consent, *, action: str, fields: Mapping[str, str]) -> Response:
    """Return a page with one form, which posts ``fields`` and ``decision`` grant or deny.

    Args:
        consent: what the page says.
        action: where the form is posted to.
        fields: hidden inputs posted back unchanged.
    """
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items()
    )
    page = _PAGE.format(
        title=escape(consent.title),
        app=escape(consent.app),
        account=escape(consent.account),
        scopes="".join(f"<li>{escape(scope)}</li>" for scope in consent.scopes),
        action=escape(action),
        fields=hidden,
    )
    return Response(page, mimetype="text/html", headers={"Cache-Control": "no-store"})
