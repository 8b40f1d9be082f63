"""Pipedrive's JSON as our records, and our values as Pipedrive's; pure."""

from __future__ import annotations

from crmbridge.connectors.pipedrive.mapping.lexicon import Definition, Lexicon
from crmbridge.connectors.pipedrive.mapping.observing import observe
from crmbridge.connectors.pipedrive.mapping.projecting import body_of, project
from crmbridge.connectors.pipedrive.mapping.rules import RULES, ObjectRule
from crmbridge.connectors.pipedrive.mapping.stages import StageMap

__all__ = ["RULES", "Definition", "Lexicon", "ObjectRule", "StageMap", "body_of", "observe", "project"]
