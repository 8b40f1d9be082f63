"""Keep one budget per remote account in the control table, for all workers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from crmbridge.domain.budgets import UNLIMITED, Ask, Budget, Grant
from crmbridge.domain.declaration import Limits, Rate
from crmbridge.domain.integrations import Integration
from crmbridge.domain.shares import share_out
from crmbridge.errors import ConflictError
from crmbridge.ports import Document
from crmbridge.services._budget_json import budget_from_json, budget_to_json
from crmbridge.services.hub import Hub

TRIES = 12
"""Others may have written in between; each of them got its share, so that it goes on all the same."""

PAUSE_S = 0.02
"""The longest pause before the second try, in seconds; half as much more before each further one."""

KEPT_S = 2 * 86_400
"""How long a budget is kept that nobody uses, in seconds: longer than any allowance takes to begin anew."""


class SharedBudgets:
    """The ``Budgets`` port over the control table: one document per account, changed unless it has moved."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def exchange(self, account: str, limits: Limits, ask: Ask) -> Grant:
        """Tell what was learnt and get a share; see ``Budgets``.

        Raises:
            ConflictError: others kept asking at the same moment; ask again.
        """
        pause_s = PAUSE_S
        for _ in range(TRIES):
            document = _stored(self._hub, account)
            held = budget_from_json(document.body) if document.version else Budget()
            budget, grant = share_out(held, ask, limits=limits, now_ms=_ms(self._hub.now()))
            if budget is held:
                return grant
            try:
                self._put(document, budget)
            except ConflictError:
                self._hub.sleep(pause_s * self._hub.jitter())
                pause_s *= 1.5
            else:
                return grant
        raise ConflictError(f"everybody asks for a share of {account.partition('#')[0]}'s limits at once")

    def _put(self, document: Document, budget: Budget) -> None:
        expires_at = int(self._hub.now().timestamp()) + KEPT_S
        self._hub.documents.put(replace(document, body=budget_to_json(budget), expires_at=expires_at))


def account_of(integration: Integration) -> str:
    """Return the name of an integration's remote account; its own while it is not connected."""
    return f"{integration.crm}#{integration.account_id or integration.integration_id}"


def limits_of(hub: Hub, integration: Integration) -> Limits:
    """Return the limits that an integration's calls are kept within: the vendor's, and one that people have set."""
    limits = hub.connectors.declaration(integration.crm).limits
    own = Rate(calls=integration.calls_per_minute or UNLIMITED, per_s=60.0)
    return replace(limits, rates=(*limits.rates, own))


def load_budget(hub: Hub, integration: Integration) -> Budget:
    """Return an account's budget as it is stored, an empty one where nobody has called yet."""
    document = _stored(hub, account_of(integration))
    return budget_from_json(document.body) if document.version else Budget()


def _stored(hub: Hub, account: str) -> Document:
    pk, sk = f"ACCOUNT#{account}", "budget"
    return hub.documents.get(pk, sk) or Document(pk, sk, {})


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
