from typing import Any

from crmbridge.runtime import doors


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Verify a CRM's webhook, queue what it hints at, and answer as that CRM wants."""
    return doors.receive_webhook(event)
