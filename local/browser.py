"""A person with a browser: opens a page, presses the button, follows where it leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

from local.errors import LocalError


@dataclass(slots=True)
class Form:
    """A form of an HTML page: where it goes, and what it sends besides the button."""

    action: str = ""
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict[str, str])
    buttons: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


@dataclass(slots=True)
class Page:
    """What a page holds that a person would use."""

    forms: list[Form] = field(default_factory=list[Form])
    texts: dict[str, str] = field(default_factory=dict[str, str])


class Browser:
    """Visits pages, keeping cookies, redirects followed."""

    def __init__(self, *, timeout_s: float = 30.0) -> None:
        """Start without cookies."""
        self._http = httpx.Client(timeout=timeout_s, follow_redirects=True, trust_env=False)

    def close(self) -> None:
        """Free the connections."""
        self._http.close()

    def allow(self, url: str) -> Page:
        """Open a consent page, press the first button of its form, and return the page that this ends on.

        Raises:
            LocalError: a page is missing, has no form, or answers an error.
        """
        opened = self._http.get(url)
        page = _read(opened)
        if not page.forms or not page.forms[0].buttons:
            raise LocalError(f"the page at {_place(opened)} asks for no consent")
        form = page.forms[0]
        name, value = form.buttons[0]
        sent = self._http.request(
            form.method.upper(),
            urljoin(str(opened.url), form.action),
            data=form.fields | ({name: value} if name else {}),
        )
        return _read(sent)


def read_page(html: str) -> Page:
    """Read the forms of a page and the texts of its elements that have an id.

    Example:
        >>> read_page('<p>Your code: <code id="code">ab-12</code></p>').texts
        {'code': 'ab-12'}
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


def _read(response: httpx.Response) -> Page:
    if response.is_error:
        raise LocalError(f"{_place(response)} answered {response.status_code}: {response.text[:500]}")
    return read_page(response.text)


def _place(response: httpx.Response) -> str:
    """Name a page without its query, which may hold a code."""
    return str(response.url.copy_with(query=None))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.page.forms.append(Form(action=given.get("action", ""), method=given.get("method", "get")))
        elif tag in {"input", "button"} and self.page.forms:
            self._field(tag, given)
        if "id" in given:
            self.page.texts[given["id"]] = ""
            self._open.append((tag, given["id"]))

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1][0] == tag:
            _, name = self._open.pop()
            self.page.texts[name] = self.page.texts[name].strip()

    def handle_data(self, data: str) -> None:
        for _, name in self._open:
            self.page.texts[name] += data

    def _field(self, tag: str, given: Mapping[str, str]) -> None:
        form = self.page.forms[-1]
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "button" or given.get("type") == "submit":
            form.buttons.append((name, value))
        elif name:
            form.fields[name] = value
