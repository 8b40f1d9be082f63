"""The four objects that hold activities, with their fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.freshsales.fields import Field, standard


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One kind of activity.

    Attributes:
        needs_target: it cannot be without a record it belongs to.
    """

    plural: str
    singular: str
    fields: Mapping[str, Field]
    needs_target: bool = False


PLACES: Mapping[str, Place] = {
    each.plural: each
    for each in (
        Place(
            plural="tasks",
            singular="task",
            fields=standard(
                "title|Title||r", "description|Description|textarea", "due_date|Due date|datetime|r",
                "owner_id|Owner|selector:owners", "status|Status|number", "task_type_id|Type|selector:task_types",
                "outcome_id|Outcome|selector:sales_activity_outcomes", "completed_date|Completed date|datetime",
            ),
        ),
        Place(
            plural="appointments",
            singular="appointment",
            fields=standard(
                "title|Title||r", "description|Description|textarea", "from_date|From|datetime|r",
                "end_date|End|datetime|r", "time_zone|Time zone", "location|Location", "is_allday|All day|checkbox",
                "outcome_id|Outcome|selector:sales_activity_outcomes",
            ),
        ),
        Place(
            plural="notes",
            singular="note",
            fields=standard("description|Description|textarea|r"),
            needs_target=True,
        ),
        Place(
            plural="sales_activities",
            singular="sales_activity",
            fields=standard(
                "title|Title||r", "notes|Notes|textarea", "start_date|Start|datetime", "end_date|End|datetime",
                "sales_activity_type_id|Type|selector:sales_activity_types|r", "owner_id|Owner|selector:owners",
                "sales_activity_outcome_id|Outcome|selector:sales_activity_outcomes", "location|Location",
            ),
            needs_target=True,
        ),
    )
}  # fmt: skip
