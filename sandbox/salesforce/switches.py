"""What the org's administrator, or a test, can turn: limits, rules, accidents."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(slots=True, kw_only=True)
class Switches:
    """Settings changed by ``POST /_sandbox/settings``, back to these by a reset.

    Attributes:
        permitted_users: ``self_authorised``: whoever consents; ``admin_approved``: nobody but ``preauthorised_users``.
        preauthorised_users: usernames that a profile or permission set lets in.
        certificate: PEM in place of the app's own, for digital signatures; ``""`` for none.
        is_sandbox: the org belongs to ``test.salesforce.com``, not to ``login.salesforce.com``.
        refresh_rotates: each refresh returns a new refresh token and ends the old one.
        require_pkce: authorize refuses a request without a code challenge.
        password_flow: whether the username-password flow is allowed.
        redirect_uris: the app's callback URLs; ``["*"]`` takes any.
        session_s: life of an access token.
        api_limit: calls per rolling 24 hours.
        page_rows: most rows a query page holds, whatever the client asks.
        duplicate_rules: object to ``"alert"`` or ``"block"``.
        assignment_rules: object to the id of the new owner.
        hidden_fields: object to standard fields nobody may see by the API.
        lock_rows: ``{"count": n, "ids": [...]}``: the next writes that touch these (all
            without ids) find the row locked.
        late_commits: ``{"count": n, "delay_s": s}``: the next writes carry times of s ago.
        bulk_queue_s: seconds that a bulk job waits for its turn.
        bulk_chunk_s: seconds that a bulk job takes for 200 rows of an upload, or for up to 10,000 of a query.
        bulk_batches: internal batches of 10,000 rows that ingest jobs may use in 24 hours.
        bulk_query_jobs: query jobs in 24 hours.
        bulk_failures: ``{"count": n, "message": "…"}``: the next jobs to begin fail as a whole.
        change_capture: objects whose changes become events.
        change_event_url: where change events are posted in EventBridge's shape.
    """

    permitted_users: str = "self_authorised"
    preauthorised_users: list[str] = field(default_factory=list[str])
    certificate: str | None = None
    is_sandbox: bool = False
    refresh_rotates: bool = False
    require_pkce: bool = True
    password_flow: bool = False
    redirect_uris: list[str] = field(default_factory=lambda: ["*"])
    session_s: float = 7200.0
    api_limit: int = 110_000
    page_rows: int = 2000
    duplicate_rules: dict[str, str] = field(default_factory=dict[str, str])
    assignment_rules: dict[str, str] = field(default_factory=dict[str, str])
    hidden_fields: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    lock_rows: dict[str, Any] = field(default_factory=dict[str, Any])
    late_commits: dict[str, Any] = field(default_factory=dict[str, Any])
    bulk_queue_s: float = 1.0
    bulk_chunk_s: float = 0.2
    bulk_batches: int = 15_000
    bulk_query_jobs: int = 10_000
    bulk_failures: dict[str, Any] = field(default_factory=dict[str, Any])
    change_capture: list[str] = field(
        default_factory=lambda: ["Account", "Contact", "Lead", "Opportunity", "OpportunityContactRole"]
    )
    change_event_url: str | None = None

    def change(self, changes: dict[str, Any]) -> None:
        """Set switches by name.

        Raises:
            ValueError: an unknown name or a value of another type; nothing was set.
        """
        known = {each.name: getattr(self, each.name) for each in fields(self)}
        for name, value in changes.items():
            if name not in known:
                message = f"unknown setting {name!r}; known: {sorted(known)}"
                raise ValueError(message)
            if not _fits(known[name], value):
                message = f"{name} is a {type(known[name]).__name__}"
                raise ValueError(message)
        for name, value in changes.items():
            setattr(self, name, value)

    def as_json(self) -> dict[str, Any]:
        """Return every switch by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def _fits(current: object, value: object) -> bool:
    if current is None or isinstance(current, str):
        return value is None or isinstance(value, str)
    if isinstance(current, bool) or isinstance(value, bool):
        return isinstance(current, bool) and isinstance(value, bool)
    if isinstance(current, (int, float)):
        return isinstance(value, (int, float))
    return isinstance(value, type(current))
