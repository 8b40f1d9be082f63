"""Take in records that a CRM says have changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crmbridge.domain.integrations import Integration
from crmbridge.domain.messages import ChangeHint
from crmbridge.domain.records import Gone
from crmbridge.errors import AuthorizationExpiredError, RetriableProviderError
from crmbridge.ports.budgets import PACED, waiting_at_most
from crmbridge.services._absorb import Absorber
from crmbridge.services._absorbed import Absorbed
from crmbridge.services._circuit import enter
from crmbridge.services._leases import is_held
from crmbridge.services.hub import (
    PACED_MAX_S,
    Hub,
    block,
    is_open,
    load_integrations,
    note_missed,
    require_reauthorization,
    unblock,
)

HINT_WAITS_S = 0.5
"""How long a hint may be held back by a limit before it goes back to its queue, in seconds: all workspaces share the
workers of this queue, and one that waits keeps others waiting."""

PACED_MAX_DELAY_S = 60
"""The longest that a hint waits in its queue for a limit, in seconds; each time twice as long as the time before."""

PUT_OFF_S = 4
PUT_OFF_MAX = 6


def coalesce(hints: Sequence[ChangeHint]) -> list[ChangeHint]:
    """Fold hints of one integration's entity into one, so that a burst reads every record once.

    Example:
        >>> one = ChangeHint("w", "i", "contact", ("1", "2"))
        >>> coalesce([one, ChangeHint("w", "i", "contact", ("2", "3"))])[0].external_ids
        ('1', '2', '3')
    """
    folded: dict[tuple[str, str, str], ChangeHint] = {}
    for hint in hints:
        key = (hint.workspace_id, hint.integration_id, hint.entity)
        held = folded.get(key)
        if held is None:
            folded[key] = hint
            continue
        timed = _timed(held, hint)
        folded[key] = ChangeHint(
            workspace_id=hint.workspace_id,
            integration_id=hint.integration_id,
            entity=hint.entity,
            external_ids=tuple(dict.fromkeys((*held.external_ids, *hint.external_ids))),
            gone=tuple(dict.fromkeys((*held.gone, *hint.gone))),
            merged_into={**held.merged_into, **hint.merged_into},
            modified_ms={each: said.modified_ms[each] for each, said in timed.items()},
            modified_by=_authors(held, hint),
            reason=hint.reason,
            tries=max(held.tries, hint.tries),
        )
    return list(folded.values())


def _timed(one: ChangeHint, other: ChangeHint) -> dict[str, ChangeHint]:
    """Return, per id, the hint that speaks of its newer version; none for an id that either names without a time."""
    timed: dict[str, ChangeHint] = {}
    for hint in (one, other):
        for key, at in hint.modified_ms.items():
            if key not in timed or at > timed[key].modified_ms[key]:
                timed[key] = hint
    timeless = {each for hint in (one, other) for each in hint.external_ids if each not in hint.modified_ms}
    return {key: hint for key, hint in timed.items() if key not in timeless}


def _authors(one: ChangeHint, other: ChangeHint) -> dict[str, str]:
    """Return who changed each record, where both hints that name it agree."""
    named: dict[str, set[str]] = {}
    for hint in (one, other):
        for key in hint.external_ids:
            named.setdefault(key, set()).add(hint.modified_by.get(key, ""))
    return {key: next(iter(found)) for key, found in named.items() if len(found) == 1 and "" not in found}


def _without_newborn(hub: Hub, hint: ChangeHint) -> ChangeHint:
    """Put off ids that the hub does not know while a push of their entity is under way.

    They are most likely our own creates, whose webhooks arrive before their answers are stored; a few seconds later
    their version is known and they need not be read. A person's new record waits those seconds, once in a while.
    """
    if hint.tries >= PUT_OFF_MAX or not is_held(hub, hint.workspace_id, f"push#{hint.integration_id}#{hint.entity}"):
        return hint
    known = hub.records.find_external(hint.workspace_id, hint.integration_id, hint.entity, hint.external_ids)
    newborn = [each for each in hint.external_ids if each not in known and each not in hint.merged_into.values()]
    if not newborn:
        return hint
    later = replace(hint.only(newborn), tries=hint.tries + 1)
    hub.queues.send_changes([later], delay_s=PUT_OFF_S)
    return hint.only(known)


def apply_changes(hub: Hub, hint: ChangeHint) -> Absorbed:
    """Read the hinted records and merge them into the hub.

    A closed or blocked integration is not a failure: nothing is lost, since it is read as soon as it opens again.

    Raises:
        ConflictError: others kept writing the same records first; try again.
    """
    integrations = load_integrations(hub, hint.workspace_id)
    integration = integrations.get(hint.integration_id)
    if integration is None or not integration.rule(hint.entity).enabled:
        return Absorbed()
    if not is_open(integration, hub.now()):
        note_missed(hub, hint.workspace_id, hint.integration_id)
        return Absorbed()
    hint = _without_newborn(hub, hint)
    if not hint.external_ids:
        return Absorbed()
    entered = enter(hub, integration)
    if entered is None:
        note_missed(hub, hint.workspace_id, hint.integration_id)
        return Absorbed()
    return _apply(hub, entered, {**integrations, hint.integration_id: entered}, hint)


def _apply(hub: Hub, integration: Integration, integrations: dict[str, Integration], hint: ChangeHint) -> Absorbed:
    """Read and merge; what cannot be read now comes again, or is read by the next run."""
    gone = {each: Gone(each, hint.merged_into.get(each, "")) for each in (*hint.gone, *hint.merged_into)}
    try:
        client = hub.connectors.client(integration)
        absorber = Absorber(hub, integration, integrations, client)
        with waiting_at_most(HINT_WAITS_S):
            taken = absorber.take(hint.entity, hint.external_ids, said_gone=gone, told=hint)
    except AuthorizationExpiredError:
        require_reauthorization(hub, integration)
    except RetriableProviderError as error:
        wait_s = block(hub, integration, error)
        if error.code == PACED and wait_s <= PACED_MAX_S:
            later = replace(hint, tries=hint.tries + 1)
            hub.queues.send_changes([later], delay_s=min(int(wait_s) + 2 ** min(hint.tries, 6), PACED_MAX_DELAY_S))
            return Absorbed()
    else:
        if integration.circuit != "closed":
            unblock(hub, integration)
        return taken
    note_missed(hub, hint.workspace_id, hint.integration_id)
    return Absorbed(let_go=len(hint.external_ids))
