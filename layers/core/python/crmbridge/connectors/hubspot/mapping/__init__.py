"""HubSpot's JSON as our records, and our values as HubSpot's; pure."""

from __future__ import annotations

from crmbridge.connectors.hubspot.mapping.activities import ACTIVITY_RULES, HEADERS, completed
from crmbridge.connectors.hubspot.mapping.answers import (
    AccountDetails,
    AssociationPage,
    BatchAnswer,
    ErrorBody,
    Linked,
    ListAnswer,
    OwnerPage,
    PipelineList,
    Property,
    PropertyList,
    Row,
)
from crmbridge.connectors.hubspot.mapping.custom import all_options, definition_of, is_fit, property_name, with_custom
from crmbridge.connectors.hubspot.mapping.lexicon import Lexicon, choice_of, lexicon_of
from crmbridge.connectors.hubspot.mapping.observing import (
    external_ids,
    gone_at,
    inline_refs,
    linked_refs,
    merged_ids,
    observe,
)
from crmbridge.connectors.hubspot.mapping.projecting import project, properties_to_write
from crmbridge.connectors.hubspot.mapping.rules import (
    PERSON,
    PERSON_OF_LEAD,
    RULES,
    TITLE_OF_LEAD,
    ObjectRule,
    PropertyRule,
)
from crmbridge.connectors.hubspot.mapping.stages import StageMap, lead_stages_of, stages_of

__all__ = [
    "ACTIVITY_RULES",
    "HEADERS",
    "PERSON",
    "PERSON_OF_LEAD",
    "RULES",
    "TITLE_OF_LEAD",
    "AccountDetails",
    "AssociationPage",
    "BatchAnswer",
    "ErrorBody",
    "Lexicon",
    "Linked",
    "ListAnswer",
    "ObjectRule",
    "OwnerPage",
    "PipelineList",
    "Property",
    "PropertyList",
    "PropertyRule",
    "Row",
    "StageMap",
    "all_options",
    "choice_of",
    "completed",
    "definition_of",
    "external_ids",
    "gone_at",
    "inline_refs",
    "is_fit",
    "lead_stages_of",
    "lexicon_of",
    "linked_refs",
    "merged_ids",
    "observe",
    "project",
    "properties_to_write",
    "property_name",
    "stages_of",
    "with_custom",
]
