"""The engine between an invented CRM full of contacts and one account of a simulated CRM."""

from __future__ import annotations

from datetime import datetime, timedelta

from bench.crms import Crm
from bench.house import WORKSPACE, House
from bench.invented_crm import InventedConnectors, InventedCrm
from bench.vendors.account import BASE_URL, Account
from bench.vendors.clock import SimulatedClock
from crmbridge.domain.declaration import Connector, OAuth2
from crmbridge.domain.integrations import Integration
from crmbridge.domain.messages import Wake
from crmbridge.domain.tokens import Grant
from crmbridge.ports import AuthFlow, CrmClient, WebhookDoor
from crmbridge.runtime._directory import Directory
from crmbridge.services._runs import list_runs
from crmbridge.services.connect_crm import activate
from crmbridge.services.hub import load_integration
from crmbridge.services.manage_integrations import create_integration
from crmbridge.services.plan_sync import plan_woken

SOURCE = "invented"

PATIENCE_S = 10.0
"""What a worker of 60 seconds has."""

POLLED_EVERY_MIN = 1440
"""Minutes between two polls, the most there can be: what polling finds of our own writes is not to be measured."""

_LOOKS_MAX = 10_000
_YEARS = timedelta(days=3650)


class MixedConnectors:
    """The ``Connectors`` port over the real connectors and one invented CRM."""

    def __init__(self, real: Directory, rows: int) -> None:
        self.real = real
        self._invented = InventedConnectors({SOURCE: InventedCrm(rows)})

    def names(self) -> tuple[str, ...]:
        """Return the names, ascending."""
        return tuple(sorted((*self.real.names(), SOURCE)))

    def declaration(self, crm: str) -> Connector:
        """Return what a connector declares."""
        return self._invented.declaration(crm) if crm == SOURCE else self.real.declaration(crm)

    def client(self, integration: Integration) -> CrmClient:
        """Return a client bound to an integration."""
        return self._invented.client(integration) if integration.crm == SOURCE else self.real.client(integration)

    def oauth(self, crm: str) -> OAuth2:
        """Return a connector's OAuth endpoints and quirks."""
        return self.real.oauth(crm)

    def auth(self, crm: str) -> AuthFlow:
        """Return a connector's OAuth flow."""
        return self.real.auth(crm)

    def webhooks(self, crm: str) -> WebhookDoor:
        """Return a connector's webhook rules."""
        return self.real.webhooks(crm)


class SimulatedHouse(House):
    """A deployment in one process on a simulated clock, with one account connected, and contacts to write to it.

    Args:
        contacts: how many an invented CRM holds; none is connected for 0.
    """

    def __init__(self, account: Account, clock: SimulatedClock, *, contacts: int) -> None:
        self.clock = clock
        directory = Directory(
            base_urls={account.crm: BASE_URL},
            now=clock.now,
            transport=account.counting,
            paces=True,
            patience_s=PATIENCE_S,
        )
        held = Crm(name=account.crm, url=BASE_URL, credentials=account.app.credentials)
        super().__init__({account.crm: held}, connectors=MixedConnectors(directory, contacts))
        directory.hub = self.hub
        self._made = contacts
        if contacts:
            self.source = self._connect(SOURCE, Grant("token", "none", account_id="1"))
        self.target = self._connect(account.crm, account.grant(clock))

    def write(self, contacts: int) -> None:
        """Make so many more contacts in the invented CRM, hint at them, and see to it that all are written.

        Raises:
            RuntimeError: the engine gives up: time passes and nothing is written any more.
        """
        ids = tuple(str(number) for number in range(self._made, self._made + contacts))
        self._made += contacts
        self.hint(self.source, "contact", ids)
        for _ in range(_LOOKS_MAX):
            if not self._is_due(within=_YEARS):
                return
            self._pass_time()
            plan_woken(self.hub, [Wake(WORKSPACE, self.target.integration_id)])
            self.settle()
        raise RuntimeError(f"{self.target.crm}: contacts are left that nobody writes")

    def read(self) -> int:
        """Read everything that the CRM holds for the first time; returns how many contacts that were.

        Raises:
            RuntimeError: the reading does not end.
        """
        for _ in range(_LOOKS_MAX):
            self.settle()
            runs = list_runs(self.hub, WORKSPACE, self.target.integration_id)
            if runs and not any(each.is_live for each in runs):
                return sum(each.counts.get("contact", {}).get("seen", 0) for each in runs)
            self._pass_time()
            plan_woken(self.hub, [Wake(WORKSPACE, self.target.integration_id)])
        raise RuntimeError(f"{self.target.crm}: the reading does not end")

    def linked(self) -> int:
        """Return how many contacts stand in the CRM, as far as the engine knows."""
        found, cursor, target = 0, None, self.target.integration_id
        while True:
            page = self.hub.records.list_records(WORKSPACE, "contact", cursor=cursor, limit=1000)
            found += sum(bool(target in each.links and each.links[target].external_id) for each in page.items)
            cursor = page.next_cursor
            if cursor is None:
                return found

    def _is_due(self, *, within: timedelta = timedelta()) -> bool:
        now, target = self.now() + within, self.target.integration_id
        return bool(self.hub.records.due(WORKSPACE, "contact", target, now=now, limit=1))

    def _pass_time(self) -> None:
        """Wait until the CRM may be called again, or a little until postponed work is due."""
        held = load_integration(self.hub, WORKSPACE, self.target.integration_id)
        until = held.blocked_until
        left_s = 0.0 if until is None else (until - self.now()).total_seconds()
        if left_s > 0 or not self._is_due():
            self.advance(max(left_s, 1.0))

    def now(self) -> datetime:
        """Return the present moment of this house."""
        return self.clock.now()

    def advance(self, seconds: float) -> None:
        """Skip some time instead of waiting."""
        self.clock.sleep(seconds)

    def _connect(self, crm: str, grant: Grant) -> Integration:
        known = self.hub.connectors.declaration(crm).supports.entities
        rules = {each: {"enabled": each == "contact"} for each in known}
        sync = {"entities": rules, "syncInterval": POLLED_EVERY_MIN, "compareInterval": 0}
        body = {"provider": crm, "name": crm, "syncConfig": sync}
        return activate(self.hub, create_integration(self.hub, WORKSPACE, body), grant)
