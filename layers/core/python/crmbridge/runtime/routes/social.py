"""The routes of enrichment and attribution."""

from __future__ import annotations

from crmbridge.domain.social.attribution import MODELS
from crmbridge.domain.social.touchpoints import SENTIMENTS, TOUCH_KINDS
from crmbridge.runtime import social
from crmbridge.runtime._routes import PAGED, Route
from crmbridge.runtime._shapes import choice, flag, many, maybe, moment, page, table, text, thing, whole

ONE = "/api/crm/integrations/{integration_id}"
_ID = text("Ours, or the CRM's own.", least=1, most=200)
_SHORT = text(most=200)
_TOLD = {
    "id": text("Your own id of it; told again it does nothing.", most=200),
    "at": moment("When; now when left out."),
    "channel": _SHORT,
    "platform": _SHORT,
    "kind": choice(*TOUCH_KINDS),
    "sentiment": choice(*SENTIMENTS),
    "source": _SHORT,
    "campaign": _SHORT,
    "postId": _SHORT,
    "conversationId": _SHORT,
}
_TOUCHPOINT = thing(
    {
        **{name: text() for name in ("channel", "campaign", "source", "postId", "conversationId", "profileUrl")},
        "at": moment(),
        "kind": choice(*TOUCH_KINDS),
        "sentiment": choice(*SENTIMENTS),
        "followers": maybe(whole()),
    },
    named="Touchpoint",
    needs=["at", "channel", "kind"],
)
_ENTERED = {
    "changed": many(text(), "Fields whose value changed."),
    "ignored": many(text(), "Custom fields that no integration of the workspace has."),
}
_ENRICHED = thing(
    {
        "recordId": text(),
        "provider": text(),
        "profiles": many(
            thing(
                {"channel": text(), "url": text(), "followers": maybe(whole()), "seenAt": moment()},
                needs=["channel", "seenAt"],
            )
        ),
        "engagement": thing(
            {
                "touchpoints": whole(),
                "byKind": table(whole()),
                "byChannel": table(whole()),
                "primaryChannel": text(),
                "sentiment": choice(*SENTIMENTS),
                "lastInteraction": maybe(moment()),
                "history": many(thing({}), "The latest fifty."),
            },
            needs=["touchpoints"],
        ),
        "inferred": many(
            thing(
                {
                    "field": choice("company", "job_title", "industry"),
                    "value": text(),
                    "confidence": whole("Percent."),
                    "why": text(),
                    "recordId": text("Of the company, where the hub knows it."),
                },
                needs=["field", "value", "confidence", "why"],
            ),
            "What is likely and nobody has said.",
        ),
        **_ENTERED,
    },
    named="Enrichment",
    needs=["recordId", "inferred", "changed", "ignored"],
)
_ATTRIBUTED = thing(
    {
        "recordId": text(),
        "recorded": whole("Touchpoints that were new."),
        "known": whole("Touchpoints that were told before."),
        "touchpoints": many(_TOUCHPOINT, "All of them, as they happened."),
        "shares": table(many(text()), "By model, the percent that each would get of a conversion now."),
        "noteId": text("The note that shows them, where this integration has no fields for it."),
        **_ENTERED,
    },
    named="Attributed",
    needs=["recordId", "recorded", "known", "touchpoints", "shares"],
)
_EARNED = thing(
    {"name": text(), "amount": text(), "touchpoints": whole(), "conversions": whole()},
    named="Earned",
    needs=["name", "amount", "touchpoints", "conversions"],
)
_CREDIT = thing({"channel": text(), "campaign": text(), "at": moment(), "amount": text()}, needs=["channel", "amount"])
_ATTRIBUTION = thing(
    {
        "model": choice(*MODELS),
        "isWhole": flag("Whether all deals were looked at."),
        "value": text("Of all conversions that anything led to; the channels' amounts add up to it exactly."),
        "unattributed": text("Of won deals whose people nothing touched before."),
        "channels": many(_EARNED, "The most first."),
        "campaigns": many(_EARNED, "The most first; no name for touchpoints of no campaign."),
        "conversions": many(
            thing(
                {"dealId": text(), "value": text(), "people": many(text()), "credits": many(_CREDIT)},
                needs=["dealId", "value", "credits"],
            )
        ),
    },
    named="Attribution",
    needs=["model", "isWhole", "value", "unattributed", "channels", "campaigns", "conversions"],
)

ROUTES = (
    Route(
        method="POST",
        path=f"{ONE}/contacts/enrich",
        do=social.enrich_contact,
        role="operator",
        body=thing(
            {
                "contactId": _ID,
                "provider": text("Whose data; hub when left out, and there is no other."),
                "includeSocialData": flag(),
                "includeEngagementHistory": flag(),
                "apply": flag("Whether fields are entered; true when left out."),
            },
            named="EnrichRequest",
            needs=["contactId"],
        ),
        answer=_ENRICHED,
        tag="social",
    ),
    Route(
        method="POST",
        path=f"{ONE}/leads/attribution",
        do=social.attribute_lead,
        role="operator",
        body=thing(
            {
                "leadId": _ID,
                **{name: _TOLD[name] for name in ("source", "campaign", "postId", "conversationId")},
                "touchpoints": many(thing(_TOLD), "Each may say more than the lead itself.", most=200),
            },
            named="AttributionRequest",
            needs=["leadId"],
        ),
        answer=_ATTRIBUTED,
        tag="social",
    ),
    Route(
        method="GET",
        path="/api/crm/records/{record_id}/touchpoints",
        do=social.list_touchpoints,
        query=PAGED,
        answer=page(_TOUCHPOINT),
        tag="social",
    ),
    Route(
        method="GET",
        path="/api/crm/attribution",
        do=social.show_attribution,
        query={
            "model": choice(*MODELS, doc="linear when left out."),
            "from": text("Deals won before this time are left out."),
            "to": text("Deals won from this time on are left out."),
        },
        answer=_ATTRIBUTION,
        tag="social",
        name="get_attribution",
    ),
)
