"""Tasks, appointments, notes and sales activities."""

from __future__ import annotations

from werkzeug.wrappers import Response

from sandbox._calls import annotate_records, annotate_unchanged
from sandbox.freshsales.account import API_USER_ID
from sandbox.freshsales.activities import Activity
from sandbox.freshsales.errors import not_found
from sandbox.freshsales.http.calls import ApiCall, answer
from sandbox.freshsales.listing import page_of
from sandbox.freshsales.places import PLACES
from sandbox.freshsales.showing_activities import render_activity
from sandbox.freshsales.writing import body_of


def _one(call: ApiCall, activity: Activity, status: int = 200) -> Response:
    annotate_records(call.request, 1)
    return answer({call.place.singular: render_activity(call.place, activity, include=call.include)}, status)


def view(call: ApiCall) -> Response:
    """Answer one activity; a note has no address of its own."""
    if call.place.plural == "notes":
        raise not_found()
    return _one(call, call.office.activities.find(call.place, call.record_id))


def create(call: ApiCall) -> Response:
    """Store an activity."""
    given = body_of(call.json(), call.place.singular)
    made = call.office.activities.create(call.place, given, actor_id=API_USER_ID)
    call.office.tell_activity(call.place, made, "created")
    return _one(call, made, 201)


def update(call: ApiCall) -> Response:
    """Change an activity."""
    held = call.office.activities.find(call.place, call.record_id)
    changed = call.office.activities.update(call.place, held, body_of(call.json(), call.place.singular))
    annotate_unchanged(call.request, int(not changed))
    now = call.office.activities.find(call.place, call.record_id)
    call.office.tell_activity(call.place, now, "updated")
    return _one(call, now)


def delete(call: ApiCall) -> Response:
    """Remove an activity."""
    held = call.office.activities.find(call.place, call.record_id)
    call.office.activities.delete(call.place, held)
    call.office.tell_activity(call.place, held, "deleted")
    return Response(status=204)


def list_page(call: ApiCall) -> Response:
    """Answer one page; notes have no list."""
    if call.place.plural == "notes":
        raise not_found()
    rows, meta = page_of(call.office.activities.listed(call.place, call.request.args), call.request.args)
    annotate_records(call.request, len(rows))
    shown = [render_activity(call.place, each, include=call.include) for each in rows]
    return answer({call.place.plural: shown, "meta": meta})


def of_record(call: ApiCall) -> Response:
    """Answer one page of the activities that belong to a record."""
    record = call.office.account.find(call.module, call.record_id)
    place = PLACES[call.params["place"]]
    rows, meta = page_of(
        call.office.activities.of_record(place, call.module.model, record.record_id), call.request.args
    )
    shown = [render_activity(place, each, include=call.include | {"targetable"}) for each in rows]
    return answer({place.plural: shown, "meta": meta})
