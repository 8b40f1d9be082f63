"""Which HubSpot property holds which canonical field, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from crmbridge.connectors.hubspot import EXTERNAL_ID
from crmbridge.domain.records import Entity

Kind: TypeAlias = Literal[
    "text", "multiline", "email", "phone", "domain", "integer", "decimal", "day", "choice", "stage", "owner",
    "flag", "date", "moment", "option", "options",
    "html", "stamp", "word", "milliseconds", "sender", "receivers",
]  # fmt: skip


CUSTOM_KINDS: frozenset[Kind] = frozenset(("flag", "date", "moment", "option", "options"))
"""Kinds that are read and written by ``custom``."""

ACTIVITY_KINDS: frozenset[Kind] = frozenset(("stamp", "word", "milliseconds", "sender", "receivers"))
"""Kinds that only activities have, beside ``html``."""


@dataclass(frozen=True, slots=True)
class PropertyRule:
    """One canonical field and the property that holds it.

    Attributes:
        options: of a custom field, as the workspace spells them.
        words: of a ``word``: HubSpot's values, each with the canonical word; the first of a word is written.
    """

    field: str
    property: str
    kind: Kind = "text"
    options: tuple[str, ...] = ()
    words: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectRule:
    """One entity and the object that holds it.

    Attributes:
        path: the object's name in paths.
        singular: its name in provisioning and messages.
        modified: the property that holds the modified time; contacts have their own.
        company_link: read-only property that names the primary company, or empty.
        linked: reference fields that only associations tell, with the object at the other end.
        extra: further properties to ask for when reading.
        pipeline: the properties that hold pipeline and stage, both empty without pipelines.
        kind: of activity that the object holds, or empty.
    """

    entity: Entity
    path: str
    singular: str
    modified: str
    properties: tuple[PropertyRule, ...]
    company_link: str = ""
    linked: Mapping[str, str]
    extra: tuple[str, ...] = ()
    pipeline: tuple[str, str] = ("", "")
    kind: str = ""

    def asked(self) -> tuple[str, ...]:
        """Return the properties to ask for when reading."""
        system = (self.company_link, self.modified, "hs_merged_object_ids", EXTERNAL_ID, self.pipeline[0], *self.extra)
        return tuple(dict.fromkeys((*(rule.property for rule in self.properties), *(each for each in system if each))))

    def staged(self) -> str:
        """Return the canonical field that a stage holds, empty without pipelines."""
        return next((rule.field for rule in self.properties if rule.kind == "stage"), "")


PERSON_OF_LEAD = "person"
"""Reference of a lead to its contact; it is the connector's own and told to nobody."""

TITLE_OF_LEAD = "title"
"""A lead's name, likewise."""

_ADDRESS = (
    PropertyRule("street", "address", "multiline"),
    PropertyRule("city", "city"),
    PropertyRule("state", "state"),
    PropertyRule("postal_code", "zip"),
    PropertyRule("country", "country"),
)
_OWNER = PropertyRule("owner", "hubspot_owner_id", "owner")

RULES: Mapping[Entity, ObjectRule] = {
    "contact": ObjectRule(
        entity="contact",
        path="contacts",
        singular="contact",
        modified="lastmodifieddate",
        company_link="associatedcompanyid",
        linked={},
        extra=("hs_additional_emails",),
        properties=(
            PropertyRule("email", "email", "email"),
            PropertyRule("first_name", "firstname"),
            PropertyRule("last_name", "lastname"),
            PropertyRule("phone", "phone", "phone"),
            PropertyRule("mobile_phone", "mobilephone", "phone"),
            PropertyRule("job_title", "jobtitle"),
            PropertyRule("lead_status", "hs_lead_status", "choice"),
            PropertyRule("lifecycle_stage", "lifecyclestage", "choice"),
            *_ADDRESS,
            _OWNER,
        ),
    ),
    "company": ObjectRule(
        entity="company",
        path="companies",
        singular="company",
        modified="hs_lastmodifieddate",
        linked={},
        properties=(
            PropertyRule("name", "name"),
            PropertyRule("domain", "domain", "domain"),
            PropertyRule("phone", "phone", "phone"),
            PropertyRule("industry", "industry", "choice"),
            *_ADDRESS,
            PropertyRule("employees", "numberofemployees", "integer"),
            PropertyRule("annual_revenue", "annualrevenue", "decimal"),
            PropertyRule("description", "description", "multiline"),
            _OWNER,
        ),
    ),
    "deal": ObjectRule(
        entity="deal",
        path="deals",
        singular="deal",
        modified="hs_lastmodifieddate",
        linked={"company": "companies", "contacts": "contacts"},
        pipeline=("pipeline", "dealstage"),
        properties=(
            PropertyRule("title", "dealname"),
            PropertyRule("amount", "amount", "decimal"),
            PropertyRule("currency", "deal_currency_code", "choice"),
            PropertyRule("stage", "dealstage", "stage"),
            PropertyRule("close_on", "closedate", "day"),
            PropertyRule("description", "description", "multiline"),
            PropertyRule("deal_type", "dealtype", "choice"),
            _OWNER,
        ),
    ),
    "lead": ObjectRule(
        entity="lead",
        path="leads",
        singular="lead",
        modified="hs_lastmodifieddate",
        linked={PERSON_OF_LEAD: "contacts"},
        pipeline=("hs_pipeline", "hs_pipeline_stage"),
        properties=(
            PropertyRule(TITLE_OF_LEAD, "hs_lead_name"),
            PropertyRule("lead_status", "hs_pipeline_stage", "stage"),
            _OWNER,
        ),
    ),
}
"""One rule per entity; that of leads holds what is the lead's own."""

PERSON = ObjectRule(
    entity="lead",
    path="contacts",
    singular="contact",
    modified="lastmodifieddate",
    linked={},
    extra=("hs_additional_emails",),
    properties=(
        PropertyRule("email", "email", "email"),
        PropertyRule("first_name", "firstname"),
        PropertyRule("last_name", "lastname"),
        PropertyRule("company_name", "company"),
        PropertyRule("job_title", "jobtitle"),
        PropertyRule("phone", "phone", "phone"),
        PropertyRule("mobile_phone", "mobilephone", "phone"),
        PropertyRule("industry", "industry"),
        *_ADDRESS,
    ),
)
"""The contact of a lead, which holds everything else we know of it."""
