"""The few seams of CRM Bridge: everything outside the pure rules is reached through one of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar

from crmbridge.domain.declaration import Connector, OAuth2
from crmbridge.domain.integrations import Integration
from crmbridge.domain.messages import ChangeHint, SyncStep, Ticket, Wake
from crmbridge.domain.records import Entity, Fields, Gone, Observation, Record, Unreadable
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.domain.webhook import WebhookAnswer, WebhookCall, WebhookEvent
from crmbridge.errors import ProviderError

T = TypeVar("T")

Now: TypeAlias = Callable[[], datetime]
"""Gives the present moment, aware UTC."""

NewId: TypeAlias = Callable[[str], str]
"""Makes ``<prefix>_<26 characters>``, never the same twice, ascending in time."""

Sleep: TypeAlias = Callable[[float], None]
"""Waits that many seconds."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a listing.

    Attributes:
        items: 0..n.
        next_cursor: opaque; ``None`` on the last page.
        unreadable: rows of this page that could not be understood.
        server_time: the answering server's own clock (``Date`` header), or ``None``.
    """

    items: tuple[T, ...]
    next_cursor: str | None = None
    unreadable: tuple[Unreadable, ...] = ()
    server_time: datetime | None = None


# ---------------------------------------------------------------------------------------------- storage


@dataclass(frozen=True, slots=True)
class Save:
    """One record to store.

    Attributes:
        before: the record as it was read, ``None`` for a new one.
        after: the record to store; its ``rev`` is ``before.rev + 1`` (1 for a new one).
    """

    before: Record | None
    after: Record


class RecordStore(Protocol):
    """Holds the records with their look-ups and the index of due work; see docs/key-schema.md."""

    def get_many(self, workspace_id: str, record_ids: Sequence[str]) -> dict[str, Record]:
        """Read records by id, strongly consistent; ids unknown to the workspace are left out."""
        ...

    def find_external(
        self, workspace_id: str, integration_id: str, entity: Entity, external_ids: Sequence[str]
    ) -> dict[str, str]:
        """Return record ids by external id, strongly consistent; unlinked external ids are left out."""
        ...

    def find_key(
        self,
        workspace_id: str,
        entity: Entity,
        key: Literal["email", "phone", "domain"],
        values: Sequence[str],
    ) -> dict[str, tuple[str, ...]]:
        """Return the ids of live records that hold a canonical key value, ascending; strongly consistent."""
        ...

    def save_many(self, saves: Sequence[Save]) -> tuple[bool, ...]:
        """Store records, each atomically with its look-ups and on the condition that it has not moved.

        Args:
            saves: 0..n; at most one per record id.

        Returns:
            In input order, ``True`` where stored; ``False`` where ``before`` was no longer the stored state,
            or one of the external ids already belongs to another record. One refused save never hinders another.
        """
        ...

    def due(
        self, workspace_id: str, entity: Entity, integration_id: str, *, now: datetime, limit: int
    ) -> tuple[str, ...]:
        """Return ids of records with a write due to one integration, longest due first.

        Args:
            now: records that must wait beyond this moment are left out.
            limit: at most this many, 1..n.
        """
        ...

    def list_records(self, workspace_id: str, entity: Entity, *, cursor: str | None, limit: int) -> Page[Record]:
        """Return one page of all records of an entity, tombstones included, in a stable order."""
        ...


@dataclass(frozen=True, slots=True)
class Document:
    """A small piece of control state.

    Attributes:
        pk: partition, beginning with the workspace or naming a global look-up.
        sk: place in the partition.
        body: JSON-ready values (str, int, bool, None, list, dict; no floats).
        version: 0 before the first save, then +1 a save.
        expires_at: epoch second after which the document counts as absent, or ``None``.
    """

    pk: str
    sk: str
    body: Mapping[str, Any]
    version: int = 0
    expires_at: int | None = None


class Documents(Protocol):
    """Holds control state: integrations, tokens, cursors, leases, OAuth states, runs."""

    def get(self, pk: str, sk: str) -> Document | None:
        """Read one document, strongly consistent; ``None`` when absent or expired."""
        ...

    def put(self, document: Document, *, unconditionally: bool = False) -> Document:
        """Store a document whose ``version`` is the one that was read (0 for a new one).

        An expired document counts as absent, so a version of 0 replaces it.

        Returns:
            The document with its new version.

        Raises:
            ConflictError: the stored version is another one (not with ``unconditionally``).
        """
        ...

    def append(self, documents: Sequence[Document]) -> None:
        """Write documents that never change again, such as lines of history, whatever is there.

        Writing the same ones again does no harm. Their ``version`` is stored as 1.
        """
        ...

    def delete(self, document: Document) -> None:
        """Remove a document on the condition that its version is still the stored one.

        Raises:
            ConflictError: it has moved or is gone already.
        """
        ...

    def query(self, pk: str, prefix: str = "") -> tuple[Document, ...]:
        """Return a partition's live documents whose ``sk`` begins with a prefix, ascending, all pages."""
        ...


