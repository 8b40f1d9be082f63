"""Look at a workspace's messages that nobody could process; give them back, or discard them for a reason."""

from __future__ import annotations

import json
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from crmbridge.errors import NotFoundError, RequestRejectedError
from crmbridge.ports import Document
from crmbridge.ports.dead_letters import DeadLetter, DeadLetters
from crmbridge.services.hub import Hub

LOOKED_AT = 200
"""Messages that one call looks through; they belong to all workspaces."""

KEPT_S = 14 * 86_400
"""How long the reason of a failure is kept: as long as the queue keeps its message."""

DISCARDED_S = 400 * 86_400

_FACTS = ("integration_id", "entity", "run_id", "task", "reason", "tries")


@dataclass(slots=True)
class _Sight:
    """What of a queue is a workspace's own; what is neither sent back nor removed is given back at the end."""

    mine: list[DeadLetter]
    done: list[DeadLetter] = field(default_factory=list[DeadLetter])


@contextmanager
def _looked_into(letters: DeadLetters, queue: str, workspace_id: str) -> Generator[_Sight]:
    if queue not in letters.names():
        known = ", ".join(letters.names())
        raise NotFoundError(f"there is no queue {queue[:40]!r}", field="queue", next_step=f"use one of {known}")
    taken = letters.take(queue, most=LOOKED_AT)
    sight = _Sight([each for each in taken if _said(each).get("workspace_id") == workspace_id])
    try:
        yield sight
    finally:
        done = {each.receipt for each in sight.done}
        letters.give_back(queue, [each for each in taken if each.receipt not in done])


def _said(letter: DeadLetter) -> Mapping[str, Any]:
    try:
        body: object = json.loads(letter.body)
    except ValueError:
        return {}
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}


def list_queues(letters: DeadLetters, workspace_id: str) -> list[dict[str, Any]]:
    """Return each queue with how many of the workspace's messages it holds, and when the oldest was sent.

    Raises:
        NotFoundError: never: the queues name themselves.
    """
    shown: list[dict[str, Any]] = []
    for name in letters.names():
        with _looked_into(letters, name, workspace_id) as sight:
            oldest = min((each.sent_at for each in sight.mine), default=None)
            more = {} if oldest is None else {"oldest": oldest.isoformat()}
            shown.append({"queue": name, "depth": len(sight.mine), **more})
    return shown


def list_letters(hub: Hub, letters: DeadLetters, workspace_id: str, queue: str) -> list[dict[str, Any]]:
    """Return the workspace's messages in a queue, oldest first: what they asked for, and why nobody could do it.

    Raises:
        NotFoundError: there is no such queue.
    """
    with _looked_into(letters, queue, workspace_id) as sight:
        found = sorted(sight.mine, key=lambda each: (each.sent_at, each.message_id))
        return [_shown(hub, workspace_id, each) for each in found]


def _shown(hub: Hub, workspace_id: str, letter: DeadLetter) -> dict[str, Any]:
    said = _said(letter)
    why = hub.documents.get(f"{workspace_id}#DEAD", letter.message_id)
    return {
        "messageId": letter.message_id,
        "sentAt": letter.sent_at.isoformat(),
        "facts": {name: str(said[name]) for name in _FACTS if name in said},
        "records": len(said.get("external_ids", ())),
        **({} if why is None else {"error": why.body["error"], "where": why.body["where"], "failedAt": why.body["at"]}),
    }


def redrive(letters: DeadLetters, workspace_id: str, queue: str, *, message_ids: Collection[str]) -> int:
    """Send the workspace's messages back to where they came from; returns how many.

    Args:
        letters: the queues.
        workspace_id: whose.
        queue: name of the queue they came from.
        message_ids: some of them; all when empty.

    Raises:
        NotFoundError: there is no such queue, or nothing of that in it.
    """
    with _looked_into(letters, queue, workspace_id) as sight:
        chosen = _chosen(sight, message_ids)
        letters.send_back(queue, chosen)
        sight.done = chosen
        return len(chosen)


def discard(
    hub: Hub,
    letters: DeadLetters,
    workspace_id: str,
    queue: str,
    *,
    message_ids: Collection[str],
    reason: str,
    by: str,
) -> int:
    """Remove messages for good, for a reason that is kept; returns how many.

    Raises:
        NotFoundError: there is no such queue, or nothing of that in it.
        RequestRejectedError: no message is named.
    """
    if not message_ids:
        raise RequestRejectedError("messageIds is empty", field="messageIds", next_step="name each message")
    with _looked_into(letters, queue, workspace_id) as sight:
        chosen = _chosen(sight, message_ids)
        now = hub.now()
        ends = int(now.timestamp()) + DISCARDED_S
        for each in chosen:
            body = {
                "queue": queue,
                "reason": reason,
                "by": by,
                "at": now.isoformat(),
                **_shown(hub, workspace_id, each),
            }
            document = Document(f"{workspace_id}#DISCARDED", each.message_id, body, expires_at=ends)
            hub.documents.put(document, unconditionally=True)
        letters.remove(queue, chosen)
        sight.done = chosen
        return len(chosen)


def _chosen(sight: _Sight, message_ids: Collection[str]) -> list[DeadLetter]:
    chosen = [each for each in sight.mine if not message_ids or each.message_id in message_ids]
    if not chosen:
        raise NotFoundError(
            "no such message was found", field="messageIds", next_step="list the queue's messages, half a minute later"
        )
    return chosen


def note_failure(hub: Hub, workspace_id: str, message_id: str, *, error: str, where: str) -> None:
    """Note why a message failed at its last try, so that people can be told when they find it."""
    body = {"error": error, "where": where, "at": hub.now().isoformat()}
    ends = int(hub.now().timestamp()) + KEPT_S
    hub.documents.put(Document(f"{workspace_id}#DEAD", message_id, body, expires_at=ends), unconditionally=True)
