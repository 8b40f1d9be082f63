from typing import Any

from crmbridge.runtime import doors


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Put a person's workspace and role into the tokens that Cognito is about to sign."""
    return doors.add_claims(event)
