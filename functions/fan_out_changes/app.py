from typing import Any

from crmbridge.runtime import workers


def handler(event: dict[str, Any], context: object) -> None:
    """Send one ticket per integration and entity that got work; raise, so that the stream tells it again."""
    workers.fan_out(event)
