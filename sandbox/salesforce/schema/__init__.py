"""What the simulated org knows: objects, their fields, their picklists."""

from __future__ import annotations

from sandbox.salesforce.schema.activities import ACTIVITY_OBJECTS
from sandbox.salesforce.schema.administration import ADMINISTRATION_OBJECTS
from sandbox.salesforce.schema.field import Field
from sandbox.salesforce.schema.objects import SObject
from sandbox.salesforce.schema.people import PEOPLE_OBJECTS
from sandbox.salesforce.schema.sales import SALES_OBJECTS
from sandbox.salesforce.schema.settings import SETTINGS_OBJECTS

__all__ = ["Field", "SObject", "standard_objects"]


def standard_objects() -> dict[str, SObject]:
    """Return fresh objects by name; custom fields may be added to each."""
    makers = (PEOPLE_OBJECTS, SALES_OBJECTS, ACTIVITY_OBJECTS, ADMINISTRATION_OBJECTS, SETTINGS_OBJECTS)
    return {made.name: made for group in makers for made in (maker() for maker in group)}
