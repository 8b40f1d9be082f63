"""The account's users."""

from __future__ import annotations

from typing import Any

from sandbox.kommo.setup import ADMIN_ID

JsonObject = dict[str, Any]


class UserBook:
    """People by id; some may have left."""

    def __init__(self) -> None:
        """Start with the administrator and one colleague."""
        self.users: dict[int, JsonObject] = {}
        self.add("marina@lagoasolar.example", "Marina Lagoa", user_id=ADMIN_ID, admin=True)
        self.add("rafa@lagoasolar.example", "Rafael Brito", user_id=ADMIN_ID + 12)

    def add(self, email: str, name: str, *, user_id: int = 0, admin: bool = False, active: bool = True) -> JsonObject:
        """Add a person and return the row."""
        row: JsonObject = {
            "id": user_id or max(self.users) + 12,
            "name": name,
            "email": email,
            "lang": "pt",
            "rights": {
                "leads": {"view": "A", "edit": "A", "add": "A", "delete": "A", "export": "A"},
                "mail_access": False,
                "catalog_access": True,
                "is_admin": admin,
                "is_free": False,
                "is_active": active,
                "group_id": None,
                "role_id": None,
            },
        }
        self.users[row["id"]] = row
        return row

    def can_own(self, user_id: object) -> bool:
        """Tell whether somebody active has this id."""
        found = self.users.get(user_id) if isinstance(user_id, int) else None
        return found is not None and bool(found["rights"]["is_active"])
