"""Salesforce, declared: what its connector can do and within which limits."""

from crmbridge.domain.declaration import Allowance, Connector, Limits, Supports
from crmbridge.domain.vocabulary import FIELD_NAMES, Entity

_ENTITIES: tuple[Entity, ...] = ("company", "contact", "lead", "deal", "activity")
_ABSENT = {"contact": ("lead_status", "lifecycle_stage", "tags"), "activity": ("email_from", "email_to")}
"""Fields that an object there does not have, beside tags."""

CONNECTOR = Connector(
    name="salesforce",
    label="Salesforce",
    api_version="67.0",
    api_version_ends_on=None,
    base_url="",
    docs_url="https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/",
    external_id_field="CrmBridge_Id__c",
    supports=Supports(
        entities=_ENTITIES,
        fields={
            entity: tuple(each for each in FIELD_NAMES[entity] if each not in _ABSENT.get(entity, ("tags",)))
            for entity in _ENTITIES
        },
        exports=("company", "contact", "lead", "activity"),
        loads=("company", "contact", "lead"),
        activity_places={"task": "Task", "call": "Task", "email": "Task", "meeting": "Event"},
        auth=("oauth", "jwt_bearer"),
        upsert=True,
        creates_by_upsert=True,
        answers_values=False,
        webhooks=True,
        webhook_signature=False,
        reports_deletions=True,
        reports_merges=True,
        custom_fields=True,
        rewrites={
            "company.annual_revenue": "whole units: cents are rounded",
            "deal.probability": "moves with the stage",
            "deal.currency": "only where the organisation keeps several currencies, and only those",
            **{f"activity.{each}": "one contact, and one other record" for each in ("company", "contacts", "deal")},
            **dict.fromkeys(("activity.due_at", "activity.starts_at"), "a task has a day and no time"),
            **dict.fromkeys(
                tuple(f"activity.{each}" for each in ("ends_at", "status", "priority", "direction", "duration_s")),
                "not every kind of activity has it",
            ),
        },
        reasons={
            "answers_values": "batches answer ids and errors only, so what was written is read back",
            "webhook_signature": (
                "Outbound Messages are not signed: the path holds a secret, and the organisation has to be the "
                "integration's"
            ),
            "subscribes": (
                "Outbound Messages are parts of flows that an administrator designs; change events come by an "
                "Event Relay"
            ),
        },
        not_built={
            "pub_sub_api": "a gRPC stream needs a process that stays; change events come by Event Relay instead",
            "lead_conversion": "plain REST cannot convert a lead; conversions made in Salesforce are followed",
            "person_accounts": "one row is an account and a contact at once; such rows are passed over",
            "conditional_writes": "If-Unmodified-Since exists for single records only, not for Collections",
            "activity.note": "a note (ContentNote) takes no fields of ours and hangs on records by rows of its own",
            "activity.email_from": "e-mails are tasks of the subtype Email; an EmailMessage cannot be changed once it "
            "is sent, and makes such a task by itself",
            "activity.email_to": "as email_from",
            "activity custom fields": "tasks and events share them under another name than other objects' fields",
            "contact.lead_status": "contacts have no status; leads do",
            "contact.lifecycle_stage": "contacts have no such field",
            "tags": "topics are a feature of Chatter, switched on per object, not a field",
            "contact_roles": "which contacts a deal has is synchronised, the words for their roles are not",
        },
    ),
    limits=Limits(
        read_batch=200,
        write_batch=200,
        find_batch=100,
        list_page=200,
        lag_s=300,
        load_min=2_000,
        load_max=5_000,
        time_step_ms=1000,
        webhook_answer_s=60,
        allowances=(Allowance(usage="sforce-limit-info", rolls=True),),
    ),
)
"""Source: Salesforce REST API guide (Collections, query), Bulk API 2.0 guide, outbound messaging notes."""
