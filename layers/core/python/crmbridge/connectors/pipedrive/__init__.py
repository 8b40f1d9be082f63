"""Pipedrive: organizations, persons, deals, leads, activities and notes over API v2, and v1 where there is no v2."""

from __future__ import annotations

from crmbridge.domain.declaration import Allowance, Connector, Limits, Rate, Supports

EXTERNAL_ID = "CRM Bridge ID"
"""Name of our own field; its code is random in every company."""

_ADDRESS = ("street", "city", "state", "postal_code", "country")

CONNECTOR = Connector(
    name="pipedrive",
    label="Pipedrive",
    api_version="v2",
    api_version_ends_on=None,
    base_url="https://api.pipedrive.com",
    docs_url="https://developers.pipedrive.com/docs/api/v1",
    external_id_field=EXTERNAL_ID,
    supports=Supports(
        entities=("company", "contact", "deal", "lead", "activity"),
        fields={
            "company": ("name", "domain", "industry", *_ADDRESS, "employees", "annual_revenue", "owner", "tags"),
            "contact": (
                "email", "first_name", "last_name", "phone", "mobile_phone", "job_title", *_ADDRESS, "description",
                "owner", "company", "tags",
            ),
            "lead": (
                "email", "first_name", "last_name", "company_name", "job_title", "phone", "mobile_phone", *_ADDRESS,
                "description", "owner", "tags",
            ),
            "deal": (
                "title", "amount", "currency", "stage", "close_on", "probability", "owner", "company", "contacts",
                "tags",
            ),
            "activity": (
                "kind", "subject", "description", "starts_at", "due_at", "ends_at", "status", "duration_s", "owner",
                "company", "contacts", "deal",
            ),
        },
        auth=("oauth", "token"),
        upsert=False,
        creates_by_upsert=False,
        answers_values=True,
        webhooks=True,
        webhook_signature=False,  # HTTP Basic only
        reports_deletions=True,
        reports_merges=False,
        custom_fields=True,
        subscribes=True,
        activity_places={
            "note": "notes",
            "task": "activities",
            "call": "activities",
            "meeting": "activities",
            "email": "activities",
        },
        rewrites={
            **dict.fromkeys(("company.street", "contact.street", "lead.street"), "an address is one line"),
            "company.industry": "the account's own list; other words are left out",
            "deal.amount": "a deal without an amount has the amount 0",
            "company.annual_revenue": "whole units: cents are rounded",
            **{
                f"{entity}.{name}": "a person has one name, which Pipedrive takes apart at the first space"
                for entity in ("contact", "lead")
                for name in ("first_name", "last_name")
            },
            "lead.company_name": "it is the organization's, and moves with it",
            "activity.subject": "notes have none",
            **dict.fromkeys(
                ("activity.starts_at", "activity.due_at", "activity.ends_at", "activity.duration_s", "activity.status"),
                "not every kind of activity has it",
            ),
        },
        reasons={
            "upsert": "no field is unique there: our own id is looked up before a second try",
            "creates_by_upsert": "there is no upsert",
            "webhook_signature": "webhooks carry HTTP Basic credentials of ours and no signature",
            "reports_merges": "only webhooks tell who survived a merge; listings show the other one deleted",
        },
        not_built={
            "lead.lead_source": "source and origin of a lead are set by Pipedrive",
            "lead.lead_status": "leads are archived or not, and have labels; they have no status",
            "lead.industry": "it is the organization's, which several leads may share",
            "lead custom fields": "they are the deals' own, flat and in the format of an API that is out of support",
            "lead deletions in listings": "only webhooks tell of them; a lead that is gone answers 404",
            "lead conversion": "asynchronous there; a converted lead is gone, and its deal is a deal",
            "merges in listings": "only webhooks tell who survived a merge; listings show the other one deleted",
            "company.phone": "organizations have no such field",
            "company.description": "organizations have no such field",
            "contact.lead_source": "persons have no such field",
            "contact.lead_status": "persons have no such field",
            "contact.lifecycle_stage": "persons have no such field",
            "deal.lead_source": "origin and channel are set by Pipedrive",
            "deal.description": "deals have no such field; notes are activities",
            "deal.deal_type": "deals have no such field",
            "activity.priority": "its options are told to admins only, and differ in every company",
            "activity.direction": "activities have no such field",
            "activity.email_from": "e-mails are activities of type email here; the mailbox cannot be written",
            "activity.email_to": "e-mails are activities of type email here; the mailbox cannot be written",
            "activity custom fields": "activities and notes have none that can be made",
            "products": "not one of our entities",
            "uninstalling": "revoking ends our access; an uninstallation at Pipedrive is noticed by the next refresh",
        },
    ),
    limits=Limits(
        read_batch=100,
        write_batch=50,  # one call a row: there is no batch endpoint
        find_batch=50,  # one call a value
        list_page=500,
        lag_s=60,
        time_step_ms=1000,
        webhook_answer_s=10,
        rates=(
            Rate(calls=80, per_s=2, limit="x-ratelimit-limit", remaining="x-ratelimit-remaining"),
            Rate(calls=10, per_s=2, only="/search"),
        ),
        allowances=(
            Allowance(limit="x-daily-ratelimit-token-limit", remaining="x-daily-ratelimit-token-remaining"),
        ),
    ),
)  # fmt: skip
"""Source: Pipedrive's OpenAPI files, rate limiting, pagination, guide for webhooks v2."""
