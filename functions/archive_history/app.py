from typing import Any

from crmbridge.runtime import archiving


def handler(event: dict[str, Any], context: object) -> None:
    """Archive lines of history whose time in the table is over; raise, so that the stream tells them again."""
    archiving.archive(event)
