"""SOSL and parameterized search: words in names, e-mail addresses and phones."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, cast

from sandbox.salesforce.api import Api
from sandbox.salesforce.calls import Answer, Call
from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.routes.records import record_body
from sandbox.salesforce.routes.route import Route
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.tables import Row
from sandbox.salesforce.view import View

MAX_RESULTS = 2000
_FIND = re.compile(
    r"\s*FIND\s*\{(?P<term>(?:\\.|[^}\\])*)\}(?:\s+IN\s+(?P<group>\w+)\s+FIELDS)?"
    r"(?:\s+RETURNING\s+(?P<returning>.+?))?(?:\s+LIMIT\s+(?P<limit>\d+))?\s*\Z",
    re.IGNORECASE | re.DOTALL,
)
_RETURNED = re.compile(r"\s*(\w+)\s*(?:\(([^)]*)\))?\s*(?:,|\Z)")
_GROUPS = {
    "ALL": ("string", "email", "phone", "url", "textarea"),
    "NAME": (),
    "EMAIL": ("email",),
    "PHONE": ("phone",),
}
_MIN_TERM = 2


def search(api: Api, call: Call) -> Answer:
    """Run a SOSL search."""
    found = _FIND.match(call.args.get("q", ""))
    if found is None:
        message = "No search term found. The search term must be enclosed in braces."
        raise SalesforceError("MALFORMED_SEARCH", message)
    view = api.view(call)
    wanted = _returning(found["returning"], view)
    group = (found["group"] or "ALL").upper()
    term = re.sub(r"\\(.)", r"\1", found["term"])
    records = _find(view, term, group, wanted)
    return Answer(body={"searchRecords": records[: int(found["limit"] or MAX_RESULTS)]}, records=len(records))


def parameterized_search(api: Api, call: Call) -> Answer:
    """Search by plain parameters, in the query string or as JSON."""
    body = call.object() if call.method == "POST" else dict(call.args)
    view = api.view(call)
    wanted: list[tuple[SObject, str]] = []
    for each in _listed(body.get("sobjects") or body.get("sobject")):
        fields = cast("list[str]", each.get("fields") or _listed_names(body.get("fields")) or ["Id"])
        wanted.append((_object(view, str(each["name"])), ",".join(fields)))
    group = str(body.get("in") or "ALL").upper()
    records = _find(view, str(body.get("q") or ""), group, wanted or _returning(None, view))
    return Answer(body={"searchRecords": records[:MAX_RESULTS]}, records=len(records))


def _listed(value: object) -> list[dict[str, Any]]:
    if isinstance(value, str):
        return [{"name": name} for name in value.split(",")]
    return cast("list[dict[str, Any]]", value or [])


def _listed_names(value: object) -> list[str]:
    return value.split(",") if isinstance(value, str) else cast("list[str]", value or [])


def _returning(text: str | None, view: View) -> list[tuple[SObject, str]]:
    if text is None:
        return [(table.sobject, "Id") for table in view.tables.values() if table.sobject.mergeable]
    found: list[tuple[SObject, str]] = []
    position = 0
    while position < len(text):
        part = _RETURNED.match(text, position)
        if part is None:
            raise SalesforceError("MALFORMED_SEARCH", f"unexpected token: '{text[position:]}'")
        found.append((_object(view, part[1]), part[2] or "Id"))
        position = part.end()
    return found


def _object(view: View, name: str) -> SObject:
    sobject = view.object_named(name.strip())
    if sobject is None:
        raise SalesforceError("INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return sobject


def _find(view: View, term: str, group: str, wanted: list[tuple[SObject, str]]) -> list[dict[str, Any]]:
    if len(term.replace("*", "").strip()) < _MIN_TERM:
        message = "Search term must be longer than one character."
        raise SalesforceError("MALFORMED_SEARCH", message)
    types = _GROUPS.get(group, _GROUPS["ALL"])
    words = [_word(each) for each in term.replace('"', " ").split()]
    records: list[dict[str, Any]] = []
    for sobject, fields in wanted:
        for row in view.tables[sobject.name]:
            if not row.get("IsDeleted") and _matches(words, _texts(sobject, row, types)):
                records.append(record_body(view, sobject, row, fields))
    return records


def _word(text: str) -> re.Pattern[str]:
    pattern = re.escape(text).replace(r"\*", r"\w*").replace(r"\?", r"\w")
    return re.compile(rf"(?<!\w){pattern}(?!\w)", re.IGNORECASE)


def _texts(sobject: SObject, row: Row, types: Iterable[str]) -> str:
    kinds = set(types)
    return "\n".join(
        str(row[made.name])
        for made in sobject.fields.values()
        if (made.name_field or made.type in kinds) and row.get(made.name)
    )


def _matches(words: list[re.Pattern[str]], text: str) -> bool:
    return all(word.search(text) for word in words)


ROUTES = (
    Route("GET", "/search", search),
    Route("GET", "/parameterizedSearch", parameterized_search),
    Route("POST", "/parameterizedSearch", parameterized_search),
)
