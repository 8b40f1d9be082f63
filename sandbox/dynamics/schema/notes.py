"""The table of notes."""

from __future__ import annotations

from sandbox.dynamics.schema.columns import (
    flag,
    lookup,
    memo,
    table,
    text,
)

NOTE = table(
    "annotation",
    "annotations",
    "subject",
    [
        text("subject", size=500),
        memo("notetext", 100_000),
        flag("isdocument"),
        text("filename", size=255),
        text("mimetype", size=256),
        lookup(
            "objectid",
            objectid_account="account",
            objectid_contact="contact",
            objectid_lead="lead",
            objectid_opportunity="opportunity",
        ),
    ],
)
