"""Records read through the API."""

from __future__ import annotations

from werkzeug.wrappers import Response

from sandbox._calls import annotate_records
from sandbox.kommo.http.calls import ApiCall
from sandbox.kommo.http.pages import answer, nothing, page
from sandbox.kommo.listing import chosen


def list_records(call: ApiCall) -> Response:
    """``GET /{entity}``."""
    entity, account, query = call.params["entity"], call.portal.account, call.query
    if entity == "leads" and "only_deleted" in query.wanted:
        rows = chosen(account, entity, account.trash["leads"].values(), query)
        return page(call, entity, entity, rows, call.portal.view.trashed)
    rows = chosen(account, entity, account.tables[entity].values(), query)
    return page(call, entity, entity, rows, lambda row: call.portal.view.record(entity, row, query.wanted))


def read_record(call: ApiCall) -> Response:
    """``GET /{entity}/{id}``: one that does not exist is no content."""
    entity = call.params["entity"]
    row = call.portal.account.tables[entity].get(call.params["record_id"])
    annotate_records(call.request, int(row is not None))
    return nothing() if row is None else answer(call.portal.view.record(entity, row, call.query.wanted))
