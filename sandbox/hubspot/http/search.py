"""The search endpoint."""

from __future__ import annotations

from werkzeug.wrappers import Response

from sandbox._calls import annotate_records
from sandbox.hubspot.errors import error
from sandbox.hubspot.http.calls import ApiCall, answer, wanted_names
from sandbox.hubspot.http.showing import show_record
from sandbox.hubspot.searching import MAX_BODY_CHARACTERS, parse_search, run_search


def search_records(call: ApiCall) -> Response:
    """Answer one page of a search as the index stood some moments ago.

    The values shown are those of the record itself, as the vendor joins them in; a record
    archived since is left out of the page but still counted.
    """
    body, table = call.json(), call.table
    if len(call.request.get_data().decode("utf-8", "replace")) > MAX_BODY_CHARACTERS:
        raise error(400, f"The request body exceeds {MAX_BODY_CHARACTERS} characters", "VALIDATION_ERROR")
    search = parse_search(table, body)
    book = call.portal.state.associations

    def linked(record_id: str, target: str) -> set[str]:
        return set(book.targets((table.kind.name, record_id), target))

    page = run_search(table, search, table.index.at(call.now_ms), linked)
    names = wanted_names(body)
    records = [table.live(record_id) for record_id in page.record_ids]
    results = [show_record(table, record, names) for record in records if record is not None]
    annotate_records(call.request, len(results))
    shown: dict[str, object] = {"total": page.total, "results": results}
    if page.after is not None:
        shown["paging"] = {"next": {"after": str(page.after)}}
    return answer(shown)
