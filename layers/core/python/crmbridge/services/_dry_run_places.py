"""How far a rehearsal has come, as text that its caller keeps: nothing of it is stored."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from crmbridge.domain.records import Entity
from crmbridge.errors import ConflictError, RequestRejectedError

CURSOR_MAX = 40_000
"""Characters of a cursor; a longer one is none of ours."""

_TEXT_MAX = 400_000


@dataclass(frozen=True, slots=True)
class DuePlace:
    """A place in the order of what is due.

    Attributes:
        number: ids from the first one on that were looked at or passed over.
        last: the last of them; tells whether the order still stands.
        left: those of them that wait for their batch.
    """

    MOST: ClassVar[int] = 20_000

    entity: Entity
    number: int
    last: str
    left: tuple[str, ...]

    @classmethod
    def after(cls, entity: Entity, due: Sequence[str], seen: Collection[str]) -> DuePlace:
        """Return the place behind everything that was looked at."""
        number = max((place + 1 for place, each in enumerate(due) if each in seen), default=0)
        left = tuple(each for each in due[:number] if each not in seen)
        return cls(entity, number, due[number - 1] if number else "", left)

    def seen(self, due: Sequence[str]) -> set[str]:
        """Return the ids that need no further look.

        Raises:
            ConflictError: what is due has moved meanwhile.
        """
        if self.number and (len(due) < self.number or due[self.number - 1] != self.last):
            raise ConflictError(
                "what is due has moved since the page before; begin the dry-run again, without a cursor"
            )
        return set(due[: self.number]) - set(self.left)

    def to_cursor(self) -> str:
        """Return the place as text."""
        return _text([self.entity, self.number, self.last, list(self.left)])


@dataclass(frozen=True, slots=True)
class ListPlace:
    """A place in the list of all records of an entity.

    Attributes:
        listed: cursor of the page of records that is being rehearsed.
        done: ids of that page that need no further look.
    """

    entity: Entity
    listed: str | None
    done: tuple[str, ...]

    def to_cursor(self) -> str:
        """Return the place as text."""
        return _text([self.entity, self.listed, list(self.done)])


def read_place(cursor: str | None, entities: Sequence[Entity], *, is_draft: bool) -> DuePlace | ListPlace | None:
    """Return the place that a cursor names, ``None`` for the beginning.

    Raises:
        RequestRejectedError: the cursor was not given out by a rehearsal of this kind.
    """
    if cursor is None:
        return None
    try:
        parts = _parts(cursor)
        entity, rest = entities[entities.index(parts[0])], parts[1:]
        if is_draft:
            listed, done = rest
            return ListPlace(entity, None if listed is None else str(listed), tuple(map(str, done)))
        number, last, left = rest
        return DuePlace(entity, int(number), str(last), tuple(map(str, left)))
    except (ValueError, TypeError, IndexError, binascii.Error, zlib.error) as error:
        raise RequestRejectedError(
            "the cursor is none of this dry-run's",
            field="cursor",
            next_step="send nextCursor of the page before with the same body, or leave cursor out to begin",
        ) from error


def _text(parts: list[Any]) -> str:
    packed = zlib.compress(json.dumps(parts, separators=(",", ":")).encode(), 9)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _parts(cursor: str) -> list[Any]:
    if len(cursor) > CURSOR_MAX or not cursor.isascii():
        raise ValueError("too long")
    packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    text = zlib.decompressobj().decompress(packed, _TEXT_MAX)
    found: object = json.loads(text)
    if not isinstance(found, list):
        raise TypeError("no list")
    return cast("list[Any]", found)
