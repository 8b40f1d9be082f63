"""What a connector declares of its CRM: values only, read by the engine, the API, the console and the tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

from crmbridge.domain.vocabulary import Entity

AuthKind: TypeAlias = Literal["oauth", "token", "jwt_bearer"]
"""By a consent page, by a static token, or by assertions that our application's key signs for a user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth2:
    """A CRM's OAuth 2.0 endpoints and quirks.

    Attributes:
        authorize_url: where the workspace's browser is sent; may hold ``{host}``.
        token_url: where codes and refresh tokens are exchanged; may hold ``{host}``.
        revoke_url: where tokens are revoked; empty when the CRM has none.
        default_host: fills ``{host}`` when the integration names no host of its own.
        scopes: asked for, in the CRM's spelling.
        optional_scopes: asked for beside them, and left out by the CRM where an account has no such thing.
        uses_pkce: whether S256 challenges are sent.
        refresh_rotates: whether a refresh may return a new refresh token that ends the old one.
        access_token_s: lifetime of an access token in seconds when the answer does not tell, or ``None``.
        base_url_field: token-answer key that holds the account's API host, or ``None`` for a fixed host.
    """

    authorize_url: str
    token_url: str
    revoke_url: str = ""
    default_host: str = ""
    scopes: tuple[str, ...] = ()
    optional_scopes: tuple[str, ...] = ()
    uses_pkce: bool = False
    refresh_rotates: bool = False
    access_token_s: int | None = None
    base_url_field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Calls that a CRM lets through within a window; all names of headers in lower case, empty where none tells it.

    Attributes:
        calls: most calls in the window, of the smallest plan or application; headers may tell another number.
        per_s: length of the window, in seconds.
        only: what the paths of the calls end with that this rate is for; empty for all calls.
        apart: calls of this rate do not count in the rates for all calls.
        rolls: the window moves along with the calls; otherwise it begins anew when ``reset`` says so.
        limit: header that tells the most calls.
        remaining: header that tells how many calls are left, those of others counted.
        reset: header that tells the seconds until the window begins anew.
    """

    calls: int
    per_s: float
    only: str = ""
    apart: bool = False
    rolls: bool = True
    limit: str = ""
    remaining: str = ""
    reset: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What an account may use up in a long time, in the vendor's own units, as far as headers tell.

    Attributes:
        most: units in the window where no header tells; 0 when the plan decides.
        per_s: length of the window, in seconds.
        rolls: units come back one by one, as old as the window; otherwise all at once, at some midnight.
        limit: header that tells the most units.
        remaining: header that tells the units left.
        usage: header with used and most units, as ``17/15000`` somewhere in it.
        told_below: share of the units left from which on ``remaining`` is told at all.
    """

    most: int = 0
    per_s: float = 86_400.0
    rolls: bool = False
    limit: str = ""
    remaining: str = ""
    usage: str = ""
    told_below: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """A CRM's batch sizes, time horizons and rates.

    Attributes:
        read_batch: ids in one batch read.
        write_batch: rows in one batch write.
        find_batch: values in one look-up by key.
        list_page: rows in one page of a listing.
        lag_s: seconds a change may stay invisible to listings (index lag, late commits); the delayed
            sweep reaches back this far.
        time_step_ms: how finely the CRM stamps changes, in milliseconds; two edits within one step look alike.
        load_min: rows from which a load pays, where ``supports.loads``; below, batches are quicker.
        load_max: rows in one load.
        find_lag_s: per entity, seconds that a new record may stay invisible to look-ups by key, where the CRM does not
            refuse doubles by itself; a record younger than this is not created there yet.
        webhook_answer_s: seconds within which the CRM wants its webhooks answered; 0 without webhooks.
        rates: windows of calls, which are kept before the CRM must refuse any; none where none is known.
        allowances: what a day allows.
        reserve: share of rates and allowances, 0..1, that is left to people and to other applications.
    """

    read_batch: int
    write_batch: int
    find_batch: int
    list_page: int
    lag_s: int
    time_step_ms: int = 1
    load_min: int = 0
    load_max: int = 0
    find_lag_s: Mapping[Entity, int] = field(default_factory=dict[Entity, int])
    webhook_answer_s: int = 0
    rates: tuple[Rate, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    reserve: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Supports:
    """What is built and true of a connector; honest flags that the contract suite reads.

    Attributes:
        entities: what can be synchronised, in dependency order.
        fields: per entity, the canonical fields that the CRM can hold.
        auth: ways to connect.
        upsert: an own unique field can be written through an idempotent upsert.
        creates_by_upsert: the engine creates by upsert; otherwise by create, with a look-up before a second try.
        answers_values: writes answer the stored values; otherwise the engine reads the batch back.
        webhooks: the CRM pushes changes over HTTP.
        webhook_signature: those calls are signed; otherwise the path carries a secret.
        reports_deletions: deleted records can be listed.
        reports_merges: merges can be noticed.
        custom_fields: fields can be discovered and created.
        subscribes: webhooks are set up, listed, renewed and removed through the API (``SubscribingClient``).
        exports: entities whose first read the CRM can prepare by itself (``ExportingClient``).
        loads: entities of which it creates many rows by itself (``LoadingClient``); needs ``creates_by_upsert``.
        activity_places: per activity kind, the one object of the CRM that holds it.
        rewrites: per ``<entity>.<field>`` among ``fields``, which values do not come back as they were said, and why.
        refuses: per entity or ``activity.<kind>``, without what the CRM takes no such record.
        editions: per entity, what an account must have bought to have such records; absent where all have them.
        reasons: per flag above that is false, why; the CRM's docs page shows it.
        not_built: other things the CRM has and this connector has not, each with the reason.
    """

    entities: tuple[Entity, ...]
    fields: Mapping[Entity, tuple[str, ...]]
    auth: tuple[AuthKind, ...]
    upsert: bool
    creates_by_upsert: bool
    answers_values: bool
    webhooks: bool
    webhook_signature: bool
    reports_deletions: bool
    reports_merges: bool
    custom_fields: bool
    subscribes: bool = False
    exports: tuple[Entity, ...] = ()
    loads: tuple[Entity, ...] = ()
    activity_places: Mapping[str, str] = field(default_factory=dict[str, str])
    rewrites: Mapping[str, str] = field(default_factory=dict[str, str])
    refuses: Mapping[str, str] = field(default_factory=dict[str, str])
    editions: Mapping[Entity, str] = field(default_factory=dict[Entity, str])
    reasons: Mapping[str, str] = field(default_factory=dict[str, str])
    not_built: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """One CRM, declared.

    Attributes:
        name: folder name, lower case; the CRM's id everywhere in code, routes and settings.
        label: the CRM's name as its owner spells it.
        api_version: the vendor's API version that the client speaks.
        api_version_ends_on: when the vendor stops supporting it, or ``None`` when unannounced.
        base_url: where the API lives unless the token answer names a host.
        docs_url: the vendor's reference.
        external_id_field: our own unique field there.
    """

    name: str
    label: str
    api_version: str
    api_version_ends_on: date | None
    base_url: str
    docs_url: str
    external_id_field: str
    supports: Supports
    limits: Limits
