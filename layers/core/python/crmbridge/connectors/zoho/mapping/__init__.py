"""Zoho's JSON as our records, and our values as Zoho's; pure."""

from __future__ import annotations

from crmbridge.connectors.zoho.mapping.columns import BY_MODULE, NOTES, PLACES, Column, Place, fields_to_read, places_of
from crmbridge.connectors.zoho.mapping.lexicon import Lexicon, zone_of
from crmbridge.connectors.zoho.mapping.observing import converted, link, observe, unreadable
from crmbridge.connectors.zoho.mapping.rendering import Payload, payload, project
from crmbridge.connectors.zoho.mapping.schema import Schema, Shape, schema_of
from crmbridge.connectors.zoho.mapping.stages import Choice, deal_stages, lead_statuses, stages_of

__all__ = [
    "BY_MODULE",
    "NOTES",
    "PLACES",
    "Choice",
    "Column",
    "Lexicon",
    "Payload",
    "Place",
    "Schema",
    "Shape",
    "converted",
    "deal_stages",
    "fields_to_read",
    "lead_statuses",
    "link",
    "observe",
    "payload",
    "places_of",
    "project",
    "schema_of",
    "stages_of",
    "unreadable",
    "zone_of",
]
