"""One object of the org and the fields every object has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sandbox.salesforce.schema.field import Field, boolean, moment, picklist, read_only, reference, text

_ACCURACY = (
    "Address",
    "NearAddress",
    "Block",
    "Street",
    "ExtendedZip",
    "Zip",
    "Neighborhood",
    "City",
    "County",
    "State",
    "Unknown",
)
SYSTEM_FIELDS = ("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp")


@dataclass(slots=True, kw_only=True)
class SObject:
    """An object: its key prefix, its fields in describe order, what may be done with it.

    Attributes:
        fields: by name, in describe order.
        tooling: whether it lives under ``/tooling`` only.
        read_only: whether the API may only read it.
        replicable: whether ``updated``/``deleted`` serve it and changes are captured.
        recycles: whether deleted records go to the recycle bin first.
        unique_together: sets of fields that may not repeat together.
        child_name: name of the list of these under a parent, where it is not the plural.
    """

    name: str
    prefix: str
    fields: dict[str, Field]
    plural: str = ""
    tooling: bool = False
    read_only: bool = False
    mergeable: bool = False
    replicable: bool = False
    recycles: bool = True
    unique_together: tuple[tuple[str, ...], ...] = ()
    _by_lower: dict[str, Field] = field(default_factory=dict[str, Field])

    def find(self, name: str) -> Field | None:
        """Return a field by name, letters' case aside."""
        if len(self._by_lower) != len(self.fields):
            self._by_lower = {each.lower(): made for each, made in self.fields.items()}
        return self._by_lower.get(name.lower())

    def add(self, made: Field) -> None:
        """Add a field, or put a changed one in its place."""
        self.fields[made.name] = made
        self._by_lower = {}

    def remove(self, name: str) -> None:
        """Drop a field."""
        self.fields.pop(name)
        self._by_lower = {}


def sobject(
    name: str,
    prefix: str,
    fields: Iterable[Field],
    *,
    plural: str | None = None,
    tooling: bool = False,
    read_only: bool = False,
    mergeable: bool = False,
    replicable: bool = False,
    recycles: bool = True,
    unique_together: tuple[tuple[str, ...], ...] = (),
) -> SObject:
    """Make an object: ``Id`` first, then its own fields, then the system's."""
    own = list(fields)
    lead = [read_only_id()]
    if recycles:
        lead.append(_system(boolean("IsDeleted", label="Deleted")))
    if mergeable:
        master = reference("MasterRecordId", name, relationship="MasterRecord", label="Master Record ID")
        lead.append(_system(master))
    members = [*lead, *own, *_system_fields()]
    return SObject(
        name=name,
        prefix=prefix,
        fields={each.name: each for each in members},
        plural=plural or f"{name}s",
        tooling=tooling,
        read_only=read_only,
        mergeable=mergeable,
        replicable=replicable,
        recycles=recycles,
        unique_together=unique_together,
    )


def read_only_id() -> Field:
    """Make the ``Id`` every object has."""
    return Field(
        name="Id",
        type="id",
        label="Record ID",
        length=18,
        createable=False,
        updateable=False,
        nillable=False,
        defaulted=True,
        id_lookup=True,
        grantable=False,
    )


def _system(made: Field) -> Field:
    return replace(read_only(made), grantable=False)


def _system_fields() -> list[Field]:
    people = [reference(name, "User") for name in SYSTEM_FIELDS if name.endswith("Id")]
    times = [moment(name) for name in SYSTEM_FIELDS if not name.endswith("Id")]
    return [replace(_system(made), nillable=False, defaulted=True) for made in (*times, *people)]


def address(prefix: str) -> list[Field]:
    """Declare the parts of an address and the compound field that is read only."""
    compound = f"{prefix}Address"
    parts = [
        Field(name=f"{prefix}Street", type="textarea", label=f"{prefix} Street".strip(), length=255),
        text(f"{prefix}City", 40),
        text(f"{prefix}State", 80, label=f"{prefix} State/Province".strip()),
        text(f"{prefix}PostalCode", 20, label=f"{prefix} Zip/Postal Code".strip()),
        text(f"{prefix}Country", 80),
        Field(name=f"{prefix}Latitude", type="double", label=f"{prefix} Latitude".strip(), digits=(18, 15)),
        Field(name=f"{prefix}Longitude", type="double", label=f"{prefix} Longitude".strip(), digits=(18, 15)),
        picklist(f"{prefix}GeocodeAccuracy", _ACCURACY, restricted=True),
    ]
    whole = Field(
        name=compound,
        type="address",
        label=f"{prefix} Address".strip(),
        createable=False,
        updateable=False,
        sortable=False,
    )
    return [*(replace(part, compound=compound) for part in parts), whole]
