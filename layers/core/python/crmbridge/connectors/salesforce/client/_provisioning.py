"""Our own fields: made by the Tooling API, made visible by a permission set; twice does no harm.

Source: Salesforce Tooling API, CustomField; object reference, FieldPermissions and PermissionSetAssignment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crmbridge.connectors.salesforce.client import _soql as soql
from crmbridge.connectors.salesforce.client._api import ROOT, Api
from crmbridge.connectors.salesforce.client._directory import Directory
from crmbridge.connectors.salesforce.client._errors import PROVIDER
from crmbridge.connectors.salesforce.client._wanted import WantedFields
from crmbridge.connectors.salesforce.mapping.ids import OBJECTS, PLACES, Kept, id18
from crmbridge.connectors.salesforce.mapping.schema import EXTERNAL_ID_FIELD, field_name
from crmbridge.domain.custom_fields import CustomField
from crmbridge.errors import FatalProviderError, RetriableProviderError

PERMISSION_SET = "CRM_Bridge"
_LABEL = "CRM Bridge"
_LENGTH = 64
_HOSTS = dict.fromkeys(PLACES, "Activity")
"""Where the custom fields of tasks and events live."""

_DEVELOPER_NAME = EXTERNAL_ID_FIELD.removesuffix("__c")


class Provisioner:
    """Makes sure that our fields exist and that we see them."""

    def __init__(self, api: Api, directory: Directory) -> None:
        self._api = api
        self._directory = directory
        self._wanted = WantedFields(api)

    def provision(self, entity: Kept, wanted: Sequence[CustomField] = ()) -> tuple[str, ...]:
        """Create our field and the wanted ones and grant them to ourselves, as far as that is still to be done.

        Returns:
            Names of fields created in this call.

        Raises:
            FatalProviderError: we may not customise the org, a field of our name cannot serve as a key, or one that is
                there cannot hold what is wanted of it.
            RetriableProviderError: a field is there and granted, but not visible yet.
        """
        ours = self._provision_ours(entity)
        mine = [each for each in wanted if each.entity == entity]
        return (*ours, *self._provision_wanted(entity, mine)) if mine else ours

    def _provision_wanted(self, entity: Kept, wanted: Sequence[CustomField]) -> tuple[str, ...]:
        object_name, schema = OBJECTS[entity], self._directory.schema(entity)
        unseen = [each for each in wanted if schema.named(field_name(each)) is None]
        made: tuple[str, ...] = ()
        if unseen:
            made = self._wanted.make(object_name, unseen)
            self._wanted.grant(self._permission_set(), object_name, unseen)
            self._directory.forget_shape(entity)
        if self._wanted.complete(object_name, wanted, self._directory.schema(entity)):
            self._directory.forget_shape(entity)
        return made

    def _provision_ours(self, entity: Kept) -> tuple[str, ...]:
        self._directory.forget_shape(entity)
        if self._directory.schema(entity).holds_our_id:
            return ()
        created = self._make_field(_HOSTS.get(entity, OBJECTS[entity]))
        self._grant(OBJECTS[entity])
        self._directory.forget_shape(entity)
        schema = self._directory.schema(entity)
        if EXTERNAL_ID_FIELD not in schema.shapes:
            raise RetriableProviderError(
                f"{OBJECTS[entity]}.{EXTERNAL_ID_FIELD} is granted but not visible yet", provider=PROVIDER
            )
        if not schema.holds_our_id:
            raise FatalProviderError(
                f"{OBJECTS[entity]}.{EXTERNAL_ID_FIELD} exists but is no unique external id that we may write",
                provider=PROVIDER,
                code="EXTERNAL_ID_FIELD_UNUSABLE",
            )
        return (EXTERNAL_ID_FIELD,) if created else ()

    def user_id(self) -> str:
        """Return the id of the user that our token stands for.

        Raises:
            FatalProviderError: the org does not tell.
        """
        identity = str(self._api.get(ROOT).get("identity") or "").rstrip("/")
        found = id18(identity.rpartition("/")[2])
        if not found:
            told = self._api.get("/services/oauth2/userinfo")
            found = id18(str(told.get("user_id") or ""))
        if not found:
            raise FatalProviderError("salesforce does not tell which user we are", provider=PROVIDER)
        return found

    def _make_field(self, object_name: str) -> bool:
        if self._has_field(object_name):
            return False
        metadata = {
            "label": "CRM Bridge Id",
            "description": "Written by CRM Bridge; finds its own records again.",
            "type": "Text",
            "length": _LENGTH,
            "unique": True,
            "caseSensitive": True,
            "externalId": True,
            "required": False,
        }
        body = {"FullName": f"{object_name}.{EXTERNAL_ID_FIELD}", "Metadata": metadata}
        try:
            self._api.post(f"{ROOT}/tooling/sobjects/CustomField", body)
        except FatalProviderError:
            if not self._has_field(object_name):
                raise
            return False
        return True

    def _has_field(self, object_name: str) -> bool:
        condition = f"DeveloperName = {soql.text(_DEVELOPER_NAME)} AND TableEnumOrId = {soql.text(object_name)}"
        query = f"{soql.select(['Id'], 'CustomField')} WHERE {condition}"
        answer = self._api.get(f"{ROOT}/tooling/query", {"q": query})
        return bool(answer.get("records"))

    def _permission_set(self) -> str:
        """Return the id of our permission set, made and assigned to ourselves if need be."""
        set_id = self._once(
            "PermissionSet", {"Name": PERMISSION_SET}, {"Label": _LABEL, "Description": "Fields that CRM Bridge needs."}
        )
        self._once("PermissionSetAssignment", {"PermissionSetId": set_id, "AssigneeId": self.user_id()}, {})
        return set_id

    def _grant(self, object_name: str) -> None:
        set_id = self._permission_set()
        self._once(
            "FieldPermissions",
            {"ParentId": set_id, "Field": f"{object_name}.{EXTERNAL_ID_FIELD}"},
            {"SobjectType": object_name, "PermissionsRead": True, "PermissionsEdit": True},
        )

    def _once(self, object_name: str, key: Mapping[str, str], rest: Mapping[str, object]) -> str:
        """Return the id of the row with a key; makes it if there is none, and lets somebody else be quicker."""
        found = self._id_of(object_name, key)
        if found:
            return found
        try:
            answer = self._api.post(f"{ROOT}/sobjects/{object_name}", {**key, **rest})
        except FatalProviderError:
            found = self._id_of(object_name, key)
            if not found:
                raise
            return found
        return str(answer.get("id") or "")

    def _id_of(self, object_name: str, key: Mapping[str, str]) -> str:
        condition = " AND ".join(f"{name} = {soql.text(value)}" for name, value in key.items())
        rows = self._api.every(f"{soql.select(['Id'], object_name)} WHERE {condition}")
        return str(rows[0]["Id"]) if rows else ""
