"""What the archive's function does, and the route that reads the archive."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

from crmbridge import runtime
from crmbridge.ports.archive import Archive
from crmbridge.runtime import _sources as sources
from crmbridge.runtime._api import Api
from crmbridge.runtime.messages import Event
from crmbridge.runtime.telemetry import count, logger
from crmbridge.services import archive_history
from crmbridge.services.read_records import read_record


@cache
def archive_port() -> Archive:
    """Return the archive of this deployment."""
    from crmbridge.adapters.aws import clients  # noqa: PLC0415 - boto3 when needed, not before
    from crmbridge.adapters.aws.archive import S3Archive  # noqa: PLC0415 - likewise

    return S3Archive(clients.s3(), runtime.settings().archive_bucket)


def archive(event: Event) -> None:
    """Archive the lines that the table has let go of.

    Raises:
        ConfigurationError: the bucket cannot be written to; the stream tells the batch again.
        ConflictError: records' days kept moving; likewise.
    """
    from crmbridge.adapters.aws.documents import document_of  # noqa: PLC0415 - boto3 when needed, not before

    lines = [document_of(each["dynamodb"]["OldImage"]) for each in event["Records"] if _has_expired(each)]
    objects = archive_history.archive_lines(runtime.hub(), archive_port(), lines, new_key=_new_key) if lines else 0
    logger().info("archived", extra={"lines": len(lines), "objects": objects})
    count("all", lines_archived=len(lines))


def _has_expired(entry: dict[str, Any]) -> bool:
    """Tell whether the table itself let go of an item, and nobody removed it."""
    by: dict[str, str] = entry.get("userIdentity") or {}
    image: dict[str, dict[str, str]] = entry["dynamodb"].get("OldImage", {})
    has_ended = entry.get("eventName") == "REMOVE" and by.get("principalId") == "dynamodb.amazonaws.com"
    return has_ended and "#JOURNAL#" in image.get("pk", {}).get("S", "")


def _new_key() -> bytes:
    return base64.urlsafe_b64decode(f"{sources.secret()}=")


def get_archived_history(api: Api, record_id: str) -> dict[str, Any]:
    """Show the part of a record's history that was archived, newest first.

    Raises:
        NotFoundError: the workspace has no such record.
        RequestRejectedError: limit or cursor is wrong.
    """
    workspace_id = api.caller().workspace_id
    read_record(runtime.hub(), workspace_id, record_id)
    lines = archive_history.read_archived(runtime.hub(), archive_port(), workspace_id, record_id)
    return api.page(lines, key=lambda each: f"{each['rev']:010d}", newest_first=True)
