"""The routes of webhooks that we set up ourselves."""

from __future__ import annotations

from crmbridge.runtime import webhooks
from crmbridge.runtime._routes import Route
from crmbridge.runtime._shapes import choice, flag, many, maybe, moment, text, thing, whole
from crmbridge.runtime.routes._answers import ENTITY

PATH = "/api/crm/integrations/{integration_id}/webhooks"
_STATES = ("polling", "by_hand", "none", "pending", "active", "failing", "removing", "off")
_SUBSCRIPTION = thing(
    {
        "id": text("The CRM's own id."),
        "events": many(text(), "What it tells, in the CRM's own words."),
        "active": flag("False where the CRM has switched it off."),
        "expiresAt": maybe(moment("When it ends unless it is renewed, which is done in time; null for never.")),
    },
    named="WebhookSubscription",
    needs=["id", "events", "active", "expiresAt"],
)
_WEBHOOKS = thing(
    {
        "state": choice(*_STATES, doc="See docs/webhooks.md."),
        "url": text("Where they are sent, without the secret that ends the address."),
        "entities": many(ENTITY, "Whose changes are told."),
        "items": many(_SUBSCRIPTION, "As the CRM last told them."),
        "checkedAt": maybe(moment("When the CRM last confirmed them.")),
        "nextCheckAt": maybe(moment("When it is asked next.")),
        "failures": whole("Tries in a row that failed."),
        "words": text("Why the last one failed, in the CRM's words or ours."),
        "restored": whole("How many the CRM had switched off or lost, and were made again."),
        "webhookUrl": text("A new secret address that people have to set up; told this once."),
        "lostAt": maybe(moment("When that was last noticed.")),
    },
    named="Webhooks",
    needs=["state", "items"],
)
_SET_UP = thing({"rotate": flag("Take a new secret; the old one is served until the CRM no longer uses it.")})
_TAG = "webhooks"

ROUTES = (
    Route(method="GET", path=PATH, do=webhooks.get_webhooks, answer=_WEBHOOKS, tag=_TAG),
    Route(
        method="POST",
        path=PATH,
        do=webhooks.set_webhooks_up,
        role="admin",
        body=_SET_UP,
        answer=_WEBHOOKS,
        status=202,
        tag=_TAG,
    ),
    Route(
        method="DELETE",
        path=PATH,
        do=webhooks.take_webhooks_down,
        role="admin",
        answer=_WEBHOOKS,
        status=202,
        tag=_TAG,
    ),
)
