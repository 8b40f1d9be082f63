"""Freshsales, declared: contacts, accounts, deals and activities of one account, by one user's API key."""

from __future__ import annotations

from crmbridge.domain.declaration import Connector, Limits, Rate, Supports

EXTERNAL_ID = "cf_crm_bridge_id"
"""Our own unique custom field, made by a person: the API makes none."""

EXTERNAL_ID_LABEL = "CRM Bridge ID"

CONNECTOR = Connector(
    name="freshsales",
    label="Freshsales",
    api_version="unversioned",
    api_version_ends_on=None,
    base_url="",
    docs_url="https://developers.freshworks.com/crm/api/",
    external_id_field=EXTERNAL_ID,
    supports=Supports(
        entities=("company", "contact", "deal", "activity"),
        fields={
            "company": (
                "name", "domain", "phone", "industry", "street", "city", "state", "postal_code", "country",
                "employees", "annual_revenue", "owner",
            ),
            "contact": (
                "email", "first_name", "last_name", "phone", "mobile_phone", "job_title", "lead_source",
                "lead_status", "lifecycle_stage", "street", "city", "state", "postal_code", "country", "owner",
                "company", "tags",
            ),
            "deal": (
                "title", "amount", "currency", "stage", "close_on", "lead_source", "deal_type", "owner", "company",
                "contacts",
            ),
            "activity": (
                "kind", "subject", "description", "starts_at", "due_at", "ends_at", "status", "owner", "company",
                "contacts", "deal",
            ),
        },
        auth=("token",),
        upsert=True,
        creates_by_upsert=False,  # a refused create tells that the record exists, an upsert does not
        answers_values=True,
        webhooks=True,
        webhook_signature=False,
        reports_deletions=True,
        reports_merges=False,
        custom_fields=False,
        activity_places={
            "note": "notes",
            "task": "tasks",
            "call": "sales_activities",
            "meeting": "appointments",
            "email": "sales_activities",
        },
        rewrites={
            **dict.fromkeys(
                ("company.industry", "contact.lead_source", "contact.lead_status"),
                "the account's own list; other words are left out"
            ),
            "deal.currency": "only currencies that the account has",
            **{f"activity.{each}": "an activity is about one record" for each in ("company", "contacts", "deal")},
            "activity.subject": "notes have none",
            **dict.fromkeys(
                ("activity.starts_at", "activity.due_at", "activity.ends_at", "activity.status"),
                "not every kind of activity has it",
            ),
        },
        reasons={
            "creates_by_upsert": "a refused create tells that the record exists; an upsert does not",
            "webhook_signature": (
                "workflows sign nothing: the path holds a secret, and the account named in the body has to be the"
                " integration's"
            ),
            "reports_merges": (
                "how a merge shows is not documented; the record that was merged away goes as a deleted one does"
            ),
            "custom_fields": "they are found, read and written, but made by people: the API makes none",
            "subscribes": (
                "workflows are designed by an administrator in the vendor's screens; there is no API for them"
            ),
        },
        not_built={
            "oauth": "Freshworks' OAuth belongs to its organisations, needs an app that is registered there, and "
            "nothing tells which CRM account its tokens open; an API key does all that we need",
            "leads": "the new suite has none: a lead there is a contact with a life-cycle stage",
            "company.description": "accounts have no such field",
            "company.tags": "only contacts have tags",
            "contact.description": "writing it makes the vendor lose other fields of the same request",
            "deal.description": "deals have no such field",
            "deal.probability": "moves with the stage; writing it would fight the stage",
            "deal.tags": "only contacts have tags",
            "deletions of activities": "the vendor keeps no trace of them",
            "phone_calls": "logs calls of the vendor's own telephony; ours are sales activities of the type Phone",
            **{
                f"activity.{name}": "none of the vendor's activities has such a field"
                for name in ("priority", "direction", "duration_s", "email_from", "email_to")
            },
            "bulk_destroy": "what it answers is not documented; records are deleted one by one",
        },
    ),
    limits=Limits(
        read_batch=50,
        write_batch=100,
        find_batch=25,
        list_page=100,
        lag_s=600,
        time_step_ms=1000,
        webhook_answer_s=10,
        rates=(
            Rate(
                calls=1_000,
                per_s=3_600,
                rolls=False,
                limit="x-ratelimit-limit",
                remaining="x-ratelimit-remaining",
                reset="x-ratelimit-reset",
            ),
        ),
    ),
)  # fmt: skip
"""Sources: the vendor's reference as far as it is quoted, and clients that run in production; see the docs page."""
