"""What each error of the tree means to an HTTP caller, to a queue, and to whoever is on call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crmbridge.errors import (
    AuthorizationExpiredError,
    ConfigurationError,
    ConflictError,
    CrmBridgeError,
    FatalProviderError,
    ForbiddenError,
    KeyReusedError,
    LeaseHeldError,
    NotFoundError,
    ProviderError,
    RequestRejectedError,
    RetriableProviderError,
    SignatureError,
    WebhookRejectedError,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row of the table.

    Attributes:
        status: of an HTTP answer.
        message: what happens to a queue's message: ``retry`` puts it back, ``drop`` ends it.
        level: of the log line.
        metric: counted under this name.
        title: of the problem document.
        next_step: what an HTTP caller can do, where the error itself says nothing better.
    """

    status: int
    message: Literal["retry", "drop"]
    level: Literal["info", "warning", "error"]
    metric: str
    title: str
    next_step: str = "see the API's description"


LATER = "send the same again"
AGAIN = "look at it again, then send the same again"
THERE = "change what the CRM names in its words, there or here, then send the same again"
OURS = "send the same again later; tell whoever runs this deployment if it goes on"

OUTCOMES: tuple[tuple[type[CrmBridgeError], Outcome], ...] = (
    (SignatureError, Outcome(401, "drop", "warning", "signatures_refused", "Signature refused")),
    (WebhookRejectedError, Outcome(400, "drop", "warning", "webhooks_rejected", "Webhook rejected")),
    (NotFoundError, Outcome(404, "drop", "info", "not_found", "Not found")),
    (ForbiddenError, Outcome(403, "drop", "warning", "forbidden", "Not allowed")),
    (KeyReusedError, Outcome(422, "drop", "info", "keys_reused", "Idempotency key reused")),
    (RequestRejectedError, Outcome(400, "drop", "info", "requests_rejected", "Request rejected")),
    (AuthorizationExpiredError, Outcome(409, "drop", "warning", "authorizations_lost", "CRM must be reconnected")),
    (RetriableProviderError, Outcome(503, "retry", "warning", "crm_unavailable", "CRM unavailable", LATER)),
    (FatalProviderError, Outcome(422, "drop", "warning", "crm_refusals", "CRM refused the call", THERE)),
    (ProviderError, Outcome(502, "retry", "error", "crm_errors", "CRM answered badly", LATER)),
    (ConflictError, Outcome(409, "retry", "info", "conflicts", "Changed in the meantime", AGAIN)),
    (LeaseHeldError, Outcome(409, "retry", "info", "leases_held", "Already under way", LATER)),
    (ConfigurationError, Outcome(500, "retry", "error", "misconfigured", "Deployment is misconfigured", OURS)),
)
"""First match counts; specific errors stand before general ones."""

BUG = Outcome(500, "retry", "error", "bugs", "Unexpected error", OURS)
"""Anything outside the tree: our own mistake."""


def outcome_of(error: Exception) -> Outcome:
    """Return what an error means.

    Example:
        >>> outcome_of(SignatureError("x")).status, outcome_of(KeyError()).status
        (401, 500)
    """
    return next((outcome for kind, outcome in OUTCOMES if isinstance(error, kind)), BUG)
