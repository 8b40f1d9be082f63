"""Connections between rows, and their roles."""

from __future__ import annotations

from sandbox.dynamics.schema.columns import (
    fixed,
    flag,
    lookup,
    memo,
    states,
    table,
    text,
    to,
)

CONNECTION = table(
    "connection",
    "connections",
    "name",
    [
        fixed(text("name", size=500)[0]),
        lookup(
            "record1id",
            record1id_account="account",
            record1id_contact="contact",
            record1id_opportunity="opportunity",
        ),
        lookup(
            "record2id",
            record2id_account="account",
            record2id_contact="contact",
            record2id_opportunity="opportunity",
        ),
        to("record1roleid", "connectionrole"),
        to("record2roleid", "connectionrole"),
        fixed(to("relatedconnectionid", "connection")),
        fixed(flag("ismaster", default=None)[0]),
        memo("description"),
        states(("Active", "Inactive"), ((1, "Active", 0), (2, "Inactive", 1))),
    ],
)

ROLE = table("connectionrole", "connectionroles", "name", [text("name")], owned=False)
