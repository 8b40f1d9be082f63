"""What may be entered through the API, per entity."""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge.domain.records import ACTIVITY_KINDS, Entity
from crmbridge.domain.stages import DEAL_STAGES, LEAD_STATUSES
from crmbridge.runtime._shapes import Shape, anything, choice, many, maybe, moment, table, text, thing, whole

_TEXT, _AMOUNT = maybe(text(most=32_000)), anything("A number, or a text that is one.")
_COMPANY = anything("Its name, its record id, or an object with `recordId`, or `domain` and `name`; made when missing.")
_CONTACT = anything("An e-mail address, a record id, or an object with `recordId`, or `email` and names.")
_REFERENCE = text("Your own name for it, unique in the workspace; the same name is the same record.", most=200)
_ID = text("Which record is meant.", least=1, most=60)
_MORE = {"recordId": _ID, "owner": maybe(text("E-mail address of who owns it.")), "tags": maybe(many(text()))}
_CUSTOM = table(anything(), "By name; those that the workspace has defined with `customFields` of its integrations.")
_PROFILE = thing({"platform": text(least=1), "username": text(), "url": text()}, needs=["platform"])
_CONTEXT = thing({"platform": text(), "sentiment": text(), "conversationId": text()})
_PERSON: Mapping[str, Shape] = {
    **{name: _TEXT for name in ("email", "firstName", "lastName", "phone", "mobilePhone", "jobTitle", "description")},
    **{name: _TEXT for name in ("street", "city", "state", "postalCode", "country")},
    "source": maybe(text("Where the person came from.")),
    "customFields": _CUSTOM,
    "socialProfiles": many(_PROFILE, "Kept in custom fields such as `x_twitter_username`, where defined.", most=50),
    "socialContext": _CONTEXT,
    **_MORE,
}
_STATUS = maybe(choice(*LEAD_STATUSES))

SHAPES: Mapping[Entity, Shape] = {
    "contact": thing({**_PERSON, "status": _STATUS, "company": _COMPANY}, named="ContactEntry"),
    "lead": thing({**_PERSON, "status": _STATUS, "company": _TEXT, "industry": _TEXT}, named="LeadEntry"),
    "company": thing(
        {
            **{name: _TEXT for name in ("name", "domain", "phone", "industry", "description")},
            **{name: _TEXT for name in ("street", "city", "state", "postalCode", "country")},
            "employees": maybe(whole(least=0)),
            "annualRevenue": _AMOUNT,
            "externalReference": _REFERENCE,
            "customFields": _CUSTOM,
            **_MORE,
        },
        named="CompanyEntry",
    ),
    "deal": thing(
        {
            **{name: _TEXT for name in ("title", "currency", "source", "description", "dealType")},
            "value": _AMOUNT,
            "stage": maybe(choice(*DEAL_STAGES)),
            "expectedCloseDate": maybe(text("YYYY-MM-DD.")),
            "probability": maybe(whole(least=0, most=100)),
            "company": _COMPANY,
            "contact": _CONTACT,
            "contacts": many(_CONTACT, most=100),
            "externalReference": _REFERENCE,
            "customFields": _CUSTOM,
            **_MORE,
        },
        named="DealEntry",
    ),
    "activity": thing(
        {
            "type": choice(*ACTIVITY_KINDS, doc="Never changes."),
            **{name: _TEXT for name in ("subject", "description", "emailFrom")},
            **{name: maybe(moment()) for name in ("startsAt", "dueAt", "endsAt")},
            "emailTo": many(text(), most=100),
            "status": choice("open", "completed", "cancelled"),
            "priority": choice("low", "normal", "high"),
            "direction": maybe(choice("inbound", "outbound")),
            "durationS": maybe(whole("Seconds.", least=0)),
            "company": _COMPANY,
            "contact": _CONTACT,
            "contacts": many(_CONTACT, most=100),
            "deal": maybe(text("Record id of the deal.", least=1)),
            "externalReference": _REFERENCE,
            "recordId": _ID,
            "owner": _MORE["owner"],
        },
        named="ActivityEntry",
    ),
}
"""What may be entered, per entity. Names are also understood as docs/canonical-record.md spells them."""
