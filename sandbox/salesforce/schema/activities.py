"""Task and Event.

Source: Salesforce object reference.
"""

from __future__ import annotations

from sandbox.salesforce.schema.field import (
    Field,
    boolean,
    long_text,
    moment,
    number,
    picklist,
    read_only,
    reference,
    text,
)
from sandbox.salesforce.schema.objects import SObject, sobject
from sandbox.salesforce.schema.people import owner
from sandbox.salesforce.schema.settings import TASK_STATUSES

PRIORITIES = ("High", "Normal", "Low")


def _who_and_what(plural: str) -> list[Field]:
    who = reference(
        "WhoId",
        "Contact",
        "Lead",
        label="Name ID",
        grantable=False,
        children=(("Contact", plural), ("Lead", plural)),
    )
    what = reference(
        "WhatId",
        "Account",
        "Opportunity",
        label="Related To ID",
        grantable=False,
        children=(("Account", plural), ("Opportunity", plural)),
    )
    return [who, what, text("Subject", 255)]


def task() -> SObject:
    """Declare Task."""
    fields = [
        *_who_and_what("Tasks"),
        moment("ActivityDate", "date", label="Due Date Only"),
        picklist(
            "Status",
            TASK_STATUSES,
            length=255,
            nillable=False,
            defaulted=True,
            default=TASK_STATUSES[0],
            restricted=True,
            grantable=False,
        ),
        picklist(
            "Priority",
            PRIORITIES,
            length=255,
            nillable=False,
            defaulted=True,
            default="Normal",
            restricted=True,
            grantable=False,
        ),
        read_only(boolean("IsHighPriority", label="High Priority")),
        owner("User", "Group"),
        long_text("Description"),
        read_only(reference("AccountId", "Account")),
        read_only(boolean("IsClosed", label="Closed")),
        read_only(boolean("IsArchived", label="Archived")),
        number("CallDurationInSeconds", "int", (8, 0), label="Call Duration"),
        picklist("CallType", ("Internal", "Inbound", "Outbound"), restricted=True),
        text("CallDisposition", 255, label="Call Result"),
        text("CallObject", 255, label="Call Object Identifier"),
        moment("ReminderDateTime"),
        boolean("IsReminderSet", label="Reminder Set"),
        picklist(
            "TaskSubtype",
            ("Task", "Email", "ListEmail", "Call", "LinkedIn", "Cadence"),
            updateable=False,
            restricted=True,
            defaulted=True,
            default="Task",
        ),
        read_only(moment("CompletedDateTime")),
    ]
    return sobject("Task", "00T", fields, replicable=True)


def event() -> SObject:
    """Declare Event, a meeting."""
    fields = [
        *_who_and_what("Events"),
        text("Location", 255),
        boolean("IsAllDayEvent", label="All-Day Event"),
        moment("ActivityDateTime", label="Due Date Time"),
        moment("ActivityDate", "date", label="Due Date Only"),
        number("DurationInMinutes", "int", (8, 0), label="Duration"),
        moment("StartDateTime", label="Start Date Time"),
        moment("EndDateTime", label="End Date Time"),
        long_text("Description"),
        read_only(reference("AccountId", "Account")),
        owner("User", "Group"),
        boolean("IsPrivate", label="Private"),
        picklist("ShowAs", ("Busy", "OutOfOffice", "Free"), defaulted=True, default="Busy", restricted=True),
        read_only(boolean("IsChild", label="Is Child")),
        read_only(boolean("IsGroupEvent", label="Is Group Event")),
        read_only(boolean("IsArchived", label="Archived")),
        moment("ReminderDateTime"),
        boolean("IsReminderSet", label="Reminder Set"),
    ]
    return sobject("Event", "00U", fields, replicable=True)


ACTIVITY_OBJECTS = (task, event)
