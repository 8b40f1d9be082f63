"""Check an integration step by step, in words that people can act upon."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, cast

from crmbridge.domain.integrations import Integration
from crmbridge.domain.records import Entity
from crmbridge.errors import AuthorizationExpiredError, ProviderError, UnavailableError
from crmbridge.ports import CrmClient, SubscribingClient
from crmbridge.services._hooks import load_hooks
from crmbridge.services.hub import Hub, entities_of
from crmbridge.services.prepare_account import look_again, note_unavailable
from crmbridge.services.want_subscriptions import address_of

Outcome: TypeAlias = Literal["ok", "pending", "failed", "skipped"]
"""``pending``: under way, and nobody's fault; look again later."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was checked.

    Attributes:
        name: such as ``credentials``.
        words: what was found, or in the vendor's words why not.
        found: how many of ``of`` were there; both ``None`` where nothing is counted.
        next_step: what people can do about a step that failed, or when to look again.
    """

    name: str
    outcome: Outcome
    words: str
    found: int | None = None
    of: int | None = None
    next_step: str = ""


def validate_integration(hub: Hub, integration: Integration) -> tuple[Step, ...]:
    """Check credentials, access, custom fields, owners, pipelines, webhooks, and the reading of one page.

    Fields that the workspace wants and the CRM has not are made on the way, and entities that an account has by now
    take part again; nothing else is changed, here or there. What cannot be told without working credentials is skipped.
    """
    if integration.status == "pending":
        words = "the integration is not connected"
        first = Step("credentials", "failed", words, next_step=f"connect it: POST /auth/{integration.crm}/login")
        return (first, *(Step(name, "skipped", words) for name in list(_CHECKS)[1:]))
    checked: list[Step] = []
    client: CrmClient | None = None
    for name, check in _CHECKS.items():
        if checked and checked[0].outcome == "failed":
            checked.append(Step(name, "skipped", "the credentials do not work"))
            continue
        try:
            client = client or hub.connectors.client(integration)
            integration = look_again(hub, integration, client) if name == "access" else integration
            checked.append(check(hub, integration, client))
        except AuthorizationExpiredError as error:
            again = f"connect it again: POST /auth/{integration.crm}/login"
            checked.append(Step(name, "failed", str(error), next_step=again))
        except ProviderError as error:
            checked.append(Step(name, "failed", str(error), next_step=_AFTER[name]))
    return tuple(checked)


def _credentials(_hub: Hub, integration: Integration, client: CrmClient) -> Step:
    account = client.account()
    if account.account_id != integration.account_id:
        words = f"the credentials are of account {account.account_id}, not {integration.account_id}"
        return Step("credentials", "failed", words, next_step="log out and connect the right account")
    return Step("credentials", "ok", f"account {account.account_id} {account.name}".rstrip())


def _access(hub: Hub, integration: Integration, client: CrmClient) -> Step:
    """Tell what the grant lets us see; a vendor's scopes show in what it refuses."""
    absent: dict[Entity, str] = dict(integration.unavailable)
    refused: list[str] = []
    for entity in entities_of(hub, integration):
        try:
            client.describe(entity)
        except AuthorizationExpiredError:
            raise
        except UnavailableError as error:
            absent[entity] = str(error)
            note_unavailable(hub, integration, entity, error)
        except ProviderError as error:
            refused.append(f"{entity}: {error}")
    wanted = sum(each not in absent for each in entities_of(hub, integration))
    found = wanted - len(refused)
    words = [f"{found} of {wanted} entities can be seen"]
    words += [f"{entity} records are not available for this account: {why}" for entity, why in absent.items()]
    step = Step("access", "ok", "; ".join(words), found, wanted)
    return replace(step, outcome="failed", words="; ".join(refused), next_step=_AFTER["access"]) if refused else step


