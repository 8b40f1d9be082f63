"""The routes of a workspace's settings; each section's shape stands here, its defaults in ``domain``."""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge.runtime import workspace_settings
from crmbridge.runtime._routes import Route
from crmbridge.runtime._shapes import Shape, choice, flag, many, maybe, table, text, thing, whole

PATH = "/api/crm/settings"

SECTIONS: Mapping[str, Mapping[str, Shape]] = {
    "events": {
        "enabled": flag("Whether events of this workspace go to the bus; see docs/events.md."),
        "payload": choice("ids", "full", doc="`full` adds the values that changed, which may be personal."),
    },
    "notifications": {
        "syncCompleted": flag("A first read, or a comparison, has ended."),
        "syncFailed": flag("A read has failed or stands still."),
        "conflicts": flag("People must decide."),
        "errors": flag("Deletions are held, or a CRM has switched webhooks off."),
        "authenticationLost": flag("A CRM must be connected again."),
        "quotaWarning": flag("A CRM's quota is used up, or nearly."),
        "circuitOpened": flag("A CRM does not answer and is left alone for a while."),
    },
    "schedules": {
        "priorityTags": many(text(least=1, most=60), "Tags that mark contacts of high priority.", most=20),
    },
    "engagement": {
        "windowDays": whole("Days for which something counts.", least=1, most=3650),
        "weights": table(whole("Points.", least=0, most=100), "By what somebody did; all others count nothing."),
        "timeline": many(
            choice("view", "click", "like", "comment", "share", "follow", "dm"),
            "What people do with posts that the CRMs' timelines show.",
        ),
    },
    "interactions": {
        "emailSent": choice("email", "task", doc="`task` where a connected CRM has no place for e-mails."),
        "call": choice("call", "task", doc="`task` where a connected CRM has no place for calls."),
        "meeting": choice("meeting", "task"),
        "formSubmitted": choice("auto", "lead", "contact", doc="`auto`: a lead where a connected CRM knows leads."),
    },
    "repairShop": {
        "currency": text("Of every amount, ISO 4217.", pattern=r"^[A-Z]{3}$"),
        "vipFrom": text("Who has spent this much is a VIP.", pattern=r"^[0-9]{1,12}(\.[0-9]{1,4})?$"),
        "pointsPerUnit": text("Loyalty points per unit of the currency.", pattern=r"^[0-9]{1,6}(\.[0-9]{1,4})?$"),
        "warrantyMonths": whole("Where a repair says nothing of it.", least=0, most=1200),
        "stages": table(text(), "By status of a booking or repair, the deal's stage; whole, as it is sent."),
    },
}
"""By section, the shape of each setting."""

_SHOWN = thing(
    {name: thing(fields, needs=list(fields)) for name, fields in SECTIONS.items()},
    named="WorkspaceSettings",
    needs=list(SECTIONS),
)
_CHANGED = thing(
    {
        name: maybe(thing({key: maybe(shape) for key, shape in fields.items()}, "Null for all defaults."))
        for name, fields in SECTIONS.items()
    },
    "What is not named stays; null gives back the default.",
    named="ChangedWorkspaceSettings",
)
_TAG = "settings"

ROUTES = (
    Route(method="GET", path=PATH, do=workspace_settings.get_settings, answer=_SHOWN, tag=_TAG),
    Route(
        method="PATCH",
        path=PATH,
        do=workspace_settings.change_settings,
        role="admin",
        body=_CHANGED,
        answer=_SHOWN,
        tag=_TAG,
    ),
)
