"""HubSpot: contacts, companies, leads, deals and activities over the date-versioned CRM API."""

from __future__ import annotations

from datetime import date

from crmbridge.domain.declaration import Allowance, Connector, Limits, Rate, Supports
from crmbridge.domain.vocabulary import ACTIVITY_KINDS, FIELD_NAMES

OBJECTS_VERSION = "2026-09"
"""Version in the paths of records, searches and OAuth."""

VERSION = "2026-03"
"""Version in all other paths: 2026-09 has no published definition of them yet."""

EXTERNAL_ID = "crmbridge_id"
"""Our own unique property on every object."""

CONNECTOR = Connector(
    name="hubspot",
    label="HubSpot",
    api_version=OBJECTS_VERSION,
    api_version_ends_on=date(2027, 9, 30),  # eighteen months after the older of the two
    base_url="https://api.hubapi.com",
    docs_url="https://developers.hubspot.com/docs/api-reference/latest/overview",
    external_id_field=EXTERNAL_ID,
    supports=Supports(
        entities=("company", "contact", "lead", "deal", "activity"),
        fields={
            "company": (
                "name", "domain", "phone", "industry", "street", "city", "state", "postal_code", "country",
                "employees", "annual_revenue", "description", "owner",
            ),
            "contact": (
                "email", "first_name", "last_name", "phone", "mobile_phone", "job_title", "lead_status",
                "lifecycle_stage", "street", "city", "state", "postal_code", "country", "owner", "company",
            ),
            "lead": (
                "email", "first_name", "last_name", "company_name", "job_title", "phone", "mobile_phone",
                "lead_status", "industry", "street", "city", "state", "postal_code", "country", "owner",
            ),
            "deal": (
                "title", "amount", "currency", "stage", "close_on", "description", "deal_type", "owner",
                "company", "contacts",
            ),
            "activity": FIELD_NAMES["activity"],
        },
        activity_places={kind: f"{kind}s" for kind in ACTIVITY_KINDS},
        auth=("oauth", "token"),
        upsert=True,
        creates_by_upsert=False,  # a create takes its associations along, and our unique property guards it
        answers_values=True,
        webhooks=True,
        webhook_signature=True,
        reports_deletions=True,
        reports_merges=True,
        custom_fields=True,
        rewrites={
            "company.industry": "a list of options; words with a counterpart there become it, others are left out",
            "lead.lead_status": "a stage of the account's pipeline of leads, the nearest one, and never none",
            "deal.currency": "only currencies that the account has",
            "activity.subject": "notes have none",
            **dict.fromkeys(
                (
                    "activity.starts_at", "activity.due_at", "activity.ends_at", "activity.duration_s",
                    "activity.status", "activity.priority", "activity.direction",
                ),
                "not every kind of activity has it",
            ),
        },
        editions={"lead": "Sales Hub Professional or Enterprise"},
        reasons={
            "creates_by_upsert": (
                "a create takes its associations along, and our own unique property refuses a second one"
            ),
            "subscribes": (
                "webhooks belong to the application and tell of every account that has it: its owner sets them up"
                " once"
            ),
        },
        not_built={
            "lead.lead_source": "HubSpot's own source properties are computed and read-only",
            "lead.description": "neither leads nor contacts have such a property",
            "lead.tags": "records have no tags; a lead's label is one of three heats",
            "tickets": "a request for help is none of the records that are kept in step, and no other CRM here has any",
            "contact.lead_source": "HubSpot's own source properties are computed and read-only",
            "contact.description": "contacts have no such property",
            "deal.probability": "computed from the stage and read-only",
            "deal.lead_source": "HubSpot's own source properties are computed and read-only",
            "activity custom fields": "five objects hold activities, and none of them alone could hold such a field",
            **{f"{each}.tags": "records have no tags" for each in ("company", "contact", "deal")},
            "field times": "property history halves the size of a batch read",
            "uninstalling": "revoking ends our access; removing the app from the account is the customer's step",
        },
    ),
    limits=Limits(
        read_batch=100,
        write_batch=100,
        find_batch=100,
        list_page=100,
        lag_s=300,
        webhook_answer_s=5,
        rates=(
            Rate(calls=110, per_s=10, limit="x-hubspot-ratelimit-max", remaining="x-hubspot-ratelimit-remaining"),
            Rate(calls=5, per_s=1, only="/search", apart=True),
        ),
        allowances=(Allowance(limit="x-hubspot-ratelimit-daily", remaining="x-hubspot-ratelimit-daily-remaining"),),
    ),
)  # fmt: skip
