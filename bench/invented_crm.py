# ruff: noqa: ARG002 - a port keeps its signature, whatever an invented CRM makes of it
"""Two CRMs inside the process that hold nothing: one invents its rows by number, the other takes what it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal, cast

from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.declaration import Connector, Limits, OAuth2, Supports
from crmbridge.domain.integrations import Integration
from crmbridge.domain.records import FIELD_NAMES, Entity, Gone, Observation
from crmbridge.errors import NotFoundError
from crmbridge.ports import (
    Account,
    AuthFlow,
    CrmClient,
    FieldInfo,
    Owner,
    Page,
    ReadResult,
    RowResult,
    Stage,
    WebhookDoor,
    WriteOp,
)

MODIFIED_AT = datetime(2026, 1, 1, tzinfo=UTC)
PAGE = 100


class InventedCrm:
    """The ``CrmClient`` port over rows that exist only while they are looked at.

    Args:
        rows: how many contacts it says it holds.
    """

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self.written = 0

    def account(self) -> Account:
        """Tell which account this is."""
        return Account("1", "invented", "UTC", "EUR")

    def list_all(self, entity: Entity, *, cursor: str | None) -> Page[Observation]:
        """Return one page of rows by number."""
        start = int(cursor or 0)
        end = min(start + PAGE, self._rows)
        return Page(tuple(map(row, range(start, end))), str(end) if end < self._rows else None, server_time=MODIFIED_AT)

    def list_changed(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return nothing: nobody edits here."""
        return Page(())

    def list_gone(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return nothing: nobody deletes here."""
        return Page(())

    def read(self, entity: Entity, external_ids: Sequence[str]) -> ReadResult:
        """Read rows by number."""
        return ReadResult({each: row(int(each)) for each in external_ids})

    def find(
        self, entity: Entity, key: Literal["email", "phone", "domain", "correlation_id"], values: Sequence[str]
    ) -> dict[str, tuple[Observation, ...]]:
        """Find nothing: what was written is not kept."""
        return {}

    def write(self, entity: Entity, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Take rows and answer the values as they were sent."""
        first = self._rows + self.written
        self.written += len(ops)
        ids = [op.external_id or str(first + number) for number, op in enumerate(ops)]
        return tuple(
            RowResult(op.op_id, external_id, created=True, observation=Observation(external_id, op.fields))
            for op, external_id in zip(ops, ids, strict=True)
        )

    def project(self, entity: Entity, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Say values as they are."""
        return dict(fields)

    def owners(self) -> tuple[Owner, ...]:
        """List nobody."""
        return ()

    def stages(self, entity: Entity) -> tuple[Stage, ...]:
        """List nothing."""
        return ()

    def describe(self, entity: Entity) -> tuple[FieldInfo, ...]:
        """List nothing."""
        return ()

    def provision(self, entity: Entity, wanted: Sequence[CustomField] = ()) -> tuple[str, ...]:
        """Have the field already."""
        return ()


class InventedConnectors:
    """The ``Connectors`` port over invented CRMs."""

    def __init__(self, crms: Mapping[str, InventedCrm]) -> None:
        self._crms = crms

    def names(self) -> tuple[str, ...]:
        """Return the names, ascending."""
        return tuple(sorted(self._crms))

    def declaration(self, crm: str) -> Connector:
        """Return what such a CRM declares."""
        return Connector(
            name=crm,
            label=crm,
            api_version="1",
            api_version_ends_on=date(2030, 1, 1),
            base_url="https://crm.example",
            docs_url="https://crm.example/docs",
            external_id_field="ours",
            supports=Supports(
                entities=("contact",),
                fields=FIELD_NAMES,
                auth=("token",),
                upsert=True,
                creates_by_upsert=True,
                answers_values=True,
                webhooks=False,
                webhook_signature=False,
                reports_deletions=False,
                reports_merges=False,
                custom_fields=False,
            ),
            limits=Limits(read_batch=100, write_batch=100, find_batch=100, list_page=PAGE, lag_s=60),
        )

    def client(self, integration: Integration) -> CrmClient:
        """Return the CRM itself."""
        return cast("CrmClient", self._crms[integration.crm])

    def oauth(self, crm: str) -> OAuth2:
        """Refuse: nobody logs in here.

        Raises:
            NotFoundError: always.
        """
        raise _nobody_logs_in(crm)

    def auth(self, crm: str) -> AuthFlow:
        """Refuse: nobody logs in here.

        Raises:
            NotFoundError: always.
        """
        raise _nobody_logs_in(crm)

    def webhooks(self, crm: str) -> WebhookDoor:
        """Refuse: nothing is pushed here.

        Raises:
            NotFoundError: always.
        """
        raise _nobody_logs_in(crm)


def row(number: int) -> Observation:
    """Invent the contact of a number, the same each time."""
    return Observation(
        str(number),
        {
            "email": f"ana.prado.{number:07d}@umbra-{number % 997}.example",
            "first_name": "Ana",
            "last_name": f"Prado {number:07d}",
            "phone": f"+55119{number % 100_000_000:08d}",
            "job_title": "Head of purchasing, cables and inverters",
            "street": f"Rua da Aurora {number % 1000}, 4th floor, rear building",
            "city": "Recife",
            "state": "Pernambuco",
            "postal_code": f"{number % 100_000:05d}-100",
            "country": "Brazil",
        },
        version=str(number),
        modified_at=MODIFIED_AT,
    )


def _nobody_logs_in(crm: str) -> NotFoundError:
    return NotFoundError(f"{crm} is invented: it has neither login nor webhooks")
