"""Zoho CRM, declared: leads, contacts, accounts, deals and activities over version 8 of its REST API."""

from __future__ import annotations

from crmbridge.domain.declaration import Allowance, Connector, Limits, Supports

VERSION = "v8"
EXTERNAL_ID = "CrmBridge_ID"
"""API name that Zoho makes of our own field's label."""

EXTERNAL_ID_LABEL = "CrmBridge ID"

_PERSON = (
    "email", "first_name", "last_name", "phone", "mobile_phone", "job_title", "lead_source", "street", "city",
    "state", "postal_code", "country", "description", "owner", "tags",
)  # fmt: skip

CONNECTOR = Connector(
    name="zoho",
    label="Zoho CRM",
    api_version=VERSION,
    api_version_ends_on=None,
    base_url="https://www.zohoapis.com",
    docs_url="https://www.zoho.com/crm/developer/docs/api/v8/",
    external_id_field=EXTERNAL_ID,
    supports=Supports(
        entities=("company", "contact", "lead", "deal", "activity"),
        fields={
            "company": (
                "name", "domain", "phone", "industry", "street", "city", "state", "postal_code", "country",
                "employees", "annual_revenue", "description", "owner", "tags",
            ),
            "contact": (*_PERSON, "company"),
            "lead": (*_PERSON, "company_name", "lead_status", "industry"),
            "deal": (
                "title", "amount", "currency", "stage", "close_on", "probability", "lead_source", "description",
                "deal_type", "owner", "company", "contacts", "tags",
            ),
            "activity": (
                "kind", "subject", "description", "starts_at", "due_at", "ends_at", "status", "priority",
                "direction", "duration_s", "owner", "company", "contacts", "deal",
            ),
        },
        auth=("oauth",),
        upsert=True,
        creates_by_upsert=False,  # an upsert also looks at every other unique field and would write over its holder
        answers_values=False,
        webhooks=True,
        webhook_signature=False,
        reports_deletions=True,
        reports_merges=False,
        custom_fields=True,
        subscribes=True,
        activity_places={"task": "Tasks", "meeting": "Events", "call": "Calls", "note": "Notes"},
        rewrites={
            **{f"{each}.street": "one line" for each in ("company", "contact", "lead")},
            "deal.currency": "only where the organisation keeps several currencies, and only those",
            "deal.probability": "moves with the stage",
            **{f"activity.{each}": "one contact, and one other record" for each in ("company", "contacts", "deal")},
            "activity.due_at": "tasks are due on a day",
            **dict.fromkeys(
                (
                    "activity.starts_at", "activity.ends_at", "activity.duration_s", "activity.status",
                    "activity.priority", "activity.direction",
                ),
                "not every kind of activity has it",
            ),
        },
        refuses={"activity.note": "needs a deal, a contact or a company that it is on"},
        reasons={
            "creates_by_upsert": "an upsert also looks at every other unique field, and would write over its holder",
            "answers_values": "a write answers ids and times only, so what was written is read back",
            "webhook_signature": (
                "notifications are not signed: the path holds a secret, and a token made of it comes back with "
                "each call"
            ),
            "reports_merges": "a record that was merged away is listed as deleted; nothing names its survivor",
        },
        not_built={
            "activity upsert": "tasks, meetings and calls have none; a create that meets its own record is told so",
            "contact.lead_status": "contacts have no status",
            "contact.lifecycle_stage": "contacts have no life-cycle stage",
            "activity.email_from": "e-mails are not built",
            "activity.email_to": "e-mails are not built",
            "deletions of notes": "no answer tells a deleted note from one that may not be seen",
            "notifications of notes": "there are none: they are read at every interval",
            "activity.email": "e-mails of a record can be sent and listed, not stored",
            "bulk read and write": "their results are files of jobs that outlive one worker",
            "convert_lead": "converting is a person's decision; conversions made in Zoho are followed",
            "participants": "a meeting's participants beside its contact are not mapped",
            "self client and client credentials": "the consent page is the only way that names an organisation",
        },
    ),
    limits=Limits(
        read_batch=50,
        write_batch=100,
        find_batch=50,
        list_page=200,
        lag_s=300,
        time_step_ms=1000,
        webhook_answer_s=5,
        allowances=(Allowance(remaining="x-api-credits-remaining", told_below=0.5, rolls=True),),
    ),
)  # fmt: skip
"""Source: Zoho CRM API v8, records, COQL limitations, notifications. The ids of a read fit into the 1,024 characters
that the first-party OpenAPI file allows them."""
