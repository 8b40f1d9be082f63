"""Records: view, create, update, delete, upsert; views, searches, settings and lists."""

from __future__ import annotations

from collections.abc import Sequence

from werkzeug.wrappers import Response

from sandbox._calls import annotate_records, annotate_unchanged
from sandbox.freshsales.account import API_USER_ID
from sandbox.freshsales.errors import not_found
from sandbox.freshsales.http.calls import ApiCall, JsonObject, answer
from sandbox.freshsales.listing import page_of
from sandbox.freshsales.modules import BY_PLURAL, BY_SINGULAR
from sandbox.freshsales.places import PLACES
from sandbox.freshsales.records import Record
from sandbox.freshsales.searching import filtered, looked_up, partial, searched
from sandbox.freshsales.showing import render, siblings
from sandbox.freshsales.showing_activities import render_activity
from sandbox.freshsales.times import iso
from sandbox.freshsales.view_rows import view_rows
from sandbox.freshsales.writing import body_of


def _one(call: ApiCall, record: Record, status: int = 200) -> Response:
    module, include = call.module, call.include
    annotate_records(call.request, 1)
    row = render(call.office.account, module, record, include=include)
    beside = {**siblings(call.office.account, module, [record], include=include), **_notes(call, [record])}
    return answer({module.singular: row, **beside}, status)


def _notes(call: ApiCall, records: Sequence[Record]) -> JsonObject:
    """Return the notes on some records, where they are included."""
    if "notes" not in call.include:
        return {}
    place, model = PLACES["notes"], call.module.model
    rows = [each for one in records for each in call.office.activities.of_record(place, model, one.record_id)]
    return {"notes": [render_activity(place, each, include=frozenset()) for each in rows]}


def view(call: ApiCall) -> Response:
    """Answer one record; one in the recycle bin is not there, or says so itself."""
    account = call.office.account
    held = account.tables[call.module.plural].get(call.record_id)
    if held is not None and held.deleted_ms is not None and account.options.deleted_reads == "row":
        return _one(call, held)
    return _one(call, account.find(call.module, call.record_id))


def create(call: ApiCall) -> Response:
    """Store a record."""
    given = body_of(call.json(), call.module.singular)
    return _one(call, call.office.writer.create(call.module, given, actor_id=API_USER_ID), 201)


def update(call: ApiCall) -> Response:
    """Change a record."""
    record = call.office.account.find(call.module, call.record_id)
    given = body_of(call.json(), call.module.singular)
    changed = call.office.writer.update(call.module, record, given, actor_id=API_USER_ID, include=call.include)
    annotate_unchanged(call.request, int(not changed))
    return _one(call, record)


def delete(call: ApiCall) -> Response:
    """Put a record into the recycle bin."""
    record = call.office.account.find(call.module, call.record_id)
    call.office.writer.delete(call.module, record, actor_id=API_USER_ID)
    annotate_records(call.request, 1)
    return Response(status=204)


def forget(call: ApiCall) -> Response:
    """Remove a record for good."""
    held = call.office.account.tables[call.module.plural].get(call.record_id)
    if held is None:
        raise not_found(call.module.model)
    call.office.writer.forget(call.module, held)
    return Response(status=204)


def upsert(call: ApiCall) -> Response:
    """Create or change one record, found by a key."""
    record, is_new = call.office.upserter.upsert(call.module, call.json(), actor_id=API_USER_ID)
    return _one(call, record, 201 if is_new else 200)


def bulk_upsert(call: ApiCall) -> Response:
    """Take a job; its result is polled at the address answered."""
    job = call.office.upserter.start(call.module, call.json(), actor_id=API_USER_ID)
    annotate_records(call.request, len(job.rows))
    prefix = call.request.path.partition("/api/")[0]
    url = f"{call.request.host_url.rstrip('/')}{prefix}/api/job_statuses/{job.job_id}"
    return answer({"message": "Your request is being processed", "job_status_url": url})


