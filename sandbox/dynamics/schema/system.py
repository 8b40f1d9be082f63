"""People who work there, the organization itself, and what webhooks are registered with.

Source: Dataverse table reference; register a webhook.
"""

from __future__ import annotations

from dataclasses import replace

from sandbox.dynamics.schema.columns import Column, Option, flag, lookup, numbers, states, table, text, to
from sandbox.dynamics.schema.people_inside import ORGANIZATION, TEAM, USER

_AUTH = ((1, "ACS"), (2, "SASKey"), (3, "SASToken"), (4, "WebhookKey"), (5, "HttpHeader"), (6, "HttpQueryString"))
_CONTRACTS = ((1, "OneWay"), (2, "Queue"), (5, "Topic"), (7, "EventHub"), (8, "Webhook"))


def _options(name: str, values: tuple[tuple[int, str], ...]) -> Column:
    return Column(name=name, kind="picklist", options=tuple(Option(*each) for each in values))


ENDPOINT = table(
    "serviceendpoint",
    "serviceendpoints",
    "name",
    [
        text("name", size=200),
        text("description", size=512),
        text("url", size=500),
        _options("contract", _CONTRACTS),
        _options("authtype", _AUTH),
        replace(text("authvalue", size=2048)[0], is_secret=True),
        _options("messageformat", ((1, "BinaryXML"), (2, "Json"), (3, "TextXML"))),
        _options("connectionmode", ((1, "Normal"), (2, "Federated"))),
        _options("userclaim", ((1, "None"), (2, "UserId"), (3, "UserInfo"))),
    ],
    owned=False,
)

MESSAGE = table("sdkmessage", "sdkmessages", "name", [text("name", size=256)], owned=False)

FILTER = table(
    "sdkmessagefilter",
    "sdkmessagefilters",
    "name",
    [text("name", size=256), text("primaryobjecttypecode", size=64), to("sdkmessageid", "sdkmessage")],
    owned=False,
)

STEP = table(
    "sdkmessageprocessingstep",
    "sdkmessageprocessingsteps",
    "name",
    [
        text("name", size=256),
        text("description", size=256),
        _options("mode", ((0, "Synchronous"), (1, "Asynchronous"))),
        _options("stage", ((10, "Pre-validation"), (20, "Pre-operation"), (40, "Post-operation"))),
        _options("supporteddeployment", ((0, "Server Only"), (1, "Client Only"), (2, "Both"))),
        numbers("rank", high=2_147_483_647),
        flag("asyncautodelete"),
        text("filteringattributes", size=100_000),
        lookup("eventhandler", eventhandler_serviceendpoint="serviceendpoint", eventhandler_plugintype="plugintype"),
        to("sdkmessageid", "sdkmessage"),
        to("sdkmessagefilterid", "sdkmessagefilter"),
        states(("Enabled", "Disabled"), ((1, "Enabled", 0), (2, "Disabled", 1))),
    ],
    owned=False,
)

SYSTEM = (USER, TEAM, ORGANIZATION, ENDPOINT, MESSAGE, FILTER, STEP)
