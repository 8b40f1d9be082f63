"""Answers of the API: one body, none, a page, or a whole list."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from urllib.parse import parse_qsl, urlencode

from werkzeug.wrappers import Response

from sandbox._calls import annotate_records
from sandbox.kommo.http.calls import ApiCall, JsonObject
from sandbox.kommo.query import page_of


def answer(body: object, status: int = 200) -> Response:
    """Return an answer; refusals have a content type of their own, and text stays text."""
    if isinstance(body, str):
        return Response(body, status=status, content_type="text/html; charset=utf-8")
    kind = "application/hal+json" if status < 400 else "application/problem+json"
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return Response(text, status=status, content_type=kind)


def nothing() -> Response:
    """Return what Kommo answers in place of an empty list, a missing record, or a word of thanks."""
    return Response(b"", status=204)


def page(
    call: ApiCall, name: str, path: str, rows: list[JsonObject], show: Callable[[JsonObject], JsonObject]
) -> Response:
    """Return one page of rows; none is no content."""
    query = call.query
    shown, has_more = page_of(rows, query)
    annotate_records(call.request, len(shown))
    if not shown:
        return nothing()
    links: JsonObject = {"self": {"href": _address(call, path, query.page)}}
    if has_more:
        links["next"] = {"href": _address(call, path, query.page + 1)}
    return answer({"_page": query.page, "_links": links, "_embedded": {name: [show(each) for each in shown]}})


def listed(call: ApiCall, name: str, path: str, rows: Sequence[JsonObject], status: int = 200) -> Response:
    """Return a list that has no pages."""
    if not rows:
        return nothing()
    links = call.portal.view.link(path)
    return answer({"_total_items": len(rows), "_links": links, "_embedded": {name: list(rows)}}, status)


def _address(call: ApiCall, path: str, number: int) -> str:
    pairs = [
        (key, value)
        for key, value in parse_qsl(call.request.query_string.decode("latin-1"), keep_blank_values=True)
        if key != "page"
    ]
    return f"{call.portal.settings.base_url}/api/v4/{path}?{urlencode([*pairs, ('page', str(number))])}"
