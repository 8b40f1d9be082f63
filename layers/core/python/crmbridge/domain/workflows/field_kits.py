"""Custom fields that belong together: what the social system and the repair shop keep in every CRM."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from crmbridge.domain.custom_fields import PREFIX, CustomField, CustomKind
from crmbridge.domain.declaration import Supports
from crmbridge.domain.records import Entity

_PLATFORMS = {"twitter": "Twitter", "instagram": "Instagram", "linkedin": "LinkedIn"}
_PROFILE: tuple[tuple[str, str, CustomKind], ...] = (
    ("username", "Username", "text"),
    ("url", "Profile URL", "url"),
    ("followers", "Followers", "number"),
)


def _of(entity: Entity, *wanted: tuple[str, str, CustomKind]) -> tuple[CustomField, ...]:
    return tuple(CustomField(entity, PREFIX + name, label, kind) for name, label, kind in wanted)


_SOCIAL: tuple[tuple[str, str, CustomKind], ...] = (
    *(
        (f"{platform}_{name}", f"{label} {words}", kind)
        for platform, label in _PLATFORMS.items()
        for name, words, kind in _PROFILE
    ),
    ("social_engagement_score", "Social Engagement Score", "number"),
    ("social_touchpoints", "Social Touchpoints", "number"),
    ("social_platform", "Primary Social Platform", "text"),
    ("social_sentiment", "Social Sentiment", "text"),
    ("social_conversation_id", "Social Conversation", "text"),
    ("social_last_interaction", "Last Social Interaction", "datetime"),
)

KITS: Mapping[str, tuple[CustomField, ...]] = {
    "social": (*_of("contact", *_SOCIAL), *_of("lead", *_SOCIAL)),
    "repair_shop": (
        *_of(
            "deal",
            ("booking_id", "Booking", "text"),
            ("repair_id", "Repair", "text"),
            ("device_type", "Device Type", "text"),
            ("device_model", "Device Model", "text"),
            ("issue", "Issue", "long_text"),
            ("repair_type", "Repair Type", "text"),
            ("service_type", "Service Type", "text"),
            ("urgency", "Urgency", "text"),
            ("repair_complexity_level", "Repair Complexity", "text"),
            ("parts_availability_status", "Parts Availability", "text"),
            ("total_cost", "Total Cost", "number"),
            ("warranty_months", "Warranty Months", "number"),
            ("warranty_until", "Warranty Until", "date"),
        ),
        *_of(
            "contact",
            ("preferred_device_type", "Preferred Device Type", "text"),
            ("repair_history_count", "Repair History Count", "number"),
            ("customer_lifetime_value", "Customer Lifetime Value", "number"),
            ("booking_count", "Booking Count", "number"),
            ("last_booking_on", "Last Booking", "date"),
            ("average_rating", "Average Rating", "number"),
            ("last_review", "Last Review", "long_text"),
            ("vip", "VIP", "boolean"),
            ("loyalty_points", "Loyalty Points", "number"),
            ("customer_since", "Customer Since", "date"),
        ),
    ),
}
"""By kit, its fields. Source: the founding systems' field lists; what is theirs by name keeps it in every CRM."""

_NAMED_THERE = {"salesforce": "{}__c", "hubspot": "{}"}
"""How the founding systems spell the names in CRMs whose names people see; elsewhere people see the label."""


def kit_for(kit: str, crm: str, supports: Supports, held: Iterable[CustomField]) -> tuple[CustomField, ...]:
    """Return the fields of a kit that an integration lacks and its CRM can have.

    Args:
        kit: a name in ``KITS``.
        crm: the connector's name.
        held: the integration's custom fields so far.
    """
    names = {(each.entity, each.name) for each in held}
    spelt = _NAMED_THERE.get(crm, "")
    return tuple(
        replace(each, remote_name=spelt.format(each.name.removeprefix(PREFIX)))
        for each in KITS[kit]
        if (each.entity, each.name) not in names
        and each.entity in supports.entities
        and f"{each.entity} custom fields" not in supports.not_built
    )
