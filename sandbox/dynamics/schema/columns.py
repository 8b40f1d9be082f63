"""What a column and a table are.

Source: Common Data Model (lengths, options), Dataverse developer guide (column definitions).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a choice; ``state`` says to which state a status belongs."""

    value: int
    label: str
    state: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    Attributes:
        kind: string, memo, integer, bigint, decimal, money, boolean, picklist, multiselect, state, status, lookup,
            datetime, date or guid.
        max_length: characters of a text.
        low: smallest number.
        high: largest number.
        precision: digits behind the decimal point.
        targets: navigation property to table, of a lookup.
        format: String columns only: Text, Email, Phone, Url.
    """

    name: str
    kind: str
    schema_name: str = ""
    label: str = ""
    max_length: int = 0
    low: float = -2_147_483_648
    high: float = 2_147_483_647
    precision: int = 0
    options: tuple[Option, ...] = ()
    targets: Mapping[str, str] = field(default_factory=dict[str, str])
    default: object = None
    format: str = "Text"
    can_create: bool = True
    can_update: bool = True
    is_custom: bool = False
    is_secret: bool = False

    @property
    def shown(self) -> str:
        """The property's name in answers and queries."""
        return f"_{self.name}_value" if self.kind == "lookup" else self.name


@dataclass(slots=True, kw_only=True)
class KeyDef:
    """One alternate key and how far its index is."""

    key_id: str
    name: str
    schema_name: str
    columns: tuple[str, ...]
    made_at: float
    looks: int = 0
    status: str = "Pending"


@dataclass(slots=True, kw_only=True)
class TableDef:
    """One table.

    Attributes:
        set_name: plural name in paths.
        primary: name of the primary key.
        title: name of the column shown for a row.
        tracked: change tracking is on.
    """

    name: str
    set_name: str
    primary: str
    title: str
    columns: dict[str, Column]
    tracked: bool = False
    is_activity: bool = False
    can_merge: bool = False
    keys: dict[str, KeyDef] = field(default_factory=dict[str, KeyDef])

    def copy(self) -> TableDef:
        """Return a table that can be changed by itself."""
        fresh = copy(self)
        fresh.columns, fresh.keys = dict(self.columns), {}
        return fresh

    def by_shown(self, shown: str) -> Column | None:
        """Return the column that answers call so."""
        name = shown[1:-6] if shown.startswith("_") and shown.endswith("_value") else shown
        column = self.columns.get(name)
        return column if column is not None and column.shown == shown else None

    def nav(self, name: str) -> tuple[Column, str] | None:
        """Return the lookup and the table behind a navigation property; its case counts."""
        for column in self.columns.values():
            if name in column.targets:
                return column, column.targets[name]
        return None


def text(*names: str, size: int = 100, form: str = "Text") -> list[Column]:
    """Return single-line columns of one length."""
    return [Column(name=name, kind="string", max_length=size, format=form) for name in names]


def memo(name: str, size: int = 2000) -> Column:
    """Return a multi-line column."""
    return Column(name=name, kind="memo", max_length=size)


def numbers(*names: str, low: int = 0, high: int = 1_000_000_000) -> list[Column]:
    """Return whole-number columns of one range."""
    return [Column(name=name, kind="integer", low=low, high=high) for name in names]


def money(*names: str) -> list[Column]:
    """Return amounts of money with two digits behind the point."""
    return [
        Column(name=name, kind="money", low=-922_337_203_685_477, high=922_337_203_685_477, precision=2)
        for name in names
    ]


def flag(*names: str, default: bool | None = False) -> list[Column]:
    """Return yes-or-no columns."""
    return [Column(name=name, kind="boolean", default=default) for name in names]


def times(*names: str, kind: str = "datetime") -> list[Column]:
    """Return points in time, or days."""
    return [Column(name=name, kind=kind) for name in names]


def choice(name: str, labels: Iterable[str], *, first: int = 1, default: int | None = None) -> Column:
    """Return a choice whose options are numbered from ``first``."""
    options = tuple(Option(value, label) for value, label in enumerate(labels, first))
    return Column(name=name, kind="picklist", options=options, default=default)


def lookup(name: str, **targets: str) -> Column:
    """Return a lookup; ``targets`` are tables by navigation property, the column's own name when there is one."""
    return Column(name=name, kind="lookup", targets=targets or {name: name.removesuffix("id")})


def to(name: str, table: str) -> Column:
    """Return a lookup into one table."""
    return lookup(name, **{name: table})


def states(state_labels: Iterable[str], statuses: Iterable[tuple[int, str, int]]) -> list[Column]:
    """Return ``statecode`` and ``statuscode``; statuses are (value, label, state)."""
    options = tuple(Option(value, label) for value, label in enumerate(state_labels))
    status = tuple(Option(*each) for each in statuses)
    return [
        Column(name="statecode", kind="state", options=options, default=0, can_create=False),
        Column(name="statuscode", kind="status", options=status, default=status[0].value),
    ]


def fixed(column: Column) -> Column:
    """Return a column that only the system writes."""
    return replace(column, can_create=False, can_update=False)


def system(primary: str, *, owned: bool = True) -> list[Column]:
    """Return the columns every table has."""
    found = [
        replace(Column(name=primary, kind="guid"), can_update=False),
        *[fixed(each) for each in times("createdon", "modifiedon")],
        fixed(to("createdby", "systemuser")),
        fixed(to("modifiedby", "systemuser")),
        fixed(Column(name="versionnumber", kind="bigint")),
        replace(times("overriddencreatedon")[0], can_update=False),
        replace(numbers("importsequencenumber")[0], can_update=False),
    ]
    if owned:
        found.append(Column(name="ownerid", kind="lookup", targets={"ownerid": "systemuser", "ownerid_team": "team"}))
    return found


def table(
    name: str,
    set_name: str,
    title: str,
    columns: Iterable[Column | list[Column]],
    *,
    primary: str = "",
    owned: bool = True,
    tracked: bool = False,
    is_activity: bool = False,
    can_merge: bool = False,
) -> TableDef:
    """Build a table out of columns and lists of columns."""
    key = primary or f"{name}id"
    flat: list[Column] = system(key, owned=owned)
    for each in columns:
        flat.extend(each if isinstance(each, list) else [each])
    return TableDef(
        name=name,
        set_name=set_name,
        primary=key,
        title=title,
        columns={each.name: each for each in flat},
        tracked=tracked,
        is_activity=is_activity,
        can_merge=can_merge,
    )
