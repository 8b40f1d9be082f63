from typing import Any

from crmbridge.runtime import event_messages
from crmbridge.runtime.messages import LambdaContext


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Take events that other systems put on the bus or into the queue."""
    return event_messages.take_messages(event, context)
