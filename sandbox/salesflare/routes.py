"""Every operation imitated: method, path, what answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from sandbox.salesflare import activities, definitions, records
from sandbox.salesflare.calls import Call

Handler = Callable[[Call], object]

ROUTES: Mapping[tuple[str, str], Handler] = {
    ("GET", "/me"): definitions.me,
    ("GET", "/users"): definitions.list_users,
    ("GET", "/pipelines"): definitions.list_pipelines,
    ("GET", "/stages"): definitions.list_stages,
    ("GET", "/currencies"): definitions.list_currencies,
    ("GET", "/filterfields/<entity>"): definitions.filter_fields,
    ("GET", "/customfields/types"): definitions.list_types,
    ("GET", "/customfields/<itemClass>"): definitions.list_custom_fields,
    ("POST", "/customfields/<itemClass>"): definitions.create_custom_field,
    ("GET", "/customfields/<itemClass>/<id>"): definitions.get_custom_field,
    ("PUT", "/customfields/<itemClass>/<id>"): definitions.update_custom_field,
    ("DELETE", "/customfields/<itemClass>/<id>"): definitions.delete_custom_field,
    ("GET", "/customfields/<itemClass>/<field>/options"): definitions.list_options,
    **{("GET", f"/{table}"): partial(records.list_records, table=table) for table in records.SHOWN},
    **{("GET", f"/{table}/<id>"): partial(records.get_record, table=table) for table in records.SHOWN},
    **{("PUT", f"/{table}/<id>"): partial(records.update_record, table=table) for table in records.SHOWN},
    **{("DELETE", f"/{table}/<id>"): partial(records.delete_record, table=table) for table in records.SHOWN},
    ("POST", "/accounts"): records.create_account,
    ("POST", "/contacts"): records.create_contacts,
    ("POST", "/opportunities"): records.create_opportunity,
    ("POST", "/accounts/<id>/contacts"): records.link_contacts,
    ("PUT", "/accounts/<id>/contacts"): records.link_contacts,
    ("GET", "/accounts/<id>/messages"): activities.list_messages,
    ("GET", "/accounts/<id>/feed"): activities.list_feed,
    ("GET", "/tags"): records.list_tags,
    ("POST", "/tags"): records.create_tag,
    ("PUT", "/tags/<id>"): records.update_tag,
    ("DELETE", "/tags/<id>"): records.delete_tag,
    ("GET", "/tasks"): activities.list_tasks,
    ("POST", "/tasks"): activities.create_tasks,
    ("PUT", "/tasks/<id>"): activities.update_task,
    ("DELETE", "/tasks/<id>"): partial(activities.delete_row, table="tasks"),
    ("POST", "/meetings"): partial(activities.create_meetings, is_call=False),
    ("GET", "/meetings/<id>"): activities.get_meeting,
    ("PUT", "/meetings/<id>"): activities.update_meeting,
    ("DELETE", "/meetings/<id>"): partial(activities.delete_row, table="meetings"),
    ("POST", "/calls"): partial(activities.create_meetings, is_call=True),
    ("PUT", "/calls/<id>"): activities.update_meeting,
    ("POST", "/messages"): activities.create_message,
    ("PUT", "/messages/<id>"): activities.update_message,
    ("DELETE", "/messages/<id>"): partial(activities.delete_row, table="messages"),
}
