"""Owners: the account's users as records are assigned to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.hubspot.times import iso

_FIRST_OWNER_ID = 81_400_100
_FIRST_USER_ID = 71_300_500


@dataclass(slots=True, kw_only=True)
class Owner:
    """One owner; ``owner_id`` and ``user_id`` are different numbers on purpose."""

    owner_id: str
    user_id: int
    email: str
    first_name: str
    last_name: str
    archived: bool
    created_ms: int

    def as_json(self) -> dict[str, Any]:
        """Return the vendor's spelling; a deactivated owner has no ``userId``."""
        return {
            "id": self.owner_id,
            "email": self.email,
            "type": "PERSON",
            "firstName": self.first_name,
            "lastName": self.last_name,
            "userId": None if self.archived else self.user_id,
            "userIdIncludingInactive": self.user_id,
            "createdAt": iso(self.created_ms),
            "updatedAt": iso(self.created_ms),
            "archived": self.archived,
            "teams": [{"id": "504101", "name": "Sales", "primary": True}],
        }


class OwnerBook:
    """All owners of the account, deactivated ones included."""

    def __init__(self, now_ms: int) -> None:
        """Start with two active owners and a deactivated one."""
        self.owners: dict[str, Owner] = {}
        self.add("ada.admin@harbour-lane.example", "Ada", "Admin", now_ms=now_ms)
        self.add("sam.seller@harbour-lane.example", "Sam", "Seller", now_ms=now_ms)
        self.add("otto.left@harbour-lane.example", "Otto", "Left", now_ms=now_ms, archived=True)

    def add(self, email: str, first_name: str, last_name: str, *, now_ms: int, archived: bool = False) -> Owner:
        """Add an owner and return it."""
        count = len(self.owners)
        owner = Owner(
            owner_id=str(_FIRST_OWNER_ID + 7 * count),
            user_id=_FIRST_USER_ID + 3 * count,
            email=email.lower(),
            first_name=first_name,
            last_name=last_name,
            archived=archived,
            created_ms=now_ms,
        )
        self.owners[owner.owner_id] = owner
        return owner

    def is_active(self, owner_id: str) -> bool:
        """Tell whether records may be assigned to ``owner_id``."""
        owner = self.owners.get(owner_id)
        return owner is not None and not owner.archived

    def by_email(self, email: str) -> Owner | None:
        """Return the owner with this address."""
        wanted = email.strip().lower()
        return next((owner for owner in self.owners.values() if owner.email == wanted), None)
