"""Salesflare: accounts, contacts, opportunities and what happens around them, by API key and without webhooks."""

from __future__ import annotations

from crmbridge.domain.declaration import Connector, Limits, Rate, Supports

EXTERNAL_ID = "crmbridge_id"
"""Our own custom field on accounts, contacts and opportunities; Salesflare has no unique fields."""

PLACES = {"note": "message", "task": "task", "call": "call", "meeting": "meeting"}
"""Where each kind of activity is kept, as the first part of its external id says."""

_ADDRESS = ("street", "city", "state", "postal_code", "country")

CONNECTOR = Connector(
    name="salesflare",
    label="Salesflare",
    api_version="1.0.0",  # of its Swagger file; paths carry none
    api_version_ends_on=None,
    base_url="https://api.salesflare.com",
    docs_url="https://api.salesflare.com/docs",
    external_id_field=EXTERNAL_ID,
    supports=Supports(
        entities=("company", "contact", "deal", "activity"),
        fields={
            "company": ("name", "domain", "phone", *_ADDRESS, "employees", "description", "tags"),
            "contact": (
                "email", "first_name", "last_name", "phone", "mobile_phone", "job_title", *_ADDRESS, "owner",
                "company", "tags",
            ),
            "deal": ("title", "amount", "stage", "close_on", "probability", "owner", "company", "tags"),
            "activity": (
                "kind", "subject", "description", "starts_at", "due_at", "ends_at", "status", "owner", "company",
                "contacts",
            ),
        },
        auth=("token",),
        upsert=False,
        creates_by_upsert=False,
        answers_values=False,
        webhooks=False,
        webhook_signature=False,
        reports_deletions=True,
        reports_merges=False,
        custom_fields=True,
        activity_places=PLACES,
        rewrites={
            "deal.stage": "the pipeline's own stages; the nearest one is taken",
            "deal.probability": "moves with the stage",
            **dict.fromkeys(
                ("activity.company", "activity.contacts"),
                "notes and tasks are about an account, meetings and calls about the contacts who took part",
            ),
            "activity.subject": "notes have none; a meeting's or call's can be said when it is made, and not changed",
            **dict.fromkeys(
                ("activity.starts_at", "activity.due_at", "activity.ends_at", "activity.status"),
                "not every kind of activity has it, and a meeting's times cannot change",
            ),
        },
        refuses={
            "deal": "an opportunity needs an account",
            "activity.note": "needs a text, and the company it is about",
            **dict.fromkeys(("activity.meeting", "activity.call"), "needs the time it began, and a contact"),
        },
        reasons={
            "upsert": "no field is unique; update_if_exists matches by a rule that is not published",
            "creates_by_upsert": "there is no upsert by our own id",
            "answers_values": "a write answers an id only, so what was written is read back",
            "webhooks": "the API has none: changes are found by reading at every interval",
            "webhook_signature": "there are no webhooks",
            "reports_merges": "a merged record leaves no trace in the API",
            "subscribes": "there are no webhooks",
        },
        not_built={
            "leads": "Salesflare has no lead object that its API writes",
            "webhooks": "the API has none: changes are found by reading",
            "deletions of company, deal, activity": "no answer tells a deleted one from one that may not be seen",
            "merges": "a merged record leaves no trace in the API",
            "upsert": "no field is unique; update_if_exists matches by a rule that is not published",
            "company.owner": "can be given when an account is made, and not changed",
            "company.industry": "accounts have no such field",
            "company.annual_revenue": "accounts have no such field",
            **{
                f"contact.{name}": "contacts have no such field"
                for name in ("lead_source", "lead_status", "lifecycle_stage", "description")
            },
            "deal.currency": "can be given when an opportunity is made, and not changed; its pipeline has one",
            "deal.contacts": "an opportunity has one main contact, and no list",
            "deal.lead_source": "the list of sources cannot be read",
            "deal.description": "opportunities have no such field",
            "deal.deal_type": "opportunities have no such field",
            "activity.email": "e-mails are collected from mail boxes and cannot be written",
            **{
                f"activity.{name}": "neither tasks nor meetings, calls or notes have such a field"
                for name in ("priority", "direction", "duration_s", "email_from", "email_to", "deal")
            },
        },
    ),
    limits=Limits(
        read_batch=100,  # ids in one listing; no page longer than 100 is known to be answered
        write_batch=50,  # only contacts go in one call, and the vendor names no limit
        find_batch=50,
        list_page=100,
        lag_s=300,  # a saved record was seen to take up to four minutes until it could be searched
        time_step_ms=1000,
        rates=(Rate(calls=5, per_s=1),),  # our own: the vendor names none
    ),
)  # fmt: skip
