"""Who changes a record, as webhooks tell it."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.hubspot.account import APP_ID, USER_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The source of a change: ``change_source`` and ``source_id`` of webhook events."""

    change_source: str
    source_id: str
    object_source: str

    @property
    def is_person(self) -> bool:
        """Whether a person works in the vendor's screens."""
        return self.change_source == "CRM_UI"


INTEGRATION = Actor(change_source="INTEGRATION", source_id=str(APP_ID), object_source="INTEGRATION")
PERSON = Actor(change_source="CRM_UI", source_id=f"userId:{USER_ID}", object_source="CRM_UI")
IMPORT = Actor(change_source="IMPORT", source_id="importId:3301", object_source="IMPORT")
