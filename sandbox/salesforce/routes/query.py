"""SOQL over HTTP: query, queryAll and later pages."""

from __future__ import annotations

from sandbox.salesforce.api import Api
from sandbox.salesforce.calls import Answer, Call
from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.queries import page_rows
from sandbox.salesforce.routes.route import Route


def query(api: Api, call: Call) -> Answer:
    """Run a query over live records."""
    return _first(api, call, deleted_too=False)


def query_all(api: Api, call: Call) -> Answer:
    """Run a query over live records and the recycle bin."""
    return _first(api, call, deleted_too=True)


def query_more(api: Api, call: Call, locator: str) -> Answer:
    """Return a later page."""
    page = api.queries.more(locator, user_id=call.actor.user_id, version=call.version)
    return Answer(body=page, records=len(page["records"]))


def tooling_query(api: Api, call: Call) -> Answer:
    """Run a query over the tooling objects."""
    return _first(api, call, deleted_too=False, tooling=True)


def _first(api: Api, call: Call, *, deleted_too: bool, tooling: bool = False) -> Answer:
    text = call.args.get("q", "")
    if not text.strip():
        raise SalesforceError("MALFORMED_QUERY", "A query string has to be specified")
    page = api.queries.first(
        text,
        api.view(call, tooling=tooling),
        user_id=call.actor.user_id,
        page_rows=page_rows(call.headers.get("sforce-query-options")),
        version=call.version,
        deleted_too=deleted_too,
    )
    count = len(page["records"])
    more = {"size": count, "entityTypeName": None} if tooling else {}
    return Answer(body={**more, **page}, records=count)


ROUTES = (
    Route("GET", "/query", query),
    Route("GET", "/queryAll", query_all),
    Route("GET", "/query/<locator>", query_more),
    Route("GET", "/queryAll/<locator>", query_more),
    Route("GET", "/tooling/query", tooling_query),
)
