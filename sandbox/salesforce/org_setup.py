"""The furniture of a new org: people, profiles, permission sets, stages, a queue."""

from __future__ import annotations

from sandbox.salesforce.org import Org
from sandbox.salesforce.schema.people import LEAD_STATUSES
from sandbox.salesforce.schema.settings import STAGES, TASK_STATUSES

ORGANIZATION_NAME = "Northwind Trading (invented)"
_PEOPLE = (
    ("admin", "Ada", "Admin", True),
    ("integration", "Ines", "Integration", True),
    ("rep", "Rosa", "Rep", True),
    ("seller", "Sven", "Seller", True),
    ("former", "Fay", "Former", False),
)


def furnish(org: Org) -> None:
    """Fill a new org with what it cannot be without."""
    organization = org.store_quietly(
        "Organization",
        {
            "Name": ORGANIZATION_NAME,
            "OrganizationType": "Enterprise Edition",
            "InstanceName": "SBX1",
            "IsSandbox": False,
            "DefaultLocaleSidKey": "en_US",
            "LanguageLocaleKey": "en_US",
            "TimeZoneSidKey": "GMT",
        },
    )
    org.organization_id = organization["Id"]
    profiles = {
        name: org.store_quietly("Profile", {"Name": name})["Id"] for name in ("System Administrator", "Standard User")
    }
    sets = {name: _profile_set(org, name, profile_id) for name, profile_id in profiles.items()}
    for key, first, last, active in _PEOPLE:
        profile = "System Administrator" if key in {"admin", "integration"} else "Standard User"
        org.users[key] = _person(org, first, last, active=active, profile_id=profiles[profile])
        assigned = {"PermissionSetId": sets[profile], "AssigneeId": org.users[key]}
        org.store_quietly("PermissionSetAssignment", assigned)
    queue = {"Name": "Inbound Leads", "DeveloperName": "Inbound_Leads", "Type": "Queue"}
    org.queue_id = org.store_quietly("Group", queue)["Id"]
    org.switches.assignment_rules = {"Lead": org.queue_id}
    _settings(org)


def _profile_set(org: Org, name: str, profile_id: str) -> str:
    row = {
        "Name": f"X00e{len(org.tables['PermissionSet']):04d}",
        "Label": name,
        "ProfileId": profile_id,
        "IsOwnedByProfile": True,
        "IsCustom": False,
    }
    return org.store_quietly("PermissionSet", row)["Id"]


def _person(org: Org, first: str, last: str, *, active: bool, profile_id: str) -> str:
    handle = f"{first}.{last}".lower()
    row = {
        "Username": f"{handle}@northwind.example",
        "FirstName": first,
        "LastName": last,
        "Name": f"{first} {last}",
        "Email": f"{handle}@northwind.example",
        "Alias": last[:8].lower(),
        "CommunityNickname": handle,
        "CompanyName": "Northwind Trading",
        "IsActive": active,
        "TimeZoneSidKey": "GMT",
        "LocaleSidKey": "en_US",
        "EmailEncodingKey": "UTF-8",
        "LanguageLocaleKey": "en_US",
        "ProfileId": profile_id,
        "UserType": "Standard",
    }
    return org.store_quietly("User", row)["Id"]


def _settings(org: Org) -> None:
    for place, stage in enumerate(STAGES, start=1):
        row = {
            "MasterLabel": stage.name,
            "ApiName": stage.name,
            "IsActive": True,
            "SortOrder": place,
            "IsClosed": stage.is_closed,
            "IsWon": stage.is_won,
            "ForecastCategory": stage.category.replace(" ", ""),
            "ForecastCategoryName": stage.category,
            "DefaultProbability": float(stage.probability),
        }
        org.store_quietly("OpportunityStage", row)
    for place, name in enumerate(LEAD_STATUSES, start=1):
        row = {"MasterLabel": name, "ApiName": name, "SortOrder": place, "IsDefault": place == 1}
        org.store_quietly("LeadStatus", {**row, "IsConverted": name == "Closed - Converted"})
    for place, name in enumerate(TASK_STATUSES, start=1):
        row = {"MasterLabel": name, "ApiName": name, "SortOrder": place, "IsDefault": place == 1}
        org.store_quietly("TaskStatus", {**row, "IsClosed": name == "Completed"})
