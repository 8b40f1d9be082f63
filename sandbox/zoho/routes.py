"""Which path does what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from sandbox.zoho.account import USERS, organisation
from sandbox.zoho.calls import Answer, Call
from sandbox.zoho.custom_fields import create_fields
from sandbox.zoho.errors import ZohoError, invalid_data, not_served, param_missing
from sandbox.zoho.modules import DUPLICATE_FIELDS, PIPELINE, STAGES
from sandbox.zoho.org import ROLES, Org
from sandbox.zoho.querying import query, search
from sandbox.zoho.reading import Reader, number
from sandbox.zoho.records import Table
from sandbox.zoho.roles import RoleBook
from sandbox.zoho.showing import Shower
from sandbox.zoho.tagging import Tagger
from sandbox.zoho.times import seconds
from sandbox.zoho.watching import ChannelBook
from sandbox.zoho.writing import Done, Writer

JsonObject = dict[str, Any]
LAYOUT_ID = "4150868000000091055"
LAYOUT: JsonObject = {
    "id": LAYOUT_ID,
    "name": "Standard",
    "display_label": "Standard",
    "api_name": "Standard__s",
    "status": "active",
    "visible": True,
    "source": "crm",
    "generated_type": "system",
    "show_business_card": True,
    "has_more_profiles": False,
    "created_for": None,
    "created_time": None,
    "modified_time": None,
    "modified_by": None,
    "profiles": None,
    "sections": [],
    "actions_allowed": {
        name: name != "delete"
        for name in ("edit", "rename", "clone", "downgrade", "delete", "deactivate", "set_layout_permissions")
    },
}
_IDS_MAX = 100
Route = Callable[["Routes", Call], Answer]


class Routes:
    """Answers calls below ``/crm/v8``."""

    def __init__(self, org: Org, writer: Writer, reader: Reader, channels: ChannelBook) -> None:
        """Work in ``org``."""
        self._org, self._writer, self._reader, self._channels = org, writer, reader, channels
        self._roles = RoleBook(org, writer)

    def answer(self, call: Call) -> Answer:
        """Answer one call.

        Raises:
            ZohoError: it is refused.
        """
        head = call.parts[0]
        route = _FIXED.get((call.method, "/".join(call.parts)))
        if route is not None:
            return route(self, call)
        if head in ("settings", "actions", "users", "org", "coql", "contacts"):
            raise not_served()
        return self._record_call(call)

    # ------------------------------------------------------------------------------------------- fixed paths

    def org(self, _call: Call) -> Answer:
        """Tell which organisation this is."""
        return Answer(body={"org": [organisation()]})

    def users(self, call: Call) -> Answer:
        """List people."""
        kind = call.params.get("type", "AllUsers")
        chosen = {
            "AllUsers": USERS,
            "ActiveUsers": tuple(each for each in USERS if each.status == "active"),
            "CurrentUser": (call.by,),
        }.get(kind)
        if chosen is None:
            raise invalid_data("invalid data", param_name="type")
        size, page = number(call.params, "per_page", 200, maximum=200), number(call.params, "page", 1)
        some = chosen[(page - 1) * size : page * size]
        if not some:
            return Answer(body=None)
        more = page * size < len(chosen)
        info = {"per_page": size, "count": len(some), "page": page, "more_records": more}
        return Answer(body={"users": [each.as_json() for each in some], "info": info})

    def coql(self, call: Call) -> Answer:
        """Answer a query."""
        module, found = query(self._org, call.body, call.by)
        return Answer(body=found, object=module, records=len(found["data"]) if found else 0)

    def fields(self, call: Call) -> Answer:
        """List the fields of a module."""
        table = self._org.table(_needed(call, "module"))
        return Answer(body={"fields": [each.as_json() for each in table.module.fields.values()]})

    def create_fields(self, call: Call) -> Answer:
        """Make custom fields."""
        rows = create_fields(self._org, self._org.table(_needed(call, "module")), call.body)
        return self._batch("fields", rows, ok=201)

    def layouts(self, call: Call) -> Answer:
        """List the layouts of a module: one."""
        self._org.table(_needed(call, "module"))
        return Answer(body={"layouts": [LAYOUT]})

    def pipelines(self, call: Call) -> Answer:
        """List the deal pipelines of a layout."""
        if _needed(call, "layout_id") != LAYOUT_ID:
            raise invalid_data("the layout_id given seems to be invalid", param_name="layout_id")
        if not self._org.options.pipelines:
            return Answer(body=None)
        maps = [
            {
                "display_value": each["display_value"],
                "sequence_number": place,
                "forecast_category": each["forecast_category"],
                "actual_value": each["actual_value"],
                "id": f"41508680000000068{place:02d}",
                "forecast_type": each["forecast_type"],
            }
            for place, each in enumerate(STAGES, start=1)
        ]
        row = {"display_value": PIPELINE, "actual_value": PIPELINE, "default": True, "maps": maps}
        return Answer(body={"pipeline": [{**row, "id": "4150868000000006900"}]})

    def tags(self, call: Call) -> Answer:
        """List the tags of a module."""
        module = self._org.table(_needed(call, "module")).module.name
        rows = [{"name": name, "id": key, "color_code": None} for name, key in self._org.tags[module].items()]
        return Answer(body={"tags": rows, "info": {"count": len(rows), "allowed_count": 100}})

    def roles(self, _call: Call) -> Answer:
        """List the roles contacts can have."""
        return Answer(body={"contact_roles": ROLES})

    def watched(self, call: Call) -> Answer:
        """List what is subscribed."""
        if self._org.options.watch_needs_channel:
            _needed(call, "channel_id")
        rows = self._channels.list(call.params.get("channel_id"), call.params.get("module"), call.by.time_zone)
        page, size = number(call.params, "page", 1), number(call.params, "per_page", 200, maximum=200)
        some = rows[(page - 1) * size : page * size]
        if not some:
            raise ZohoError(code="NOT_SUBSCRIBED", message="not subscribed to the channel")
        info = {"per_page": size, "count": len(some), "page": page, "more_records": page * size < len(rows)}
        return Answer(body={"watch": some, "info": info})

    def watch(self, call: Call) -> Answer:
        """Make, change or cut channels."""
        rows = call.body.get("watch")
        if not isinstance(rows, list) or not rows:
            raise ZohoError(
                code="MANDATORY_NOT_FOUND", message="required field not found", details={"api_name": "watch"}
            )
        found = cast("list[JsonObject]", rows)
        if call.method == "PATCH":
            return self._batch("watch", self._channels.remove_events(found))
        verb = self._channels.enable if call.method == "POST" else self._channels.update
        return self._batch("watch", verb(found), ok=201 if call.method == "POST" else 200)

    def unwatch(self, call: Call) -> Answer:
        """End channels."""
        return self._batch("watch", self._channels.disable(_needed(call, "channel_ids").split(",")))

    # ------------------------------------------------------------------------------------------- records

    def _record_call(self, call: Call) -> Answer:
        table = self._org.table(call.parts[0])
        count = len(call.parts)
        if count == 1:
            found = self._whole_module(call, table)
        elif count == 2 and call.parts[1] in ("upsert", "deleted", "search"):
            found = self._special(call, table)
        elif count == 2 and call.parts[1].isdigit():
            found = self._one(call, table)
        elif call.parts[-1] == "Contact_Roles" and table.module.name == "Deals" and count == 3:
            found = self._contact_roles(call)
        elif call.parts[-2:] in (("actions", "add_tags"), ("actions", "remove_tags")) and call.method == "POST":
            found = self._tagged(call, table)
        else:
            raise not_served()
        found.object = table.module.name
        return found

    def _whole_module(self, call: Call, table: Table) -> Answer:
        if call.method == "GET":
            found = self._reader.list(table, call.params, call.by, call.since_s)
            return _page(found) if found or call.since_s is None else Answer(body=None, status=304)
        if call.method == "DELETE":
            ids = [each for each in _needed(call, "ids").split(",") if each]
            if len(ids) > _IDS_MAX:
                raise ZohoError(code="LIMIT_EXCEEDED", message="only 100 records can be deleted at a time")
            return self._written(table, self._writer.delete(table, ids, call.by))
        rows = self._writer.rows_of(call.body)
        if call.method == "POST":
            return self._written(table, self._writer.insert(table, rows, call.by), ok=201)
        return self._written(table, self._writer.update(table, rows, call.by))

    def _special(self, call: Call, table: Table) -> Answer:
        word = call.parts[1]
        if word == "upsert" and call.method == "POST":
            fields = cast("list[str]", call.body.get("duplicate_check_fields") or [])
            if table.module.name not in DUPLICATE_FIELDS:
                raise ZohoError(code="NOT_SUPPORTED", message="upsert is not supported for this module")
            rows = self._writer.rows_of(call.body)
            return self._written(table, self._writer.upsert(table, rows, call.by, fields))
        if call.method != "GET":
            raise _wrong_method()
        if word == "search":
            return _page(search(self._org, table, call.params, call.by))
        found = self._reader.deleted(table, call.params, call.by, call.since_s)
        return _page(found) if found or call.since_s is None else Answer(body=None, status=304)

    def _one(self, call: Call, table: Table) -> Answer:
        record_id = call.parts[1]
        if call.method == "GET":
            return _page(self._reader.one(table, record_id, call.params, call.by))
        if call.method == "DELETE":
            return self._written(table, self._writer.delete(table, [record_id], call.by))
        if call.method != "PUT":
            raise _wrong_method()
        record, limit_s = table.live.get(record_id), seconds(call.unmodified_since)
        if record is not None and limit_s is not None and record.modified_s > limit_s:
            message = "Record updated time has already passed if-unmodified-since time"
            raise ZohoError(code="ALREADY_MODIFIED", message=message, status=412)
        rows = [{**each, "id": record_id} for each in self._writer.rows_of(call.body)[:1]]
        return self._written(table, self._writer.update(table, rows, call.by))

    def _contact_roles(self, call: Call) -> Answer:
        deal_id = call.parts[1]
        if call.method == "GET":
            return _page(self._roles.list(deal_id, call.params, call.by))
        if call.method == "PUT":
            return self._batch("data", self._roles.put(deal_id, self._writer.rows_of(call.body), call.by))
        if call.method == "DELETE":
            ids = [each for each in _needed(call, "ids").split(",") if each]
            return self._batch("data", self._roles.remove(deal_id, ids, call.by))
        raise _wrong_method()

    def _tagged(self, call: Call, table: Table) -> Answer:
        ids = call.body.get("ids") if len(call.parts) == 3 else [call.parts[1]]
        shower = Shower(self._org, call.by)
        tagger = Tagger(self._writer, shower, call.by, touches=self._org.options.tags_touch)
        rows = tagger.change(table, ids, call.body, adds=call.parts[-1] == "add_tags")
        return self._batch("data", rows)

    def _written(self, table: Table, done: Sequence[Done], *, ok: int = 200) -> Answer:
        answer = self._batch("data", [each.answer for each in done], ok=ok)
        answer.unchanged = sum(each.kind == "update" and not each.changed for each in done)
        answer.object = table.module.name
        return answer

    def _batch(self, key: str, rows: list[JsonObject], *, ok: int = 200) -> Answer:
        """Answer rows, each with its own fate: all well, all refused, or some."""
        refused = sum(each["status"] == "error" for each in rows)
        status = ok if not refused else 400 if refused == len(rows) else self._org.options.partial_status
        return Answer(body={key: rows}, status=status, records=len(rows))


def _page(found: JsonObject | None) -> Answer:
    return Answer(body=found, records=len(found["data"]) if found else 0)


def _needed(call: Call, name: str) -> str:
    if not call.params.get(name):
        raise param_missing(name)
    return call.params[name]


def _wrong_method() -> ZohoError:
    return ZohoError(code="INVALID_REQUEST_METHOD", message="The http request method type is not a valid one")


_FIXED: dict[tuple[str, str], Route] = {
    ("GET", "org"): Routes.org,
    ("GET", "users"): Routes.users,
    ("POST", "coql"): Routes.coql,
    ("GET", "settings/fields"): Routes.fields,
    ("POST", "settings/fields"): Routes.create_fields,
    ("GET", "settings/layouts"): Routes.layouts,
    ("GET", "settings/pipeline"): Routes.pipelines,
    ("GET", "settings/tags"): Routes.tags,
    ("GET", "contacts/roles"): Routes.roles,
    ("GET", "Contacts/roles"): Routes.roles,
    ("GET", "actions/watch"): Routes.watched,
    ("POST", "actions/watch"): Routes.watch,
    ("PUT", "actions/watch"): Routes.watch,
    ("PATCH", "actions/watch"): Routes.watch,
    ("DELETE", "actions/watch"): Routes.unwatch,
}
