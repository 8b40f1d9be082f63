"""What is told of one object type."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.hubspot.property_types import Property, fixed, owner


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectType:
    """One object type.

    Attributes:
        name: plural, as in paths.
        singular: as in event types and messages.
        type_id: the vendor's numeric spelling, also accepted in paths.
        modified: name of the modified-date property.
        defaults: properties returned when none are asked for.
        required: at least one of these must be given to create a record; empty for none.
        searched: properties ``query`` looks into.
        standard: the predefined properties.
        pipeline: names of the pipeline and the stage property, empty if it has none.
        scope: middle part of the scope names, ``contacts`` in ``crm.objects.contacts.read``.
    """

    name: str
    singular: str
    type_id: str
    defaults: tuple[str, ...]
    standard: tuple[Property, ...]
    modified: str = "hs_lastmodifieddate"
    required: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()
    pipeline: tuple[str, str] = ("", "")
    scope: str = "contacts"


def system(modified: str) -> tuple[Property, ...]:
    """Return the properties that every object type has."""
    return (
        fixed("hs_object_id", "Record ID", kind="number"),
        fixed("createdate", "Create date", kind="datetime"),
        fixed(modified, "Last modified date", kind="datetime"),
        fixed("hs_merged_object_ids", "Merged record IDs"),
        fixed("hs_object_source", "Record source"),
        fixed("hs_object_source_id", "Record source ID"),
        fixed("hs_object_source_label", "Record source label"),
        owner(),
    )
