"""Tasks, phone calls, appointments and notes.

Source: Common Data Model, Task, PhoneCall, Appointment and Note.
"""

from __future__ import annotations

from sandbox.dynamics.schema.columns import (
    Column,
    choice,
    fixed,
    flag,
    lookup,
    memo,
    numbers,
    states,
    table,
    text,
    times,
)
from sandbox.dynamics.schema.notes import NOTE

_ABOUT = ("account", "contact", "lead", "opportunity")


def _activity(name: str, *, description: int = 2000) -> list[Column]:
    targets = {f"regardingobjectid_{each}_{name}": each for each in _ABOUT}
    return [
        *text("subject", size=200),
        memo("description", description),
        *times("scheduledstart", "scheduledend"),
        *[fixed(each) for each in times("actualstart")],
        *times("actualend"),
        *numbers("actualdurationminutes", "scheduleddurationminutes", high=2_147_483_647),
        choice("prioritycode", ("Low", "Normal", "High"), first=0, default=1),
        lookup("regardingobjectid", **targets),
        fixed(text("activitytypecode", size=64)[0]),
    ]


TASK = table(
    "task",
    "tasks",
    "subject",
    [
        _activity("task"),
        numbers("percentcomplete", high=100),
        states(
            ("Open", "Completed", "Canceled"),
            (
                (2, "Not Started", 0),
                (3, "In Progress", 0),
                (4, "Waiting on someone else", 0),
                (5, "Completed", 1),
                (6, "Canceled", 2),
                (7, "Deferred", 0),
            ),
        ),
    ],
    primary="activityid",
    is_activity=True,
)

PHONECALL = table(
    "phonecall",
    "phonecalls",
    "subject",
    [
        _activity("phonecall"),
        text("phonenumber", size=200, form="Phone"),
        flag("directioncode", default=True),
        flag("leftvoicemail"),
        states(
            ("Open", "Completed", "Canceled"),
            ((1, "Open", 0), (2, "Made", 1), (3, "Canceled", 2), (4, "Received", 1)),
        ),
    ],
    primary="activityid",
    is_activity=True,
)

APPOINTMENT = table(
    "appointment",
    "appointments",
    "subject",
    [
        _activity("appointment", description=1_048_576),
        text("location", size=200),
        flag("isalldayevent"),
        states(
            ("Open", "Completed", "Canceled", "Scheduled"),
            (
                (1, "Free", 0),
                (2, "Tentative", 0),
                (3, "Completed", 1),
                (4, "Canceled", 2),
                (5, "Busy", 3),
                (6, "Out of Office", 3),
            ),
        ),
    ],
    primary="activityid",
    is_activity=True,
)

ACTIVITIES = (TASK, PHONECALL, APPOINTMENT, NOTE)
