from typing import Any

from crmbridge.runtime import doors


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take the browser that a CRM sends back and show its person the one-time code."""
    return doors.finish_oauth(event)
