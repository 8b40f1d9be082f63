"""What the log of calls tells of one call: its object, and rows it wrote without a change."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from sandbox.salesforce.api import Api
from sandbox.salesforce.calls import Call, JsonObject, listing, mapping
from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.ids import normalised
from sandbox.salesforce.journal import Change
from sandbox.salesforce.org import Org
from sandbox.salesforce.tables import Row

_STAMPS = frozenset({"LastModifiedDate", "LastModifiedById", "SystemModstamp"})
_NAMED = re.compile(r"/services/data/v[\d.]+/(?:tooling/)?(?:composite/)?(?:sobjects|tree)/(\w+)")
_JOB = re.compile(r"/services/data/v[\d.]+/jobs/\w+/(\w+)")
_INNER = re.compile(r"\([^()]*\)")
_FROM = re.compile(r"\bFROM\s+(\w+)", re.IGNORECASE)


def unchanged_rows(changes: Sequence[Change]) -> int:
    """Count the records a transaction saved with every value as it was, its stamps aside."""
    first: dict[str, Row | None] = {}
    last: dict[str, Change] = {}
    for change in changes:
        first.setdefault(change.record_id, change.before)
        last[change.record_id] = change
    return sum(1 for each, change in last.items() if change.kind == "UPDATE" and _same(first[each], change.after))


def object_of(api: Api, call: Call) -> str:
    """Return the object a call is about, several separated by commas, empty if it is about none."""
    return ",".join(dict.fromkeys(each for each in _objects(api, call) if each))


def _same(before: Row | None, after: Row) -> bool:
    if before is None:
        return False
    names = (before.keys() | after.keys()) - _STAMPS
    return all(before.get(name) == after.get(name) for name in names)


def _objects(api: Api, call: Call) -> Iterable[str]:
    org, job = api.org, _JOB.match(call.path)
    if named := _NAMED.match(call.path):
        return [_spelt(org, named[1])]
    if job:
        return [api.jobs.object_of(job[1])]
    if "q" in call.args:
        return [_queried(org, call.args["q"])]
    if "ids" in call.args:
        return [_owning(org, each) for each in call.args["ids"].split(",")]
    return _written(api, call) if call.method in {"POST", "PATCH"} else []


def _written(api: Api, call: Call) -> Iterable[str]:
    try:
        body = mapping(call.json())
    except SalesforceError:
        return
    for row in listing(body.get("records")):
        yield _spelt(api.org, str(mapping(mapping(row).get("attributes")).get("type") or ""))
    for part in listing(body.get("compositeRequest") or body.get("batchRequests")):
        yield from _objects(api, _subcall(call, mapping(part)))
    yield _spelt(api.org, str(body.get("object") or ""))
    yield _queried(api.org, str(body.get("query") or ""))


def _subcall(call: Call, part: JsonObject) -> Call:
    url = urlsplit(str(part.get("url", "")))
    path = url.path if url.path.startswith("/services/data/") else f"/services/data/{url.path.lstrip('/')}"
    body = json.dumps(part.get("body") or part.get("richInput")).encode()
    headers = {"content-type": "application/json"}
    method = str(part.get("method", "")).upper()
    return replace(call, method=method, path=path, args=dict(parse_qsl(url.query)), headers=headers, body=body)


def _queried(org: Org, text: str) -> str:
    while _INNER.search(text):
        text = _INNER.sub(" ", text)
    found = _FROM.search(text)
    return _spelt(org, found[1]) if found else ""


def _owning(org: Org, text: str) -> str:
    record_id = normalised(text.strip())
    sobject = org.object_of(record_id) if record_id else None
    return sobject.name if sobject else ""


def _spelt(org: Org, name: str) -> str:
    sobject = org.object_named(name)
    return sobject.name if sobject else ""
