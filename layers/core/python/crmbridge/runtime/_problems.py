"""Problem documents (RFC 9457): what went wrong, which field it was, and what to do next."""

from __future__ import annotations

import json
from math import ceil
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as RouteNotFoundError

from crmbridge.errors import AuthorizationExpiredError, LeaseHeldError, RequestRejectedError, RetriableProviderError
from crmbridge.runtime.messages import report
from crmbridge.runtime.outcomes import Outcome, outcome_of

MEDIA = "application/problem+json"


def problem(error: Exception) -> Response[str]:
    """Answer an error; of our own mistakes no more than that they happened."""
    outcome = outcome_of(error)
    report(error)
    wait_s = _wait_s(error)
    body: dict[str, Any] = {"type": "about:blank", "title": outcome.title, "status": outcome.status}
    if outcome.status < 500 or outcome.status in (502, 503):
        body["detail"] = str(error)
    if isinstance(error, RequestRejectedError) and error.field:
        body["field"] = error.field
    body["nextStep"] = _next_step(error, outcome, wait_s)
    headers = {"retry-after": str(wait_s)} if wait_s else {}
    return Response(outcome.status, MEDIA, json.dumps(body), headers=headers)


def no_route(_error: RouteNotFoundError) -> Response[str]:
    """Answer a request that no route takes."""
    body = {
        "type": "about:blank",
        "title": "Not found",
        "status": 404,
        "detail": "there is no such route",
        "nextStep": "see the API's description",
    }
    return Response(404, MEDIA, json.dumps(body))


def words_of(error: RequestRejectedError) -> dict[str, str]:
    """Return a refusal as part of an answer that tells of more than one thing."""
    told = {"detail": str(error), "field": error.field or "", "nextStep": error.next_step}
    return {name: text for name, text in told.items() if text}


def _wait_s(error: Exception) -> int:
    """Return the seconds after which the same request may succeed, 0 where nobody knows."""
    told = error.retry_after_s if isinstance(error, RetriableProviderError | LeaseHeldError) else None
    return 0 if told is None else max(1, ceil(told))


def _next_step(error: Exception, outcome: Outcome, wait_s: int) -> str:
    if isinstance(error, AuthorizationExpiredError):
        return f"connect the CRM again: POST /auth/{error.provider}/login"
    if isinstance(error, RequestRejectedError) and error.next_step:
        return error.next_step
    return f"{outcome.next_step} in {wait_s} seconds" if wait_s else outcome.next_step
