from typing import Any

from crmbridge.runtime import announcing


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Tell other systems and people what has happened; put on the bus what it did not take before."""
    return announcing.announce(event)
