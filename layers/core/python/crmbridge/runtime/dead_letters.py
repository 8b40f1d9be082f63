"""What the routes of the dead-letter queues do."""

from __future__ import annotations

from functools import cache
from typing import Any

from crmbridge import runtime
from crmbridge.ports.dead_letters import DeadLetters
from crmbridge.runtime._api import Api
from crmbridge.services import dead_letters as services


@cache
def letters() -> DeadLetters:
    """Return the dead-letter queues of this deployment."""
    from crmbridge.adapters.aws import clients  # noqa: PLC0415 - seldom, and nobody else's to load
    from crmbridge.adapters.aws.dead_letters import SqsDeadLetters  # noqa: PLC0415 - likewise

    here = runtime.settings()
    return SqsDeadLetters(clients.sqs(), here.dead_letter_urls, source_url=here.queue_url)


def list_dead_letter_queues(api: Api) -> dict[str, Any]:
    """List the dead-letter queues: how many messages of the workspace each holds, and since when.

    Raises:
        ForbiddenError: the caller is no admin.
    """
    return {"items": services.list_queues(letters(), api.caller().workspace_id)}


def list_dead_letters(api: Api, queue: str) -> dict[str, Any]:
    """List the workspace's messages that nobody could process: what they asked for, and why it failed.

    Raises:
        NotFoundError: there is no such queue.
        ForbiddenError: the caller is no admin.
    """
    found = services.list_letters(runtime.hub(), letters(), api.caller().workspace_id, queue)
    return api.page(found, key=lambda each: f"{each['sentAt']} {each['messageId']}")


def redrive_dead_letters(api: Api, queue: str) -> dict[str, Any]:
    """Send messages back to where they came from: those that are named, or all of the workspace.

    Raises:
        NotFoundError: there is no such queue, or nothing of that in it.
        ForbiddenError: the caller is no admin.
    """
    ids: list[str] = api.body().get("messageIds", [])
    return {"redriven": services.redrive(letters(), api.caller().workspace_id, queue, message_ids=ids)}


def discard_dead_letters(api: Api, queue: str) -> dict[str, Any]:
    """Remove messages for good, for a reason that is kept with who gave it.

    Raises:
        NotFoundError: there is no such queue, or nothing of that in it.
        RequestRejectedError: no message is named, or no reason given.
        ForbiddenError: the caller is no admin.
    """
    caller, body = api.caller(), api.body()
    gone = services.discard(
        runtime.hub(),
        letters(),
        caller.workspace_id,
        queue,
        message_ids=body["messageIds"],
        reason=body["reason"],
        by=caller.name,
    )
    return {"discarded": gone}
