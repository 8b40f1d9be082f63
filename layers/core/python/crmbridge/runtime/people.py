"""What the routes do by which a person's data is handed out or forgotten."""

from __future__ import annotations

from typing import Any

from crmbridge import runtime
from crmbridge.errors import RequestRejectedError
from crmbridge.runtime._api import Api
from crmbridge.runtime._pages import cursor_of, place_of
from crmbridge.services import erase_people, export_people

PAGES = 10
"""Pages of the workspace's records that one call looks through: two thousand records, a few seconds."""


def export_person(api: Api) -> dict[str, Any]:
    """Hand out everything that is held of a person, in pages: first the person, then what is about them.

    Raises:
        NotFoundError: the record that is named does not exist.
        RequestRejectedError: the person is named in no way or in several, or the cursor is none of ours.
        ForbiddenError: the caller is no admin.
    """
    hub, workspace_id, body = runtime.hub(), api.caller().workspace_id, api.body()
    wanted = erase_people.wanted_person(body)
    cursor = body.get("cursor")
    entity, place = export_people.ABOUT[0], None if cursor is None else place_of(cursor)
    said: dict[str, Any] = {} if cursor else export_people.export_person(hub, workspace_id, wanted)
    if place is not None:
        name, _, rest = place.partition(" ")
        if name not in export_people.ABOUT:
            raise RequestRejectedError(
                "this cursor was not given out by an export", field="cursor", next_step="start again without a cursor"
            )
        entity, place = name, rest or None
    found, entity_left, place_left = export_people.export_mentions(
        hub, workspace_id, wanted, entity=entity, cursor=place, pages=PAGES
    )
    more = {} if entity_left is None else {"nextCursor": cursor_of(f"{entity_left} {place_left or ''}")}
    return {**said, "mentions": found, **more}


def erase_person(api: Api) -> tuple[dict[str, Any], int]:
    """Forget a person, here and in every CRM; asked twice, it tells of the same erasure.

    Raises:
        NotFoundError: nobody is known by that.
        RequestRejectedError: the person or what is to be done is wrong.
        ForbiddenError: the caller is no admin.
    """
    caller = api.caller()
    return erase_people.start_erasure(runtime.hub(), caller.workspace_id, api.body(), by=caller.name), 202


def list_erasures(api: Api) -> dict[str, Any]:
    """List the workspace's erasures, oldest first.

    Raises:
        ForbiddenError: the caller is no admin.
    """
    found = erase_people.list_erasures(runtime.hub(), api.caller().workspace_id)
    return api.page(found, key=lambda each: each["erasureId"])


def get_erasure(api: Api, erasure_id: str) -> dict[str, Any]:
    """Tell how an erasure stands, and what became of each row in each CRM.

    Raises:
        NotFoundError: the workspace knows no such erasure.
        ForbiddenError: the caller is no admin.
    """
    return erase_people.show_erasure(erase_people.load_erasure(runtime.hub(), api.caller().workspace_id, erasure_id))


def lift_suppression(api: Api, erasure_id: str) -> dict[str, Any]:
    """Let the people of an erasure be taken in again, should they come back of their own will.

    Raises:
        NotFoundError: the workspace knows no such erasure.
        ForbiddenError: the caller is no admin.
    """
    return {"lifted": erase_people.lift_suppression(runtime.hub(), api.caller().workspace_id, erasure_id)}