# ---------------------------------------------------------------------------------------------- messages


class Queues(Protocol):
    """Sends work to be done elsewhere; sends in order, in as few calls as the service allows."""

    def send_changes(self, hints: Sequence[ChangeHint]) -> None:
        """Queue hints that records changed.

        Raises:
            ConfigurationError: the queue does not exist or may not be written to.
        """
        ...

    def send_steps(self, steps: Sequence[SyncStep], *, delay_s: int = 0) -> None:
        """Queue reading steps, to be seen after ``delay_s`` (0..900) seconds."""
        ...

    def send_tickets(self, tickets: Sequence[Ticket], *, cause: str) -> None:
        """Queue tickets; two with the same cause and content within five minutes count as one.

        Args:
            tickets: 0..n.
            cause: unique id of what made them, such as a stream event id or a run id with its step.
        """
        ...

    def send_wakes(self, wakes: Sequence[Wake], *, delay_s: int) -> None:
        """Queue a later look at integrations, to be seen after ``delay_s`` (0..900) seconds."""
        ...


class Cipher(Protocol):
    """Encrypts tokens at rest."""

    def encrypt(self, plaintext: str, *, context: Mapping[str, str]) -> str:
        """Return ciphertext that only the same context can decrypt."""
        ...

    def decrypt(self, ciphertext: str, *, context: Mapping[str, str]) -> str:
        """Return the plaintext.

        Raises:
            ConfigurationError: the ciphertext was not made by this key with this context.
        """
        ...


class AppSecrets(Protocol):
    """Gives the credentials of our application at each vendor."""

    def get(self, crm: str) -> AppSecret:
        """Return the credentials, cached for some minutes.

        Raises:
            ConfigurationError: the secret does not exist or lacks ``client_id`` or ``client_secret``.
        """
        ...


# ---------------------------------------------------------------------------------------------- CRMs


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What a batch read by ids says.

    Attributes:
        found: by the external id that was asked for.
        gone: ids with evidence of deletion or merge.
        missing: ids the CRM does not show, without evidence of deletion.
        unreadable: rows that could not be understood, by external id.
    """

    found: Mapping[str, Observation]
    gone: Mapping[str, Gone] = field(default_factory=dict[str, Gone])
    missing: frozenset[str] = frozenset()
    unreadable: Mapping[str, Unreadable] = field(default_factory=dict[str, Unreadable])


WriteKind: TypeAlias = Literal["create", "update", "upsert", "delete"]


@dataclass(frozen=True, slots=True)
class WriteOp:
    """One row of a batch write.

    Attributes:
        op_id: our record id; written to the CRM's external-id field on create and upsert.
        external_id: the CRM's id; empty for create and upsert.
        fields: canonical values to send, projected; references excepted. ``None`` clears.
        refs: reference fields to send, as the CRM's own external ids; an empty tuple clears.
        refs_before: the same fields as the CRM last said them, so that removals can be told.
    """

    kind: WriteKind
    op_id: str
    external_id: str = ""
    fields: Fields = field(default_factory=dict[str, Any])
    refs: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    refs_before: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row.

    Attributes:
        op_id: of the row.
        external_id: the CRM's id after the write; for a conflict, the id of the record in the way if told.
        created: a new record was made.
        observation: the row as the CRM answered it, or ``None`` where it answers no values.
        error: ``None`` when it was written. A ``FatalProviderError`` is for good, a
            ``RetriableProviderError`` may succeed later.
        gone: the record to update or delete does not exist there any more.
        conflict: a create was refused since a record with the same unique value exists.
    """

    op_id: str
    external_id: str = ""
    created: bool = False
    observation: Observation | None = None
    error: ProviderError | None = None
    gone: bool = False
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """One field of an entity as the CRM describes it."""

    name: str
    label: str
    type: str
    is_custom: bool
    is_writable: bool
    is_required: bool
    is_unique: bool
    max_length: int | None
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a CRM's pipeline; ``stage_id`` is what records hold."""

    pipeline_id: str
    stage_id: str
    label: str
    is_closed: bool
    is_won: bool
    probability: int


