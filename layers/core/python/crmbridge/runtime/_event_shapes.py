"""What other systems may tell us of, as they tell it; by type of event. ``format`` says how a text is understood."""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge.domain.stages import LEAD_STATUSES
from crmbridge.domain.workflows.events import EVENT_TYPES, EventType
from crmbridge.runtime._shapes import Shape, anything, choice, flag, many, moment, text, thing, whole

TEXT_MAX = 32_000


def _line(doc: str = "", *, most: int = 500) -> Shape:
    return text(doc, most=most)


def _told(shape: Shape, form: str) -> Shape:
    return {**shape, "format": form}


def _amount(doc: str = "") -> Shape:
    return _told(anything(doc or "A number from 0, or a text that is one."), "decimal")


_ID = text("The sender's own.", least=1, most=200)
_EMAIL, _PHONE = _told(text(most=320), "email"), _told(text(most=60), "phone")
_TEXT = _told(text(most=TEXT_MAX), "lines")
_DAY = _told(text("A day, or a time.", most=40), "day")
_PLATFORM = text("Such as twitter.", least=1, most=40)
_SENTIMENT = choice("positive", "neutral", "negative")
_PERSON: Mapping[str, Shape] = {
    "recordId": text("Of the contact or lead, where the sender knows it.", most=60),
    "name": _line(),
    "firstName": _line(),
    "lastName": _line(),
    "email": _EMAIL,
    "phone": _PHONE,
    "company": _line(),
    "userId": text("The platform's own id of the person.", most=200),
    "username": _line(),
    "url": _line(most=2000),
    "followers": whole(least=0),
}
_MEMBER = thing(_PERSON, "Who it is; at least one of recordId, email, phone, userId, username.")
_CUSTOMER: Mapping[str, Shape] = {
    "customerId": text("The shop's own number of the customer.", least=1, most=200),
    "customerName": _line(),
    "customerEmail": _EMAIL,
    "customerPhone": _PHONE,
}
_DEVICE: Mapping[str, Shape] = {
    "deviceType": _line(),
    "deviceModel": _line(),
    "issueDescription": _TEXT,
    "repairType": _line(),
    "repairComplexity": _line(),
    "partsAvailability": _line(),
    "status": text("Decides the deal's stage by the setting `repairShop.stages`.", most=40),
}
_BOOKING = thing(
    {
        "id": _ID,
        **_CUSTOMER,
        **_DEVICE,
        "serviceType": _line(),
        "urgency": _line(),
        "estimatedCost": _amount("The deal's value."),
        "bookingDate": _DAY,
        "expectedCompletionDate": _told(text("The deal's close date.", most=40), "day"),
    },
    named="Booking",
    needs=["id"],
)
_REPAIR = thing(
    {
        "id": _ID,
        "bookingId": text("Whose deal it is; without one the repair has a deal of its own.", least=1, most=200),
        **_CUSTOMER,
        **_DEVICE,
        "priority": _line(),
        "diagnosisDescription": _TEXT,
        "repairDescription": _TEXT,
        "assignedTechnician": _line(),
        "estimatedHours": _amount(),
        "actualHours": _amount(),
        "totalCost": _amount(),
        "qualityCheckPassed": flag(),
        "warrantyPeriod": whole("Months; the setting `repairShop.warrantyMonths` when left out.", least=0, most=1200),
        "completionDate": _DAY,
    },
    named="Repair",
    needs=["id"],
)
_OF_BOOKING = {"bookingId": text("Whose customer it is, where no customer is named.", least=1, most=200)}
_MESSAGE = thing(
    {
        "id": _ID,
        "conversationId": _ID,
        "platform": _PLATFORM,
        "text": _TEXT,
        "sentiment": _SENTIMENT,
        "campaign": _line(),
        "participant": _MEMBER,
    },
    named="Message",
    needs=["id", "conversationId", "platform"],
)
_INTERACTION: Mapping[str, Shape] = {
    **_PERSON,
    "subject": _line(),
    "text": _TEXT,
    "platform": _PLATFORM,
    "campaign": _line(),
    "source": _line(),
    "postId": _line(),
    "sentiment": _SENTIMENT,
    "direction": choice("inbound", "outbound"),
    "startsAt": _told(moment(), "date-time"),
    "endsAt": _told(moment(), "date-time"),
    "durationS": whole("Seconds.", least=0, most=10_000_000),
    "emailFrom": _EMAIL,
    "emailTo": many(_EMAIL, most=100),
}
_HAPPENED = thing(_INTERACTION, "Who it was, and what happened.", named="Interaction")
_FORM = thing({**_INTERACTION, "jobTitle": _line()}, "Who sent it, and what it said.", named="SubmittedForm")

