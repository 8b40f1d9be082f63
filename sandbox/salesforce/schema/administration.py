"""Users, groups, permission sets, the organisation, and custom fields.

Source: Salesforce object reference and tooling object reference.
"""

from __future__ import annotations

from sandbox.salesforce.schema.field import (
    boolean,
    email,
    phone,
    picklist,
    read_only,
    reference,
    text,
)
from sandbox.salesforce.schema.objects import SObject, address, sobject


def user() -> SObject:
    """Declare User."""
    fields = [
        text("Username", 80, nillable=False, id_lookup=True),
        text("LastName", 80, nillable=False, compound="Name"),
        text("FirstName", 40, compound="Name"),
        read_only(text("Name", 121, nillable=False, name_field=True, label="Full Name")),
        text("CompanyName", 80),
        text("Department", 80),
        text("Title", 80),
        *address(""),
        email("Email", nillable=False, length=128),
        phone("Phone"),
        phone("MobilePhone", label="Cell"),
        text("Alias", 8, nillable=False),
        text("CommunityNickname", 40, nillable=False, label="Nickname"),
        boolean("IsActive", default=True, label="Active"),
        picklist("TimeZoneSidKey", ("Europe/Berlin", "America/Los_Angeles", "GMT"), nillable=False),
        picklist("LocaleSidKey", ("en_US", "en_GB", "de_DE"), nillable=False),
        picklist("EmailEncodingKey", ("UTF-8", "ISO-8859-1"), nillable=False),
        picklist("LanguageLocaleKey", ("en_US", "de", "es"), nillable=False),
        reference("ProfileId", "Profile", nillable=False),
        read_only(picklist("UserType", ("Standard", "Guest", "AutomatedProcess"))),
        reference("ManagerId", "User"),
    ]
    return sobject("User", "005", fields, recycles=False)


def group() -> SObject:
    """Declare Group; a queue is a group of type ``Queue``."""
    fields = [
        text("Name", 40, nillable=False, name_field=True),
        text("DeveloperName", 80),
        picklist("Type", ("Regular", "Role", "Organization", "Queue"), nillable=False, updateable=False),
        email("Email"),
    ]
    return sobject("Group", "00G", fields, recycles=False)


def profile() -> SObject:
    """Declare Profile."""
    fields = [text("Name", 255, nillable=False, name_field=True), text("Description", 255)]
    return sobject("Profile", "00e", fields, read_only=True, recycles=False)


def organization() -> SObject:
    """Declare Organization, of which there is one."""
    fields = [
        text("Name", 80, nillable=False, name_field=True),
        text("OrganizationType", 40),
        text("InstanceName", 5),
        boolean("IsSandbox"),
        text("NamespacePrefix", 15),
        text("DefaultLocaleSidKey", 40),
        text("LanguageLocaleKey", 40),
        text("TimeZoneSidKey", 40),
    ]
    return sobject("Organization", "00D", fields, read_only=True, recycles=False)


def permission_set() -> SObject:
    """Declare PermissionSet; each profile owns one that clients cannot assign."""
    fields = [
        text("Name", 80, nillable=False, unique=True, label="Permission Set Name"),
        text("Label", 80, nillable=False, name_field=True, label="Permission Set Label"),
        text("Description", 255),
        read_only(reference("ProfileId", "Profile")),
        read_only(boolean("IsOwnedByProfile")),
        read_only(boolean("IsCustom", default=True)),
        text("NamespacePrefix", 15, createable=False, updateable=False),
    ]
    return sobject("PermissionSet", "0PS", fields, recycles=False)


def permission_set_assignment() -> SObject:
    """Declare PermissionSetAssignment; the same pair twice is refused."""
    fields = [
        reference(
            "PermissionSetId",
            "PermissionSet",
            nillable=False,
            updateable=False,
            children=(("PermissionSet", "Assignments"),),
        ),
        reference(
            "AssigneeId",
            "User",
            nillable=False,
            updateable=False,
            children=(("User", "PermissionSetAssignments"),),
        ),
    ]
    return sobject("PermissionSetAssignment", "0Pa", fields, recycles=False)


def field_permissions() -> SObject:
    """Declare FieldPermissions, one row per permission set and field."""
    fields = [
        reference(
            "ParentId",
            "PermissionSet",
            nillable=False,
            updateable=False,
            children=(("PermissionSet", "FieldPerms"),),
        ),
        text("SobjectType", 40, nillable=False, updateable=False),
        text("Field", 255, nillable=False, updateable=False, label="Field Name"),
        boolean("PermissionsRead"),
        boolean("PermissionsEdit"),
    ]
    return sobject(
        "FieldPermissions",
        "01k",
        fields,
        plural="FieldPermissions",
        recycles=False,
        unique_together=(("ParentId", "Field"),),
    )


def custom_field() -> SObject:
    """Declare CustomField of the tooling API; metadata is kept apart from the row."""
    fields = [
        text("DeveloperName", 40, nillable=False),
        text("TableEnumOrId", 40),
        text("NamespacePrefix", 15),
        text("FullName", 255),
    ]
    return sobject("CustomField", "00N", fields, tooling=True, recycles=False)


ADMINISTRATION_OBJECTS = (
    user,
    group,
    profile,
    organization,
    permission_set,
    permission_set_assignment,
    field_permissions,
    custom_field,
)
