"""The clock, ids and pages: what every use case gets passed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    from crmbridge.domain.records import Unreadable

T = TypeVar("T")

Now: TypeAlias = Callable[[], datetime]
"""Gives the present moment, aware UTC."""

NewId: TypeAlias = Callable[[str], str]
"""Makes ``<prefix>_<26 characters>``, never the same twice, ascending in time."""

Sleep: TypeAlias = Callable[[float], None]
"""Waits that many seconds."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a listing.

    Attributes:
        items: 0..n.
        next_cursor: opaque; ``None`` on the last page.
        unreadable: rows of this page that could not be understood.
        server_time: the answering server's own clock (``Date`` header), or ``None``.
        ready_in_s: seconds until the CRM is likely to have the next page ready; 0 when it has.
    """

    items: tuple[T, ...]
    next_cursor: str | None = None
    unreadable: tuple[Unreadable, ...] = ()
    server_time: datetime | None = None
    ready_in_s: float = 0.0