DATA: Mapping[EventType, Shape] = {
    "conversation.created": thing(
        {"id": _ID, "platform": _PLATFORM, "sentiment": _SENTIMENT, "participant": _MEMBER},
        named="Conversation",
        needs=["id", "platform", "participant"],
    ),
    "message.sent": _MESSAGE,
    "message.received": _MESSAGE,
    "post.engaged": thing(
        {
            "postId": _ID,
            "platform": _PLATFORM,
            "engagement": choice("view", "click", "like", "comment", "share", "follow", "dm"),
            "user": _MEMBER,
            "text": _TEXT,
            "campaign": _line(),
            "source": _line(),
            "sentiment": _SENTIMENT,
        },
        named="PostEngagement",
        needs=["postId", "platform", "engagement", "user"],
    ),
    "booking.created": _BOOKING,
    "booking.updated": _BOOKING,
    "repair.updated": _REPAIR,
    "repair.completed": _REPAIR,
    "payment.received": thing(
        {
            "id": _ID,
            **_CUSTOMER,
            **_OF_BOOKING,
            "amount": _told(anything("A number above 0, or a text that is one; of a refund, too."), "positive"),
            "currency": text("The setting `repairShop.currency` when left out, and no other.", most=3),
            "kind": choice("payment", "refund", doc="A payment when left out."),
            "method": _line(),
        },
        named="Payment",
        needs=["id", "amount"],
    ),
    "review.submitted": thing(
        {
            "id": _ID,
            **_CUSTOMER,
            **_OF_BOOKING,
            "rating": _told(anything("From 1 to 5."), "rating"),
            "text": _TEXT,
        },
        named="Review",
        needs=["id", "rating"],
    ),
    "customer.updated": thing(
        {
            "id": _ID,
            "name": _line(),
            "firstName": _line(),
            "lastName": _line(),
            "email": _EMAIL,
            "phone": _PHONE,
            "customerSince": _DAY,
            "totalSpent": _amount("All that was spent up to now; payments after it are added."),
            "bookingCount": whole("All bookings up to now; those after it are added.", least=0, most=1_000_000),
            "averageRating": _told(anything("Of all reviews up to now, 0 to 5."), "average"),
            "reviewCount": whole("How many the average is of.", least=0, most=1_000_000),
            "lastBookingDate": _DAY,
        },
        named="Customer",
        needs=["id"],
    ),
    "lead.updated": thing(
        {
            "id": text("The sender's own.", least=1, most=200),
            **_PERSON,
            "jobTitle": _line(),
            "status": choice(*LEAD_STATUSES),
            "source": _line(),
            "text": _TEXT,
            "owner": _EMAIL,
            "platform": _PLATFORM,
            "sentiment": _SENTIMENT,
            "score": _amount("Engagement score."),
        },
        named="UpdatedLead",
    ),
    "meeting.scheduled": thing(
        {
            "id": _ID,
            **_PERSON,
            "title": _line(),
            "text": _TEXT,
            "location": _line(),
            "startsAt": _told(moment(), "date-time"),
            "endsAt": _told(moment(), "date-time"),
            "status": choice("scheduled", "completed", "cancelled"),
            "platform": _PLATFORM,
        },
        named="ScheduledMeeting",
        needs=["id", "startsAt"],
    ),
    **dict.fromkeys(
        (
            "email_sent",
            "email_opened",
            "link_clicked",
            "website_visit",
            "social_engagement",
            "message",
            "call",
            "meeting",
        ),
        _HAPPENED,
    ),
    "form_submitted": _FORM,
}
"""By type, what ``data`` holds."""

_FRAME: Mapping[str, Shape] = {
    "id": text("Visible ASCII; the same id within seven days is the same event.", least=1, most=200),
    "type": choice(*EVENT_TYPES),
    "occurredAt": moment("When it happened; when it came in, if left out. Orders events of one thing."),
    "workspaceId": text("The caller's own, if any here; needed on the bus and the queue.", most=200),
    "data": thing({}, "By type."),
}
_NEEDS = ("id", "type", "data")
EVENT = thing(_FRAME, needs=_NEEDS)
"""What every event has."""


def _kinds() -> Shape:
    """Return the shape of any event, as it is published: one of the types with its data."""
    types: dict[str, list[str]] = {}
    for name, shape in DATA.items():
        types.setdefault(str(shape["title"]), []).append(name)
    shapes = {str(shape["title"]): shape for shape in DATA.values()}
    made = [
        thing({**_FRAME, "type": choice(*types[name]), "data": shape}, named=f"{name}Event", needs=_NEEDS)
        for name, shape in shapes.items()
    ]
    return {"anyOf": made, "description": "An event; each is checked for itself."}


ANY_EVENT = _kinds()
