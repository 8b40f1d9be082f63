"""Make a CRM account ready for its integration, and notice which records its edition has not."""

from __future__ import annotations

from collections.abc import Collection

from crmbridge.domain.integrations import Integration
from crmbridge.domain.messages import Wake
from crmbridge.domain.records import Entity
from crmbridge.errors import UnavailableError
from crmbridge.ports import CrmClient
from crmbridge.services._reading import forget_cursor
from crmbridge.services.hub import Hub, change_integration


def prepare(hub: Hub, integration: Integration) -> dict[Entity, str]:
    """Make sure our own fields, and those the workspace wants, exist in the CRM.

    Returns:
        The entities that the account has not, each with why; everything else goes on without them.

    Raises:
        AuthorizationExpiredError: the grant is dead.
        RetriableProviderError: the CRM gave no usable answer.
        FatalProviderError: the CRM refuses a field, with its own words.
    """
    client = hub.connectors.client(integration)
    unavailable: dict[Entity, str] = {}
    for entity, rule in integration.rules.items():
        if rule.enabled:
            try:
                _provision(client, integration, entity)
            except UnavailableError as error:
                unavailable[entity] = str(error)
    _begin_anew(hub, integration, unavailable)
    return unavailable


def look_again(hub: Hub, integration: Integration, client: CrmClient) -> Integration:
    """Look whether an account has by now what it had not; what it has is read from its first record on.

    Raises:
        ProviderError: as ``prepare``.
    """
    still: dict[Entity, str] = {}
    for entity in integration.unavailable:
        try:
            _provision(client, integration, entity)
        except UnavailableError as error:
            still[entity] = str(error)
    if still == integration.unavailable:
        return integration
    _begin_anew(hub, integration, still)
    hub.queues.send_wakes([Wake(integration.workspace_id, integration.integration_id)], delay_s=0)
    return change_integration(hub, integration, unavailable=still)


def note_unavailable(hub: Hub, integration: Integration, entity: Entity, error: UnavailableError) -> Integration:
    """Leave an entity out from now on, for an account that has lost it; people are told by the integration itself."""
    return change_integration(hub, integration, unavailable={**integration.unavailable, entity: str(error)})


def _begin_anew(hub: Hub, integration: Integration, unavailable: Collection[Entity]) -> None:
    """Have what an account has got since read from its first record on: nobody kept it in step meanwhile."""
    for entity in integration.unavailable:
        if entity not in unavailable:
            forget_cursor(hub, integration.workspace_id, integration.integration_id, entity)


def _provision(client: CrmClient, integration: Integration, entity: Entity) -> None:
    client.provision(entity, [each for each in integration.custom_fields if each.entity == entity])
