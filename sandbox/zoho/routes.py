"""Which path does what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from sandbox.zoho.account import USERS, organisation
from sandbox.zoho.answers import batch, needed
from sandbox.zoho.calls import Answer, Call
from sandbox.zoho.definitions import Definitions
from sandbox.zoho.deletions import deleted
from sandbox.zoho.errors import ZohoError, invalid_data, not_served
from sandbox.zoho.modules import DUPLICATE_FIELDS
from sandbox.zoho.org import Org
from sandbox.zoho.params import number
from sandbox.zoho.querying import query, search
from sandbox.zoho.reading import Reader
from sandbox.zoho.records import Table
from sandbox.zoho.roles import RoleBook
from sandbox.zoho.showing import Shower
from sandbox.zoho.tagging import Tagger
from sandbox.zoho.times import seconds
from sandbox.zoho.watching import ChannelBook
from sandbox.zoho.writing import Done, Writer

JsonObject = dict[str, Any]
_IDS_MAX = 100
Route = Callable[["Routes", Call], Answer]


class Routes:
    """Answers calls below ``/crm/v8``."""

    def __init__(self, org: Org, writer: Writer, reader: Reader, channels: ChannelBook) -> None:
        """Work in ``org``."""
        self._org, self._writer, self._reader, self._channels = org, writer, reader, channels
        self._roles = RoleBook(org, writer)
        self.definitions = Definitions(org)

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

    def watched(self, call: Call) -> Answer:
        """List what is subscribed."""
        if self._org.options.watch_needs_channel:
            needed(call, "channel_id")
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
            return batch(self._org, "watch", self._channels.remove_events(found))
        verb = self._channels.enable if call.method == "POST" else self._channels.update
        return batch(self._org, "watch", verb(found), ok=201 if call.method == "POST" else 200)

    def unwatch(self, call: Call) -> Answer:
        """End channels."""
        return batch(self._org, "watch", self._channels.disable(needed(call, "channel_ids").split(",")))

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
            ids = [each for each in needed(call, "ids").split(",") if each]
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
        found = deleted(self._org, table, call.params, call.by, call.since_s)
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
            return batch(self._org, "data", self._roles.put(deal_id, self._writer.rows_of(call.body), call.by))
        if call.method == "DELETE":
            ids = [each for each in needed(call, "ids").split(",") if each]
            return batch(self._org, "data", self._roles.remove(deal_id, ids, call.by))
        raise _wrong_method()

    def _tagged(self, call: Call, table: Table) -> Answer:
        ids = call.body.get("ids") if len(call.parts) == 3 else [call.parts[1]]
        shower = Shower(self._org, call.by)
        tagger = Tagger(self._writer, shower, call.by, touches=self._org.options.tags_touch)
        rows = tagger.change(table, ids, call.body, adds=call.parts[-1] == "add_tags")
        return batch(self._org, "data", rows)

    def _written(self, table: Table, done: Sequence[Done], *, ok: int = 200) -> Answer:
        answer = batch(self._org, "data", [each.answer for each in done], ok=ok)
        answer.unchanged = sum(each.kind == "update" and not each.changed for each in done)
        answer.object = table.module.name
        return answer


def _page(found: JsonObject | None) -> Answer:
    return Answer(body=found, records=len(found["data"]) if found else 0)


def _wrong_method() -> ZohoError:
    return ZohoError(code="INVALID_REQUEST_METHOD", message="The http request method type is not a valid one")


_FIXED: dict[tuple[str, str], Route] = {
    ("GET", "org"): Routes.org,
    ("GET", "users"): Routes.users,
    ("POST", "coql"): Routes.coql,
    ("GET", "settings/fields"): lambda routes, call: routes.definitions.fields(call),
    ("POST", "settings/fields"): lambda routes, call: routes.definitions.create_fields(call),
    ("GET", "settings/layouts"): lambda routes, call: routes.definitions.layouts(call),
    ("GET", "settings/pipeline"): lambda routes, call: routes.definitions.pipelines(call),
    ("GET", "settings/tags"): lambda routes, call: routes.definitions.tags(call),
    ("GET", "contacts/roles"): lambda routes, call: routes.definitions.roles(call),
    ("GET", "Contacts/roles"): lambda routes, call: routes.definitions.roles(call),
    ("GET", "actions/watch"): Routes.watched,
    ("POST", "actions/watch"): Routes.watch,
    ("PUT", "actions/watch"): Routes.watch,
    ("PATCH", "actions/watch"): Routes.watch,
    ("DELETE", "actions/watch"): Routes.unwatch,
}
