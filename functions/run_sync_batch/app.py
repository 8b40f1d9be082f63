from typing import Any

from crmbridge.runtime import workers
from crmbridge.runtime.messages import LambdaContext


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Read a CRM on from a run's checkpoint, page by page."""
    return workers.read_steps(event, context)
