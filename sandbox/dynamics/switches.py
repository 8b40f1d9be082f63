"""What a test can set: limits, waits, missing rights, duplicate rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.dynamics.errors import DataverseError
from sandbox.dynamics.org import Org
from sandbox.dynamics.schema import TableDef
from sandbox.dynamics.values import stored

_RIGHTS = {"GET": "Read", "POST": "Create", "PATCH": "Write", "PUT": "Write", "DELETE": "Delete"}


@dataclass(slots=True)
class Switches:
    """Settings of the organization.

    Attributes:
        requests: calls a user may make in 300 s; 0 for no limit. A batch is one call.
        execution_ms: milliseconds a user's calls may take in 300 s; 0 for no limit.
        operation_ms: what each operation, of a batch too, is said to take.
        concurrent: calls at once; 0 refuses all, as if as many were under way.
        key_build_s: seconds that the index of a new alternate key needs at least.
        is_member: whether the caller is a user of the organization.
        denied: rights missing, by table: Read, Create, Write, Delete.
        duplicate_rules: columns that a rule compares, by table.
    """

    requests: int = 6000
    execution_ms: int = 1_200_000
    operation_ms: int = 20
    concurrent: int = 52
    key_build_s: float = 0.0
    is_member: bool = True
    denied: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    duplicate_rules: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def change(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Set what is named.

        Raises:
            ValueError: there is no such setting.
        """
        unknown = set(changes) - set(asdict(self))
        if unknown:
            raise ValueError(f"no setting called {sorted(unknown)}; there are {sorted(asdict(self))}")
        for name, value in changes.items():
            setattr(self, name, type(getattr(self, name))(value))
        return asdict(self)

    def check(self, table: str, method: str, tail: str) -> None:
        """Refuse what the caller has no right to.

        Raises:
            DataverseError: a privilege is missing.
        """
        right = "Write" if tail.endswith("/$ref") else _RIGHTS.get(method, "")
        if right in self.denied.get(table, ()):
            message = f"Principal user is missing prv{right}{table.capitalize()} privilege."
            raise DataverseError("0x80040220", message, status=403)

    def detect(self, org: Org, table: TableDef, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        """Refuse a duplicate by a rule, if the caller wants that to happen.

        Raises:
            DataverseError: a row with the same value exists.
        """
        if headers.get("mscrm.suppressduplicatedetection", "").lower() != "false":
            return
        for name in self.duplicate_rules.get(table.name, ()):
            value = stored(table.columns[name], body.get(name))
            if value is not None and org.where(table.name, lambda row, n=name, v=value: row.get(n) == v):
                message = (
                    "A record was not created or updated because a duplicate of the current record already exists."
                )
                raise DataverseError("0x80040333", message, status=500)
