"""Field definitions, pipelines, stages, activity types and people."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from sandbox.pipedrive.account import ADMIN_ID, me
from sandbox.pipedrive.company import ACTIVITY_TYPES
from sandbox.pipedrive.errors import invalid, not_found
from sandbox.pipedrive.fields import FieldBook
from sandbox.pipedrive.http.calls import PAGE, PAGE_MAX, ApiCall, cursor_of, position_of, success
from sandbox.pipedrive.http.showing import setup_row
from sandbox.pipedrive.schema import BY_FIELDS_PATH

JsonObject = dict[str, Any]


def list_fields(call: ApiCall) -> Response:
    """Answer one page of an object's fields."""
    return _paged(call, [each.as_json() for each in _book(call).fields.values()])


def read_field(call: ApiCall) -> Response:
    """Answer one field by its code."""
    return success(_book(call).find(str(call.params["code"])).as_json())


def create_field(call: ApiCall) -> Response:
    """Define a custom field."""
    return success(_book(call).create(call.body()).as_json())


def add_options(call: ApiCall) -> Response:
    """Add options to a field; only the new ones are answered."""
    made = _book(call).add_options(str(call.params["code"]), call.value())
    return success(made, additional_data=None)


def delete_field(call: ApiCall) -> Response:
    """Delete a custom field with all its values."""
    book, code = _book(call), str(call.params["code"])
    found = book.find(code)
    if not found.is_custom:
        raise invalid("a built-in field cannot be deleted")
    del book.fields[code]
    for record in call.company.tables[BY_FIELDS_PATH[call.params["fields"]].name].rows.values():
        record.custom.pop(code, None)
    return success(found.as_json())


def list_pipelines(call: ApiCall) -> Response:
    """Answer the pipelines."""
    return _paged(call, [setup_row(each) for each in call.company.tables["pipeline"].rows.values()])


def list_stages(call: ApiCall) -> Response:
    """Answer the stages, of one pipeline or of all."""
    wanted = call.text("pipeline_id")
    rows = [setup_row(each) for each in call.company.tables["stage"].rows.values()]
    return _paged(call, [row for row in rows if not wanted or str(row["pipeline_id"]) == wanted])


def list_users(call: ApiCall) -> Response:
    """Answer everybody at once, those who left included."""
    return success(list(call.company.users.values()), additional_data=None)


def read_me(call: ApiCall) -> Response:
    """Answer whose token it is, and which company's."""
    return success(me(call.company.users[ADMIN_ID]), additional_data=None)


def read_user(call: ApiCall) -> Response:
    """Answer one of the people."""
    found = call.company.users.get(call.record_id())
    if found is None:
        raise not_found("User")
    return success(found, additional_data=None)


def list_activity_types(call: ApiCall) -> Response:
    """Answer the kinds of activity."""
    del call
    rows = [
        {
            "id": place + 1,
            "order_nr": place + 1,
            "name": key.capitalize(),
            "key_string": key,
            "icon_key": key,
            "active_flag": True,
            "color": None,
            "is_custom_flag": False,
            "add_time": "2025-02-03 09:16:26",
            "update_time": "2025-02-03 09:16:26",
        }
        for place, key in enumerate(ACTIVITY_TYPES)
    ]
    return success(rows, additional_data=None)


def _book(call: ApiCall) -> FieldBook:
    return call.company.fields[BY_FIELDS_PATH[call.params["fields"]].name]


def _paged(call: ApiCall, rows: list[JsonObject]) -> Response:
    limit = call.number("limit", PAGE, most=PAGE_MAX)
    start = int(position_of(call.text("cursor"))["place"]) if call.text("cursor") else 0
    cursor = cursor_of({"place": start + limit}) if len(rows) > start + limit else None
    return success(rows[start : start + limit], additional_data={"next_cursor": cursor})
