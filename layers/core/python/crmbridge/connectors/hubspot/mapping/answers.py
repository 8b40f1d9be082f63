"""The shapes of HubSpot's answers; whatever else an answer holds is kept and ignored."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Answer(BaseModel):
    """An answer or a part of one; ids that come as numbers become text."""

    model_config = ConfigDict(
        extra="allow", frozen=True, coerce_numbers_to_str=True, alias_generator=to_camel, populate_by_name=True
    )


class NextPage(Answer):
    """Where the next page begins."""

    after: str = ""


class Paging(Answer):
    """Present when there is more."""

    next: NextPage | None = None


class _Paged(Answer):
    paging: Paging | None = None

    @property
    def after(self) -> str | None:
        """The next page's cursor, or ``None`` on the last page."""
        return (self.paging.next.after or None) if self.paging and self.paging.next else None


class LinkedId(Answer):
    """One associated record as a listing shows it, once per type of association."""

    id: str
    type: str = ""


class LinkedIds(_Paged):
    """The associated records of one type that a listing shows."""

    results: tuple[LinkedId, ...] = ()


class Row(Answer):
    """One record."""

    id: str
    properties: dict[str, str | None] = Field(default_factory=dict)
    updated_at: str | None = None
    archived: bool = False
    archived_at: str | None = None
    associations: dict[str, LinkedIds] = Field(default_factory=dict)
    object_write_trace_id: str | None = None
    new: bool = False


class ErrorDetail(Answer):
    """One detail of an error."""

    message: str = ""
    code: str = ""
    context: dict[str, Any] = Field(default_factory=dict)


class ErrorBody(Answer):
    """An error, of a whole call or of single rows; every field may be absent."""

    status: str = ""
    message: str = ""
    category: str = ""
    sub_category: str | dict[str, Any] | None = None
    correlation_id: str = ""
    request_id: str = ""
    error_type: str = ""
    policy_name: str = ""
    error: str = ""
    errors: tuple[ErrorDetail, ...] = ()
    context: dict[str, Any] = Field(default_factory=dict)


class BatchAnswer(Answer):
    """A batch's answer; look at ``errors`` whatever the HTTP status."""

    results: tuple[dict[str, Any], ...] = ()
    errors: tuple[ErrorBody, ...] = ()


class ListAnswer(_Paged):
    """One page of a listing or a search."""

    results: tuple[dict[str, Any], ...] = ()
    total: int | None = None


class AssociationType(Answer):
    """One type of association between two records."""

    category: str = ""
    type_id: int = 0
    label: str | None = None


class Linked(Answer):
    """One associated record with all types of the association."""

    to_object_id: str
    association_types: tuple[AssociationType, ...] = ()


class RecordId(Answer):
    """A reference to a record."""

    id: str


class AssociationPage(_Paged):
    """The associations of one record."""

    from_: RecordId = Field(alias="from")
    to: tuple[Linked, ...] = ()


class Option(Answer):
    """One allowed value of an enumeration."""

    value: str
    label: str = ""
    hidden: bool = False


class Property(Answer):
    """One property's definition."""

    name: str
    label: str = ""
    type: str = ""
    field_type: str = ""
    options: tuple[Option, ...] = ()
    has_unique_value: bool = False
    hubspot_defined: bool = False
    calculated: bool = False
    modification_metadata: dict[str, Any] = Field(default_factory=dict)

    @property
    def is_read_only(self) -> bool:
        """Whether no client can write its values."""
        return self.calculated or bool(self.modification_metadata.get("readOnlyValue"))


class PropertyList(Answer):
    """All properties of an object."""

    results: tuple[Property, ...] = ()


class PipelineStage(Answer):
    """One stage; its metadata are texts."""

    id: str
    label: str = ""
    display_order: int = 0
    archived: bool = False
    metadata: dict[str, Any] = Field(default_factory=dict)


class Pipeline(Answer):
    """One pipeline."""

    id: str
    label: str = ""
    display_order: int = 0
    archived: bool = False
    stages: tuple[PipelineStage, ...] = ()


class PipelineList(Answer):
    """All pipelines of an object."""

    results: tuple[Pipeline, ...] = ()


class OwnerRow(Answer):
    """One person who can own records; ``id`` is what records hold, not ``userId``."""

    id: str
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    archived: bool = False


class OwnerPage(_Paged):
    """One page of owners."""

    results: tuple[OwnerRow, ...] = ()


class AccountDetails(Answer):
    """Which account a token belongs to."""

    portal_id: str
    time_zone: str = ""
    company_currency: str = ""
    ui_domain: str = ""
    utc_offset_milliseconds: int = 0
