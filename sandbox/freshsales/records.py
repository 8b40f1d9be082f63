"""One record of a module, and how it looks to an index that lags behind."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

JsonObject = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Email:
    """One address of a contact."""

    email_id: int
    value: str
    is_primary: bool
    label: str = ""

    def as_json(self) -> JsonObject:
        """Return the address as the vendor shows it."""
        return {
            "id": self.email_id,
            "value": self.value,
            "is_primary": self.is_primary,
            "label": self.label or None,
            "_destroy": False,
        }


@dataclass(slots=True, kw_only=True)
class Record:
    """One contact, account or deal.

    Attributes:
        values: the vendor's own fields that hold something.
        custom: fields people made.
        accounts: a contact's accounts, and whether each is the primary one.
        contact_ids: a deal's contacts.
        deleted_ms: set while it lies in the recycle bin.
        seen: what searches still show; ``None`` with ``visible_ms`` ahead means not yet anything.
        visible_ms: from when on searches show the record as it is.
    """

    record_id: int
    created_ms: int
    updated_ms: int
    creater_id: int
    updater_id: int | None = None
    values: JsonObject = field(default_factory=dict[str, Any])
    custom: JsonObject = field(default_factory=dict[str, Any])
    emails: list[Email] = field(default_factory=list[Email])
    accounts: dict[int, bool] = field(default_factory=dict[int, bool])
    contact_ids: list[int] = field(default_factory=list[int])
    deleted_ms: int | None = None
    seen: Record | None = None
    visible_ms: int = 0

    @property
    def email(self) -> str | None:
        """The primary address."""
        return next((each.value for each in self.emails if each.is_primary), None)

    @property
    def display_name(self) -> str:
        """The name of a contact as lists show it; the name of anything else."""
        names = (self.values.get("first_name"), self.values.get("last_name"))
        return str(self.values.get("name") or " ".join(str(each) for each in names if each) or self.email or "")

    def addresses(self) -> Iterator[str]:
        """Yield every address, folded."""
        for each in self.emails:
            yield each.value.lower()

    def copied(self) -> Record:
        """Return a copy that later writes do not touch."""
        return replace(
            self,
            values=deepcopy(self.values),
            custom=dict(self.custom),
            emails=[replace(each) for each in self.emails],
            accounts=dict(self.accounts),
            contact_ids=list(self.contact_ids),
            seen=None,
        )

    def indexed(self, now_ms: int) -> Record | None:
        """Return the record as searches see it, ``None`` while they do not."""
        return self if now_ms >= self.visible_ms else self.seen

    def same_as(self, other: Record) -> bool:
        """Tell whether two states hold the same values."""
        mine, theirs = (
            (each.values, each.custom, [one.as_json() for one in each.emails], each.accounts, each.contact_ids)
            for each in (self, other)
        )
        return mine == theirs
