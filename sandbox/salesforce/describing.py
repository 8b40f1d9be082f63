"""Describe: what a user is told about objects and fields."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.schema.field import label_of
from sandbox.salesforce.view import View

_SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "address": "urn:address",
}

_NOT_GROUPABLE = frozenset({"double", "currency", "percent", "datetime", "address"})
_NEVER = (
    "aiPredictionField",
    "autoNumber",
    "cascadeDelete",
    "dependentPicklist",
    "deprecatedAndHidden",
    "displayLocationInDecimal",
    "encrypted",
    "formulaTreatNullNumberAsZero",
    "highScaleNumber",
    "htmlFormatted",
    "queryByDistance",
    "restrictedDelete",
    "searchPrefilterable",
    "writeRequiresMasterRead",
)
_NOTHING = (
    "calculatedFormula",
    "controllerName",
    "defaultValueFormula",
    "extraTypeInfo",
    "filteredLookupInfo",
    "inlineHelpText",
    "mask",
    "maskType",
    "referenceTargetField",
    "relationshipOrder",
)
_THE_SAME_FOR_ALL: dict[str, Any] = {**dict.fromkeys(_NEVER, False), **dict.fromkeys(_NOTHING)}


def object_summary(sobject: SObject, url_prefix: str) -> dict[str, Any]:
    """Return an object as the list of all objects shows it."""
    writable = not sobject.read_only
    base = f"{url_prefix}/{sobject.name}"
    return {
        "activateable": False,
        "createable": writable,
        "custom": sobject.name.endswith("__c"),
        "customSetting": False,
        "deletable": writable,
        "deprecatedAndHidden": False,
        "feedEnabled": sobject.replicable,
        "keyPrefix": sobject.prefix,
        "label": label_of(sobject.name),
        "labelPlural": label_of(sobject.plural),
        "layoutable": sobject.replicable,
        "mergeable": sobject.mergeable,
        "mruEnabled": sobject.replicable,
        "name": sobject.name,
        "queryable": True,
        "replicateable": sobject.replicable,
        "retrieveable": True,
        "searchable": sobject.replicable,
        "triggerable": sobject.replicable,
        "undeletable": sobject.recycles,
        "updateable": writable,
        "urls": {"sobject": base, "describe": f"{base}/describe", "rowTemplate": f"{base}/{{ID}}"},
    }


def object_description(sobject: SObject, view: View) -> dict[str, Any]:
    """Return an object with the fields its user may see, its record types and children."""
    fields = [
        field_description(made, editable=view.access is None or view.access.can_edit(sobject, made))
        for made in sobject.fields.values()
        if view.readable(sobject, made.name)
    ]
    record_type: dict[str, Any] = {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": True,
        "developerName": "Master",
        "master": True,
        "name": "Master",
        "recordTypeId": "012000000000000AAA",
        "urls": {},
    }
    return {
        **object_summary(sobject, view.url_prefix),
        "actionOverrides": [],
        "childRelationships": _children(sobject, view),
        "compactLayoutable": True,
        "fields": fields,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [record_type],
        "searchLayoutable": sobject.replicable,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [{"label": f"All {label_of(sobject.plural).lower()}", "name": "everything"}],
    }


def field_description(made: Field, *, editable: bool = True) -> dict[str, Any]:
    """Return everything a client may know about a field."""
    precision, scale = made.digits
    polymorphic = len(made.reference_to) > 1
    return {
        **_THE_SAME_FOR_ALL,
        "aggregatable": made.type not in {"boolean", "address"} and made.filterable,
        "byteLength": made.length * (1 if made.type in {"id", "reference"} else 3),
        "calculated": made.calculated,
        "caseSensitive": made.case_sensitive,
        "compoundFieldName": made.compound,
        "createable": made.createable and editable,
        "custom": made.custom,
        "defaultValue": made.default if made.type == "boolean" else None,
        "defaultedOnCreate": made.defaulted,
        "digits": precision if made.type == "int" else 0,
        "externalId": made.external_id,
        "filterable": made.filterable,
        "groupable": made.filterable and made.type not in _NOT_GROUPABLE,
        "idLookup": made.id_lookup or made.external_id,
        "label": made.label,
        "length": made.length,
        "name": made.name,
        "nameField": made.name_field,
        "namePointing": polymorphic,
        "nillable": made.nillable,
        "permissionable": made.grantable,
        "picklistValues": [_picklist_value(made, value) for value in made.values],
        "polymorphicForeignKey": polymorphic,
        "precision": 0 if made.type == "int" else precision,
        "referenceTo": list(made.reference_to),
        "relationshipName": made.relationship,
        "restrictedPicklist": made.restricted,
        "scale": scale,
        "soapType": _SOAP_TYPES.get(made.type, "xsd:string"),
        "sortable": made.sortable,
        "type": made.type,
        "unique": made.unique,
        "updateable": made.updateable and editable,
    }


def _picklist_value(made: Field, value: str) -> dict[str, Any]:
    return {
        "active": True,
        "defaultValue": value == made.default,
        "label": value,
        "validFor": None,
        "value": value,
    }


def _children(sobject: SObject, view: View) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for table in view.tables.values():
        for made in table.sobject.fields.values():
            if sobject.name not in made.reference_to:
                continue
            names = [name for owner, name in made.children if owner == sobject.name]
            found.append(
                {
                    "cascadeDelete": False,
                    "childSObject": table.sobject.name,
                    "deprecatedAndHidden": False,
                    "field": made.name,
                    "junctionIdListNames": [],
                    "junctionReferenceTo": [],
                    "relationshipName": names[0] if names else None,
                    "restrictedDelete": False,
                }
            )
    return found
