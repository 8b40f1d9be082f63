from typing import Any

from crmbridge.runtime import workers


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Start runs that are due, and find due work that nobody was told of."""
    return workers.plan(event)
