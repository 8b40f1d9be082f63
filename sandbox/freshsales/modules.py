"""The modules of an account: their names in paths and bodies, their own fields, their views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.freshsales.fields import Field, standard


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One module.

    Attributes:
        plural: in paths and lists.
        singular: around one record, and in the paths of searches.
        model: as ``targetable_type`` names it.
        views: the views every account has; one called ``Recycle Bin`` holds what was deleted.
        includes: what ``include=`` may ask for.
    """

    plural: str
    singular: str
    model: str
    fields: Mapping[str, Field]
    views: tuple[str, ...]
    includes: frozenset[str]


_PLACE = ("address|Address", "city|City", "state|State", "zipcode|Zipcode", "country|Country")
_PAGES = ("facebook|Facebook", "twitter|Twitter", "linkedin|LinkedIn")
_OWNED = ("owner_id|Sales owner|selector:owners", "territory_id|Territory|selector:territories")

CONTACT = Module(
    plural="contacts",
    singular="contact",
    model="Contact",
    fields=standard(
        "first_name|First name", "last_name|Last name", "mobile_number|MobileNumber||u", "work_number|Work",
        "job_title|Job title", "department|Department", *_PLACE, "time_zone|Time zone", "medium|Medium",
        "keyword|Keyword", "external_id|ExternalId||u", *_PAGES, *_OWNED, "tags|Tags|list",
        "lead_source_id|Source|selector:lead_sources", "campaign_id|Campaign|selector:campaigns",
        "contact_status_id|Status|selector:contact_statuses",
        "lifecycle_stage_id|Lifecycle stage|selector:lifecycle_stages",
        "do_not_disturb|Do not disturb|checkbox", "has_authority|Has authority|checkbox",
        "lead_score|Score|number|o", "last_contacted|Last contacted|datetime|o",
    ),
    views=("All Contacts", "My Contacts", "New Last Week", "Recycle Bin"),
    includes=frozenset({
        "owner", "creater", "updater", "source", "campaign", "contact_status", "lifecycle_stage", "sales_accounts",
        "deals", "tasks", "appointments", "notes", "territory",
    }),
)  # fmt: skip

SALES_ACCOUNT = Module(
    plural="sales_accounts",
    singular="sales_account",
    model="SalesAccount",
    fields=standard(
        "name|Name||r", "website|Website", "phone|Phone", *_PLACE, "number_of_employees|Number of employees|number",
        "annual_revenue|Annual revenue|number", "external_id|ExternalId||u", *_PAGES, *_OWNED,
        "industry_type_id|Industry type|selector:industry_types",
        "business_type_id|Business type|selector:business_types",
        "parent_sales_account_id|Parent account|selector:sales_accounts",
        "last_contacted|Last contacted|datetime|o",
    ),
    views=("All Accounts", "My Accounts", "New Last Week", "Recycle Bin"),
    includes=frozenset({
        "owner", "creater", "updater", "territory", "business_type", "industry_type", "tasks", "appointments",
        "contacts", "deals", "notes", "child_sales_accounts",
    }),
)  # fmt: skip

DEAL = Module(
    plural="deals",
    singular="deal",
    model="Deal",
    fields=standard(
        "name|Name||r", "amount|Amount|number", "currency_id|Currency|selector:currencies",
        "expected_close|Expected close|date", "closed_date|Closed date|date|o", "probability|Probability|number",
        "deal_pipeline_id|Pipeline|selector:deal_pipelines", "deal_stage_id|Stage|selector:deal_stages",
        "deal_type_id|Type|selector:deal_types", "deal_reason_id|Lost reason|selector:deal_reasons",
        "lead_source_id|Source|selector:lead_sources", "campaign_id|Campaign|selector:campaigns",
        "sales_account_id|Account|selector:sales_accounts", *_OWNED, "age|Age|number|o",
        "base_currency_amount|Deal value in base currency|number|o",
    ),
    views=("Open Deals", "My Open Deals", "Won Deals", "Lost Deals", "Recycle Bin"),
    includes=frozenset({
        "sales_account", "owner", "campaign", "creater", "updater", "source", "contacts", "deal_stage", "deal_type",
        "deal_reason", "deal_pipeline", "currency", "probability", "territory", "tasks", "appointments", "notes",
    }),
)  # fmt: skip

MODULES: tuple[Module, ...] = (CONTACT, SALES_ACCOUNT, DEAL)
BY_PLURAL: Mapping[str, Module] = {each.plural: each for each in MODULES}
BY_SINGULAR: Mapping[str, Module] = {each.singular: each for each in MODULES}
BY_MODEL: Mapping[str, Module] = {each.model: each for each in MODULES}