def job_status(call: ApiCall) -> Response:
    """Tell how a job stands."""
    return answer(call.office.upserter.status(dict(BY_PLURAL), call.record_id))


def filters(call: ApiCall) -> Response:
    """List a module's views."""
    account, module = call.office.account, call.module
    rows: list[JsonObject] = [
        {
            "id": account.view_id(module, name),
            "name": name,
            "model_class_name": module.model,
            "user_id": API_USER_ID,
            "is_default": name.startswith("My "),
            "is_public": True,
            "updated_at": iso(0),
        }
        for name in sorted(module.views)
    ]
    return answer({"filters": rows, "meta": {"total_pages": 1, "total": len(rows)}})


def view_page(call: ApiCall) -> Response:
    """Answer one page of a view."""
    account, module = call.office.account, call.module
    text = call.params["view_id"]
    name = account.view_of(module, int(text) if text.isdigit() else 0)
    rows, meta = page_of(view_rows(account, module, name, call.request.args), call.request.args)
    annotate_records(call.request, len(rows))
    shown = [render(account, module, each, include=call.include) for each in rows]
    beside = {**siblings(account, module, rows, include=call.include), **_notes(call, rows)}
    return answer({**beside, module.plural: shown, "meta": meta})


def filtered_search(call: ApiCall) -> Response:
    """Answer one page of what rules let through, without custom fields."""
    account, module, body = call.office.account, call.module, call.json()
    asked = {**call.request.args.to_dict(), **body}
    rows, meta = page_of(filtered(account, module, asked), asked)
    annotate_records(call.request, len(rows))
    shown = [render(account, module, each, include=call.include, with_custom=False) for each in rows]
    return answer({module.plural: shown, "meta": meta})


def lookup(call: ApiCall) -> Response:
    """Answer records by one exact value."""
    args, found = call.request.args, dict[str, JsonObject]()
    for singular in args.get("entities", "").split(","):
        module = BY_SINGULAR.get(singular.strip())
        if module is not None:
            rows = looked_up(call.office.account, module, args.get("f", ""), args.get("q", ""))
            found[module.plural] = {module.plural: [render(call.office.account, module, each) for each in rows]}
    return answer(found)


def search(call: ApiCall) -> Response:
    """Answer a bare list of partial records."""
    args, rows = call.request.args, list[JsonObject]()
    for singular in args.get("include", "").split(","):
        module = BY_SINGULAR.get(singular.strip())
        if module is not None:
            found = searched(call.office.account, module, args.get("q", ""))
            rows += [partial(module, each) for each in found[:25]]
    return answer(rows)


def fields(call: ApiCall) -> Response:
    """Describe a module's fields."""
    account, plural = call.office.account, call.params["module"]
    module = BY_PLURAL.get(plural)
    if plural not in account.custom:
        raise not_found()
    known = (account.fields(module) if module else {**PLACES[plural].fields, **account.custom[plural]}).values()
    hidden = {"lead_source_id"} if account.options.hides_lead_source else set[str]()
    rows = [each.as_json(place, visible=each.name not in hidden) for place, each in enumerate(known, start=1)]
    emails: list[JsonObject] = [
        {"id": "e", "name": "emails", "label": "Emails", "type": "email", "default": True, "required": False,
         "unique": True, "read_only": False, "visible": True, "position": 0, "choices": []}
    ]  # fmt: skip
    return answer({"fields": (emails if plural == "contacts" else []) + rows})


def selector(call: ApiCall) -> Response:
    """Answer one of the account's lists."""
    name, selectors = call.params["name"], call.office.account.selectors
    if name not in selectors.lists:
        raise not_found()
    return answer(selectors.as_answer(name))


def pipeline_stages(call: ApiCall) -> Response:
    """Answer the stages of one pipeline."""
    stages = call.office.account.selectors.of_pipeline(call.record_id)
    if not stages:
        raise not_found("The pipeline")
    return answer({"deal_stages": stages})
