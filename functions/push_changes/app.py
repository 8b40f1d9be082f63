from typing import Any

from crmbridge.runtime import workers
from crmbridge.runtime.messages import LambdaContext


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Write what is due to a CRM, in batches of its size, as the only one to do so."""
    return workers.push_tickets(event, context)
