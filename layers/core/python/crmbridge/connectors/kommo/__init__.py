"""Kommo (once amoCRM), declared: leads are deals here, and nothing can be deleted."""

from __future__ import annotations

from crmbridge.domain.declaration import Connector, Limits, Rate, Supports

EXTERNAL_ID = "CRMBRIDGE_ID"
"""Code of our own custom field on leads, contacts and companies; Kommo knows no unique fields."""

_NO_FIELD = "Kommo has no such field of its own; a custom field of the workspace can hold it"

CONNECTOR = Connector(
    name="kommo",
    label="Kommo",
    api_version="v4",
    api_version_ends_on=None,
    base_url="",
    docs_url="https://developers.kommo.com/reference/kommo-api-reference",
    external_id_field=EXTERNAL_ID,
    supports=Supports(
        entities=("company", "contact", "deal", "activity"),
        fields={
            "company": ("name", "domain", "phone", "street", "owner", "tags"),
            "contact": (
                "email", "first_name", "last_name", "phone", "mobile_phone", "job_title", "owner", "company", "tags",
            ),
            "deal": ("title", "amount", "currency", "stage", "owner", "company", "contacts", "tags"),
            "activity": (
                "kind", "subject", "description", "starts_at", "due_at", "status", "owner", "company", "contacts",
                "deal",
            ),
        },
        auth=("oauth", "token"),
        upsert=False,
        creates_by_upsert=False,
        answers_values=False,
        webhooks=True,
        webhook_signature=False,
        reports_deletions=True,
        reports_merges=True,
        custom_fields=True,
        subscribes=True,
        activity_places={"note": "notes", "task": "tasks", "meeting": "tasks"},
        rewrites={
            "deal.amount": "whole units: cents are rounded",
            "deal.currency": "an account has one",
            "deal.stage": "open stages are matched by name, else by their place in the pipeline",
            **{f"activity.{each}": "an activity is on one thing" for each in ("company", "contacts", "deal")},
            "activity.subject": "notes have none",
            **dict.fromkeys(("activity.starts_at", "activity.due_at"), "a task has one time and a note none"),
            "activity.status": "open or completed, and notes have none",
        },
        reasons={
            "upsert": "no field is unique there: our own id is looked up before a second try",
            "creates_by_upsert": "there is no upsert",
            "answers_values": "a write answers ids and times only, so what was written is read back",
            "webhook_signature": (
                "webhooks are not signed: the path holds a secret, and the account in the body has to be the "
                "integration's"
            ),
        },
        not_built={
            "lead": "what Kommo calls a lead has stages and a budget: it is a deal here",
            "deletes": "Kommo's API deletes no leads, contacts, companies, tasks or notes; people delete them there",
            "unsorted": "accepting and declining incoming leads are people's decisions; they are read as deals",
            "currencies": "an account has one; an amount in another keeps its number",
            **dict.fromkeys(
                ("company.industry", "company.employees", "company.annual_revenue", "company.description"), _NO_FIELD
            ),
            **{f"company.{each}": "an address is one text" for each in ("city", "state", "postal_code", "country")},
            **{f"contact.{each}": _NO_FIELD for each in ("street", "city", "state", "postal_code", "country")},
            **{f"contact.{each}": _NO_FIELD for each in ("description", "lead_source", "lead_status")},
            "contact.lifecycle_stage": _NO_FIELD,
            **dict.fromkeys(("deal.close_on", "deal.description", "deal.lead_source", "deal.deal_type"), _NO_FIELD),
            "deal.probability": "stages have none",
            "activity.call": "a call note needs the telephone number and the exchange it came through, "
            "which an activity does not tell",
            "activity.email": "e-mails cannot be written through the API",
            **{
                f"activity.{each}": "neither tasks nor notes have it"
                for each in ("ends_at", "priority", "direction", "duration_s", "email_from", "email_to")
            },
            "catalogues": "lists, invoices and customers are not synchronised",
            "chats": "messages and talks are no records here: their webhooks (add_message, add_talk) are not wanted",
            "links": "a link may move no modified time; links that people make come with full comparisons",
        },
    ),
    limits=Limits(
        read_batch=250,
        write_batch=50,
        find_batch=1,
        list_page=250,
        lag_s=300,
        time_step_ms=1000,
        webhook_answer_s=2,
        rates=(Rate(calls=7, per_s=1),),
        reserve=1 / 7,  # one call of seven
    ),
)  # fmt: skip
"""Source: Kommo, limitations: up to 250 rows are taken, 50 recommended."""