def _custom_fields(hub: Hub, integration: Integration, client: CrmClient) -> Step:
    if not hub.connectors.declaration(integration.crm).supports.custom_fields:
        return Step("custom_fields", "skipped", "this CRM has none that an API can make")
    entities = entities_of(hub, integration)
    made: list[str] = []
    for entity in entities:
        with suppress(UnavailableError):  # the step before has told so
            made.extend(client.provision(entity, [each for each in integration.custom_fields if each.entity == entity]))
    wanted = len(entities) + sum(each.entity in entities for each in integration.custom_fields)
    words = f"made what was missing: {', '.join(made)}" if made else "all there"
    return Step("custom_fields", "ok", words, max(wanted - len(made), 0), wanted)


def _owners(_hub: Hub, _integration: Integration, client: CrmClient) -> Step:
    owners = client.owners()
    active = sum(each.is_active for each in owners)
    return Step("owners", "ok", f"{active} of {len(owners)} people are active", active, len(owners))


def _pipelines(hub: Hub, integration: Integration, client: CrmClient) -> Step:
    if "deal" not in entities_of(hub, integration):
        return Step("pipelines", "skipped", "deals take no part")
    stages = client.stages("deal")
    pipelines = len({each.pipeline_id for each in stages})
    if not stages:
        return Step("pipelines", "failed", "there is no stage a deal could be in", 0, next_step=_AFTER["pipelines"])
    return Step("pipelines", "ok", f"{len(stages)} stages in {pipelines} pipelines", pipelines)


def _webhooks(hub: Hub, integration: Integration, client: CrmClient) -> Step:
    supports = hub.connectors.declaration(integration.crm).supports
    if not supports.webhooks:
        return Step("webhooks", "skipped", "this CRM has none; it is read at every interval")
    if not supports.subscribes:
        return Step("webhooks", "skipped", "set up in the CRM's own screens, which no API shows")
    address = address_of(hub, integration)
    if not address:
        return Step("webhooks", "skipped", "people had them removed; it is read at every interval")
    ours = [each for each in cast("SubscribingClient", client).subscriptions(address) if each.url == address]
    active = sum(each.is_active for each in ours)
    hooks = load_hooks(hub, integration)
    if not active and hooks is not None and hooks.state == "pending":
        words = "a worker is about to set them up; until then it is read at every interval"
        return Step("webhooks", "pending", words, 0, next_step="validate again in a minute")
    if not active:
        words = "none points to us" if not ours else "the CRM has switched them off"
        return Step("webhooks", "failed", words, 0, len(ours), next_step=_AFTER["webhooks"])
    return Step("webhooks", "ok", f"{active} of {len(ours)} are active", active, len(ours))


def _read(hub: Hub, integration: Integration, client: CrmClient) -> Step:
    entities = entities_of(hub, integration)
    if not entities:
        return Step("read", "skipped", "no entity takes part")
    entity = "contact" if "contact" in entities else entities[0]
    page = client.list_all(entity, cursor=None)
    unreadable = len(page.unreadable)
    words = f"a page of {len(page.items)} {entity} records" + (f", {unreadable} unreadable" if unreadable else "")
    return Step("read", "ok", words, len(page.items), len(page.items) + unreadable)


_CHECKS: dict[str, Callable[[Hub, Integration, CrmClient], Step]] = {
    "credentials": _credentials,
    "access": _access,
    "custom_fields": _custom_fields,
    "owners": _owners,
    "pipelines": _pipelines,
    "webhooks": _webhooks,
    "read": _read,
}

_AFTER = {
    "credentials": "try again; if it goes on, connect it again",
    "access": "give our application the scopes that docs/crms names, then connect it again",
    "custom_fields": "change the field there, or the definition in customFields",
    "owners": "let our application read the CRM's users",
    "pipelines": "make a pipeline in the CRM, or let deals take no part",
    "webhooks": "set them up for this integration; until then it is read at every interval",
    "read": "try again; the runs tell what happens at every interval",
}
