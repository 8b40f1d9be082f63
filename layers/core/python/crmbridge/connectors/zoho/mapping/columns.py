"""Which of their fields each of ours is; one table per module."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crmbridge.connectors.zoho.mapping import measures, notes, texts, words
from crmbridge.connectors.zoho.mapping.kind import Kind
from crmbridge.connectors.zoho.mapping.lexicon import Lexicon
from crmbridge.domain.custom_fields import CustomKind
from crmbridge.domain.records import Entity


@dataclass(frozen=True, slots=True)
class Column:
    """One field: its name here, its API name there, its kind."""

    name: str
    field: str
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One module and what of ours it holds.

    Attributes:
        activity: kind of activity, empty for the other entities.
        system: fields read beside the mapped ones.
        is_bare: takes no custom fields, and is in no query, list of deletions or notification.
    """

    module: str
    entity: Entity
    columns: tuple[Column, ...]
    activity: str = ""
    system: tuple[str, ...] = ()
    is_bare: bool = False

    def external_id(self, record_id: str) -> str:
        """Return a record's id in our words: activities name their module."""
        return f"{self.module}:{record_id}" if self.activity else record_id


def _address(prefix: str, code: str) -> tuple[Column, ...]:
    return (
        Column("country", f"{prefix}Country", texts.LINE),
        Column("street", f"{prefix}Street", texts.BLOCK),
        Column("city", f"{prefix}City", texts.LINE),
        Column("state", f"{prefix}State", texts.LINE),
        Column("postal_code", f"{prefix}{code}", texts.LINE),
    )


_SHARED = (
    Column("description", "Description", texts.BLOCK),
    Column("owner", "Owner", words.OWNER),
)
_TAGS = Column("tags", "Tag", words.TAGS)
_PERSON = (
    Column("email", "Email", texts.EMAIL),
    Column("first_name", "First_Name", texts.LINE),
    Column("last_name", "Last_Name", texts.NAME),
    Column("phone", "Phone", texts.PHONE),
    Column("mobile_phone", "Mobile", texts.PHONE),
    Column("lead_source", "Lead_Source", words.CHOICE),
    *_SHARED,
    _TAGS,
)
_LINKS = ("What_Id", "Who_Id", "$se_module")

NOTES = Place(
    module="Notes",
    entity="activity",
    activity="note",
    system=(notes.PARENT,),
    columns=(Column("subject", notes.TITLE, texts.LINE), Column("description", notes.CONTENT, notes.TEXT)),
    is_bare=True,
)
"""Who owns a note is not read: nothing says that it could be written."""

PLACES: tuple[Place, ...] = (
    Place(
        module="Accounts",
        entity="company",
        columns=(
            *_address("Billing_", "Code"),
            Column("name", "Account_Name", texts.NAME),
            Column("domain", "Website", texts.WEBSITE),
            Column("phone", "Phone", texts.PHONE),
            Column("industry", "Industry", words.CHOICE),
            Column("employees", "Employees", measures.WHOLE),
            Column("annual_revenue", "Annual_Revenue", measures.DECIMAL),
            *_SHARED,
            _TAGS,
        ),
    ),
    Place(
        module="Contacts",
        entity="contact",
        system=("Account_Name",),
        columns=(*_address("Mailing_", "Zip"), *_PERSON, Column("job_title", "Title", texts.LINE)),
    ),
    Place(
        module="Leads",
        entity="lead",
        system=("Converted__s", "Converted_Contact"),
        columns=(
            *_address("", "Zip_Code"),
            *_PERSON,
            Column("company_name", "Company", texts.LINE),
            Column("job_title", "Designation", texts.LINE),
            Column("lead_status", "Lead_Status", words.STAGE),
            Column("industry", "Industry", words.CHOICE),
        ),
    ),
    Place(
        module="Deals",
        entity="deal",
        system=("Account_Name", "Contact_Name"),
        columns=(
            Column("title", "Deal_Name", texts.NAME),
            Column("amount", "Amount", measures.DECIMAL),
            Column("currency", "Currency", words.OPTION),
            Column("stage", "Stage", words.STAGE),
            Column("close_on", "Closing_Date", measures.DAY),
            Column("probability", "Probability", measures.PERCENT),
            Column("lead_source", "Lead_Source", words.CHOICE),
            Column("deal_type", "Type", words.CHOICE),
            *_SHARED,
            _TAGS,
        ),
    ),
    Place(
        module="Tasks",
        entity="activity",
        activity="task",
        system=_LINKS,
        columns=(
            Column("subject", "Subject", texts.NAME),
            Column("due_at", "Due_Date", measures.DUE),
            Column("status", "Status", words.TASK_STATUS),
            Column("priority", "Priority", words.PRIORITY),
            *_SHARED,
        ),
    ),
    Place(
        module="Events",
        entity="activity",
        activity="meeting",
        system=_LINKS,
        columns=(
            Column("subject", "Event_Title", texts.NAME),
            Column("starts_at", "Start_DateTime", measures.MOMENT),
            Column("ends_at", "End_DateTime", measures.MOMENT),
            *_SHARED,
        ),
    ),
    Place(
        module="Calls",
        entity="activity",
        activity="call",
        system=_LINKS,
        columns=(
            Column("subject", "Subject", texts.NAME),
            Column("direction", "Call_Type", words.DIRECTION),
            Column("starts_at", "Call_Start_Time", measures.MOMENT),
            Column("duration_s", "Call_Duration", measures.DURATION),
            Column("status", "Outbound_Call_Status", words.CALL_STATUS),
            *_SHARED,
        ),
    ),
    NOTES,
)
"""The country comes first: telephone numbers are read in it."""

BY_MODULE: Mapping[str, Place] = {each.module: each for each in PLACES}
CUSTOM_KINDS: Mapping[CustomKind, Kind] = {
    "text": texts.LINE,
    "long_text": texts.BLOCK,
    "number": measures.DECIMAL,
    "boolean": words.TRUTH,
    "date": measures.DAY,
    "datetime": measures.MOMENT,
    "choice": words.OPTION,
    "choices": words.OPTIONS,
    "url": texts.URL,
}


def places_of(entity: Entity) -> tuple[Place, ...]:
    """Return the modules that hold an entity."""
    return tuple(each for each in PLACES if each.entity == entity)


def columns(place: Place, lexicon: Lexicon) -> Iterable[Column]:
    """Yield the columns that the organisation has, the workspace's own fields after the others."""
    for each in place.columns:
        if each.field in lexicon.schema.shapes:
            yield each
    for each in lexicon.custom:
        shape = lexicon.schema.custom(each.label, each.remote_name)
        if shape is not None:
            yield Column(each.name, shape.name, CUSTOM_KINDS[each.kind])


def fields_to_read(place: Place, lexicon: Lexicon) -> tuple[str, ...]:
    """Return the API names an observation is made of, without repeats."""
    our_id = lexicon.schema.our_id
    mapped = [each.field for each in columns(place, lexicon)]
    more = [our_id.name] if our_id else []
    return tuple(dict.fromkeys(("Modified_Time", *more, *place.system, *mapped)))
