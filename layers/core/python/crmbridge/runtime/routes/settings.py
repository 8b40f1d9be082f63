"""The routes of a workspace's settings; each section's shape stands here, its defaults in ``domain``."""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge.runtime import workspace_settings
from crmbridge.runtime._routes import Route
from crmbridge.runtime._shapes import Shape, choice, flag, maybe, thing

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
