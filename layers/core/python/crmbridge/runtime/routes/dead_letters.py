"""The routes of the dead-letter queues."""

from __future__ import annotations

from crmbridge.runtime import dead_letters
from crmbridge.runtime._routes import PAGED, Route
from crmbridge.runtime._shapes import many, moment, page, table, text, thing, whole

_IDS = many(text(least=1, most=100), most=200)
_QUEUE = thing(
    {"queue": text(), "depth": whole("The workspace's own, of the first 200 messages."), "oldest": moment()},
    named="DeadLetterQueue",
    needs=["queue", "depth"],
)
_LETTER = thing(
    {
        "messageId": text(),
        "sentAt": moment(),
        "facts": table(text(), "What it asked for; ids only."),
        "records": whole("How many records it named."),
        "error": text("What kind of error ended its last try."),
        "where": text("The place in our code."),
        "failedAt": moment(),
    },
    named="DeadLetter",
    needs=["messageId", "sentAt", "facts"],
)
ALL = "/api/crm/dead-letters"
ONE = f"{ALL}/{{queue}}"

ROUTES = (
    Route(
        method="GET",
        path=ALL,
        do=dead_letters.list_dead_letter_queues,
        role="admin",
        answer=page(_QUEUE),
        tag="dead letters",
    ),
    Route(
        method="GET",
        path=ONE,
        do=dead_letters.list_dead_letters,
        role="admin",
        query=PAGED,
        answer=page(_LETTER),
        tag="dead letters",
    ),
    Route(
        method="POST",
        path=f"{ONE}/redrive",
        do=dead_letters.redrive_dead_letters,
        role="admin",
        body=thing({"messageIds": _IDS}, "All of the workspace when left out.", named="Redrive"),
        answer=thing({"redriven": whole()}, named="Redriven", needs=["redriven"]),
        tag="dead letters",
    ),
    Route(
        method="POST",
        path=f"{ONE}/discard",
        do=dead_letters.discard_dead_letters,
        role="admin",
        body=thing(
            {"messageIds": _IDS, "reason": text("Why nothing is lost by it.", least=1, most=500)},
            named="Discard",
            needs=["messageIds", "reason"],
        ),
        answer=thing({"discarded": whole()}, named="Discarded", needs=["discarded"]),
        tag="dead letters",
    ),
)
