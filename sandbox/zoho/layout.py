"""The one layout of every module."""

from __future__ import annotations

from typing import Any

LAYOUT_ID = "4150868000000091055"
LAYOUT: dict[str, Any] = {
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
