from typing import Any

from crmbridge.runtime import workers


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Read records that may have changed and merge them into the hub."""
    return workers.apply_hints(event)
