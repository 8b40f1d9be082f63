"""A webhook call as it came in, and the events a connector reads out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from crmbridge.domain.vocabulary import Entity

HookKind: TypeAlias = Literal["changed", "gone", "merged", "unknown"]


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """One HTTP call at a webhook door.

    Attributes:
        method: upper case.
        url: the exact public URL the CRM called, scheme, host and query included.
        headers: names in lower case; repeated headers joined by a comma.
        body: raw bytes, before any parsing.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One thing a CRM tells; never trusted for values, only for which record to read.

    Attributes:
        kind: ``unknown`` for a type the connector has no row for; counted, never dropped silently.
        name: the vendor's own name of the event.
        account_id: the vendor's id of the account it happened in.
        entity: ours, or ``None`` for something we do not synchronise.
        external_id: the record to read.
        merged_into: external id of the survivor, for ``merged``.
        raw: the vendor's own event, untouched.
        modified_ms: the record's own modified time that the event speaks of, epoch milliseconds of the CRM's clock;
            0 when it tells none. A hub that has merged a version newer than that has nothing to read.
        modified_by: the CRM's id of whoever made that version, empty when it does not tell.
    """

    kind: HookKind
    name: str
    account_id: str
    entity: Entity | None
    external_id: str
    merged_into: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict[str, Any])
    modified_ms: int = 0
    modified_by: str = ""


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What the CRM wants to hear when its call was accepted."""

    status: int
    content_type: str
    body: str
