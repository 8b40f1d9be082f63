"""Places in the listing of an entity's records, as opaque text."""

from __future__ import annotations

import base64
import binascii

from crmbridge.domain.keys import shard_of
from crmbridge.errors import RequestRejectedError

SHARDS = 16
"""How many partitions one entity of a workspace is spread over."""

Place = tuple[int, str]
"""Shard and record id: the order of every listing."""

START: Place = (0, "")


def cursor_after(record_id: str) -> str:
    """Return the cursor of the page that follows a record.

    Example:
        >>> place_of(cursor_after("con_01JD000000000000000000000A"))[1]
        'con_01JD000000000000000000000A'
    """
    return base64.urlsafe_b64encode(f"{shard_of(record_id):x}{record_id}".encode()).decode().rstrip("=")


def place_of(cursor: str | None) -> Place:
    """Return the place after which a page begins.

    Raises:
        RequestRejectedError: the cursor is none of ours.
    """
    if cursor is None:
        return START
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        shard, record_id = int(text[0], 16), text[1:]
    except (binascii.Error, ValueError, IndexError) as error:
        raise _not_ours() from error
    if shard != shard_of(record_id):
        raise _not_ours()
    return shard, record_id


def _not_ours() -> RequestRejectedError:
    return RequestRejectedError(
        "this cursor was not given out by a listing", field="cursor", next_step="start again without a cursor"
    )
