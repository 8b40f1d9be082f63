"""Dynamics 365, declared: what its connector can do and within which limits."""

from __future__ import annotations

from crmbridge.domain.declaration import Allowance, Connector, Limits, Rate, Supports

_ADDRESS = ("street", "city", "state", "postal_code", "country")
_DESCRIBED = ("company", "contact", "lead", "deal")

CONNECTOR = Connector(
    name="dynamics",
    label="Dynamics 365",
    api_version="v9.2",
    api_version_ends_on=None,
    base_url="https://globaldisco.crm.dynamics.com",
    docs_url="https://learn.microsoft.com/power-apps/developer/data-platform/webapi/overview",
    external_id_field="crmb_recordid",
    supports=Supports(
        entities=("company", "contact", "lead", "deal", "activity"),
        fields={
            "company": (
                "name", "domain", "phone", "industry", *_ADDRESS, "employees", "annual_revenue", "description",
                "owner",
            ),
            "contact": (
                "email", "first_name", "last_name", "phone", "mobile_phone", "job_title", "lead_source", *_ADDRESS,
                "description", "owner", "company",
            ),
            "lead": (
                "email", "first_name", "last_name", "company_name", "job_title", "phone", "mobile_phone",
                "lead_source", "lead_status", "industry", *_ADDRESS, "description", "owner",
            ),
            "deal": (
                "title", "amount", "currency", "stage", "close_on", "probability", "description", "owner", "company",
                "contacts",
            ),
            "activity": (
                "kind", "subject", "description", "starts_at", "due_at", "ends_at", "status", "priority",
                "direction", "duration_s", "owner", "company", "contacts", "deal",
            ),
        },
        auth=("oauth",),
        upsert=True,
        creates_by_upsert=True,
        answers_values=True,
        webhooks=True,
        webhook_signature=False,
        reports_deletions=True,
        reports_merges=True,
        custom_fields=True,
        subscribes=True,
        activity_places={"note": "annotation", "task": "task", "call": "phonecall", "meeting": "appointment"},
        rewrites={
            **dict.fromkeys(
                ("company.industry", "lead.industry", "contact.lead_source", "lead.lead_source"),
                "options there; a word that is none is left out",
            ),
            **{f"{each}.description": "cut to the column's 2,000 characters" for each in _DESCRIBED},
            "deal.currency": "only currencies that the organization has",
            "deal.stage": "the sales stage column has four open stages; the nearest one is taken",
            **{f"activity.{each}": "an activity is about one row" for each in ("company", "contacts", "deal")},
            **dict.fromkeys(
                tuple(
                    f"activity.{each}"
                    for each in ("starts_at", "due_at", "ends_at", "duration_s", "status", "direction", "priority")
                ),
                "not every kind of activity has it",
            ),
        },
        reasons={
            "webhook_signature": (
                "calls are not signed: the path holds a secret, they carry a key of ours, and the organisation "
                "has to be the integration's"
            ),
        },
        not_built={
            **{f"{each}.tags": "rows have no tags there" for each in ("company", "contact", "lead", "deal")},
            "contact.lead_status": "contacts have no such column; leads do",
            "contact.lifecycle_stage": "there is no such column",
            "deal.lead_source": "opportunities have no such column",
            "deal.deal_type": "opportunities have no such column",
            "activity.email_from": "e-mails are not synchronised",
            "activity.email_to": "e-mails are not synchronised",
            "activity.email": "an e-mail there is a message with parties that the server sends; a copy of a sent one "
            "would look unsent, so none is written and none is read",
            "activity parties": "a phone call's and an appointment's people are party rows; only the row that an "
            "activity is about (one company, contact or deal) is synchronised",
            "business process flows": "the stage of a deal is its sales stage column, its state and its status; the "
            "stage of a process instance is neither read nor moved",
            "client_credentials": "an application user has no consent page and no refresh token; the ports know web "
            "consent and static tokens only",
            "conditional_writes": "every update forbids a create (If-Match: *), but none carries an ETag: what is to "
            "be written does not say which version it was decided on",
            "revocation": "Entra ID revokes no single grant; access ends when an administrator removes the consent",
            "lead_conversion": "qualifying writes no account, contact or opportunity; conversions made by people are "
            "read as qualified leads, and what they made as records of its own",
        },
    ),
    limits=Limits(
        read_batch=200,
        write_batch=100,
        find_batch=100,
        list_page=200,
        lag_s=300,
        time_step_ms=1000,
        webhook_answer_s=60,
        rates=(Rate(calls=6_000, per_s=300, remaining="x-ms-ratelimit-burst-remaining-xrm-requests"),),
        allowances=(
            Allowance(most=1_200, per_s=300, rolls=True, remaining="x-ms-ratelimit-time-remaining-xrm-requests"),
        ),  # seconds of execution
    ),
)  # fmt: skip
"""Source: Dataverse developer guide (service protection limits, batch operations, page results, webhooks).

``base_url`` is where organizations are found; every grant names its own organization's host."""
