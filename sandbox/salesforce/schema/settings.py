"""What the org was set up with: stages and statuses; read only for the API.

Source: Salesforce object reference.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.salesforce.schema.field import boolean, number, text
from sandbox.salesforce.schema.objects import SObject, sobject

FORECAST_CATEGORIES = ("Omitted", "Pipeline", "Best Case", "Commit", "Closed")


@dataclass(frozen=True, slots=True)
class Stage:
    """One sales stage of the org.

    Attributes:
        probability: percent a new opportunity in this stage gets.
        category: label of the forecast category.
    """

    name: str
    probability: int
    category: str
    is_closed: bool = False
    is_won: bool = False


STAGES = (
    Stage("Prospecting", 10, "Pipeline"),
    Stage("Qualification", 10, "Pipeline"),
    Stage("Needs Analysis", 20, "Pipeline"),
    Stage("Value Proposition", 50, "Pipeline"),
    Stage("Id. Decision Makers", 60, "Pipeline"),
    Stage("Perception Analysis", 70, "Pipeline"),
    Stage("Proposal/Price Quote", 75, "Pipeline"),
    Stage("Negotiation/Review", 90, "Pipeline"),
    Stage("Closed Won", 100, "Closed", is_closed=True, is_won=True),
    Stage("Closed Lost", 0, "Omitted", is_closed=True),
)
STAGE_NAMES = tuple(stage.name for stage in STAGES)
TASK_STATUSES = ("Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred")


def opportunity_stage() -> SObject:
    """Declare OpportunityStage."""
    fields = [
        text("MasterLabel", 255),
        text("ApiName", 255, nillable=False),
        boolean("IsActive"),
        number("SortOrder", "int", (9, 0)),
        boolean("IsClosed"),
        boolean("IsWon"),
        text("ForecastCategory", 40),
        text("ForecastCategoryName", 40),
        number("DefaultProbability", "percent", (3, 0)),
        text("Description", 255),
    ]
    return sobject("OpportunityStage", "01J", fields, read_only=True, recycles=False)


def _statuses(name: str, flag: str) -> SObject:
    fields = [
        text("MasterLabel", 255),
        text("ApiName", 255, nillable=False),
        number("SortOrder", "int", (9, 0)),
        boolean("IsDefault"),
        boolean(flag),
    ]
    return sobject(name, "01J", fields, plural=f"{name}es", read_only=True, recycles=False)


def lead_status() -> SObject:
    """Declare LeadStatus."""
    return _statuses("LeadStatus", "IsConverted")


def task_status() -> SObject:
    """Declare TaskStatus."""
    return _statuses("TaskStatus", "IsClosed")


SETTINGS_OBJECTS = (opportunity_stage, lead_status, task_status)
