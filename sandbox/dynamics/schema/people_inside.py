"""Users, teams and the organisation itself."""

from __future__ import annotations

from sandbox.dynamics.schema.columns import Column, choice, flag, numbers, table, text, to

_MODES = ("Read-Write", "Administrative", "Read", "Support User", "Non-interactive", "Delegated Admin")

USER = table(
    "systemuser",
    "systemusers",
    "fullname",
    [
        text("fullname", size=200),
        text("internalemailaddress", form="Email"),
        text("domainname", size=1024),
        flag("isdisabled"),
        choice("accessmode", _MODES, first=0, default=0),
        Column(name="applicationid", kind="guid"),
        Column(name="azureactivedirectoryobjectid", kind="guid"),
    ],
    owned=False,
)

TEAM = table("team", "teams", "name", [text("name", size=160)], owned=False)

ORGANIZATION = table(
    "organization",
    "organizations",
    "name",
    [
        text("name", size=160),
        numbers("expirechangetrackingindays", high=365),
        to("basecurrencyid", "transactioncurrency"),
    ],
    owned=False,
)