@dataclass(frozen=True, slots=True)
class Owner:
    """A person who can own records in a CRM."""

    owner_id: str
    email: str
    name: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Account:
    """Which account a set of tokens belongs to."""

    account_id: str
    name: str
    time_zone: str
    currency: str


class CrmClient(Protocol):
    """Speaks to one connected account of one CRM, in canonical values; makes no decisions.

    Every method may raise, beside what it names:
        RetriableProviderError: 429 or a quota, 5xx, timeout, lost answer; honour ``retry_after_s``.
        AuthorizationExpiredError: the grant is dead; the workspace must reconnect.
        FatalProviderError: the CRM refuses the call as a whole, with its own words.
    """

    def account(self) -> Account:
        """Tell which account this is."""
        ...

    def list_all(self, entity: Entity, *, cursor: str | None) -> Page[Observation]:
        """Return one page of every live record, in a stable order."""
        ...

    def list_changed(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of the live records changed at or after a moment.

        Complete against ties and result caps: windows narrow by (time, id) inside the opaque cursor.

        Args:
            since: aware UTC, inclusive, of the CRM's clock.
            cursor: ``next_cursor`` of the page before, ``None`` to start.

        Returns:
            A page ordered by modified time, oldest first.

        Raises:
            FatalProviderError: the CRM answered the same cursor twice (code ``STUCK_PAGINATION``).
        """
        ...

    def list_gone(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of evidence that records were deleted or merged away at or after a moment."""
        ...

    def read(self, entity: Entity, external_ids: Sequence[str]) -> ReadResult:
        """Read whole records by id, at most ``limits.read_batch`` in one call; more are taken apart."""
        ...

    def find(
        self,
        entity: Entity,
        key: Literal["email", "phone", "domain", "correlation_id"],
        values: Sequence[str],
    ) -> dict[str, tuple[Observation, ...]]:
        """Return live records by a canonical key value, compared as the CRM compares; absent when none."""
        ...

    def write(self, entity: Entity, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write up to ``limits.write_batch`` rows of one kind in as few calls as the CRM allows.

        Returns:
            One result per row, in input order.

        Raises:
            RetriableProviderError: with ``may_have_applied`` when the rows may have been written all the same.
            FatalProviderError: the CRM refuses the batch without naming the row; halve it and try again.
        """
        ...

    def project(self, entity: Entity, fields: Fields) -> dict[str, Any]:
        """Return canonical values as this CRM would say them after its own normalisation.

        Fields the CRM cannot hold (no such field, an owner or stage without counterpart, an invalid e-mail
        address) are left out. References pass unchanged. Idempotent. May read owners and stages once.
        """
        ...

    def owners(self) -> tuple[Owner, ...]:
        """List everybody who can own records, inactive people included."""
        ...

    def stages(self, entity: Entity) -> tuple[Stage, ...]:
        """List the stages of every pipeline of an entity."""
        ...

    def describe(self, entity: Entity) -> tuple[FieldInfo, ...]:
        """List every field of an entity."""
        ...

    def provision(self, entity: Entity) -> tuple[str, ...]:
        """Make sure our external-id field exists and is visible to us; twice does no harm.

        Returns:
            Names of the fields created in this call.
        """
        ...


class TokenSource(Protocol):
    """Gives one integration's access token; refreshes it once, whoever asks."""

    def bearer(self) -> str:
        """Return an access token that is good for at least five minutes as far as the CRM has told.

        Raises:
            AuthorizationExpiredError: the grant is dead.
            RetriableProviderError: the CRM's token endpoint gives no usable answer.
        """
        ...

    def renew(self, stale: str) -> str:
        """Return another access token after the CRM refused ``stale``.

        Raises:
            AuthorizationExpiredError: the grant is dead, or cannot be refreshed (static token).
            RetriableProviderError: the CRM's token endpoint gives no usable answer.
        """
        ...


class AuthFlow(Protocol):
    """A connector's way through OAuth; holds no state."""

    def authorize_url(self, app: AppSecret, *, environment: str, redirect_uri: str, state: str, challenge: str) -> str:
        """Return the consent page's URL; ``challenge`` is an S256 PKCE challenge, used where supported."""
        ...

    def exchange(
        self, app: AppSecret, *, environment: str, code: str, redirect_uri: str, verifier: str, now: datetime
    ) -> Grant:
        """Trade a code for tokens and find out the account.

        Raises:
            AuthorizationExpiredError: the code was refused.
            RetriableProviderError: no usable answer came.
        """
        ...

    def refresh(self, app: AppSecret, grant: Grant, *, environment: str, now: datetime) -> Grant:
        """Trade a refresh token for a new access token; keeps old values the answer leaves out.

        Raises:
            AuthorizationExpiredError: the CRM says ``invalid_grant``.
            RetriableProviderError: no usable answer came (timeout, 5xx, HTML).
        """
        ...

    def adopt(self, token: str, *, environment: str, base_url: str, now: datetime) -> Grant:
        """Turn a static token that the caller brought into a grant, after asking the CRM whose it is.

        Raises:
            AuthorizationExpiredError: the CRM refuses the token.
            FatalProviderError: this CRM knows no static tokens.
        """
        ...

    def revoke(self, app: AppSecret, grant: Grant, *, environment: str) -> None:
        """Revoke the grant at the vendor; a grant the vendor no longer knows is success."""
        ...


class WebhookDoor(Protocol):
    """A connector's pure webhook rules; imports no pydantic."""

    def verify(self, call: WebhookCall, *, secrets: Sequence[str], now: datetime) -> None:
        """Accept a call or raise; any of several secrets will do, so that they can be rotated.

        Raises:
            SignatureError: a header is missing, the time is off by more than 300 s, or nothing matches.
        """
        ...

    def parse(self, call: WebhookCall) -> tuple[WebhookEvent, ...]:
        """Read the events out of a verified call; unknown types become events of kind ``unknown``.

        Raises:
            WebhookRejectedError: the body is not what the CRM documents.
        """
        ...

    def answer(self) -> WebhookAnswer:
        """Return what the CRM wants to hear."""
        ...


class Connectors(Protocol):
    """Finds connectors by name, loading only what is asked for."""

    def names(self) -> tuple[str, ...]:
        """Return the names of all connectors, ascending."""
        ...

    def declaration(self, crm: str) -> Connector:
        """Return what a connector declares.

        Raises:
            NotFoundError: there is no such connector.
        """
        ...

    def oauth(self, crm: str) -> OAuth2:
        """Return a connector's OAuth endpoints and quirks.

        Raises:
            NotFoundError: there is no such connector.
        """
        ...

    def auth(self, crm: str) -> AuthFlow:
        """Return a connector's OAuth flow.

        Raises:
            NotFoundError: there is no such connector.
        """
        ...

    def webhooks(self, crm: str) -> WebhookDoor:
        """Return a connector's webhook rules.

        Raises:
            NotFoundError: there is no such connector.
        """
        ...

    def client(self, integration: Integration) -> CrmClient:
        """Return a client bound to an integration's account, host and tokens, cached per process.

        Raises:
            NotFoundError: there is no such connector.
            AuthorizationExpiredError: the integration holds no usable grant.
        """
        ...
