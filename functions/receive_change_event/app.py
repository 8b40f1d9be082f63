from typing import Any

from crmbridge.runtime import doors


def handler(event: dict[str, Any], context: object) -> None:
    """Queue what a change event of Salesforce's Event Relay hints at; raise, so that the bus tells it again."""
    doors.receive_change_event(event)
