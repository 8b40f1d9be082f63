"""Who a user is: the ``id`` URL of a token answer, and OpenID Connect's user info."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.api import Api


def identity(api: Api, user_id: str) -> dict[str, Any]:
    """Return who a user is, as the ``id`` URL of a token answer tells it."""
    row = api.org.tables["User"].get(user_id) or {}
    return {
        "id": f"{api.base_url}/id/{api.org.organization_id}/{user_id}",
        "asserted_user": True,
        "user_id": user_id,
        "organization_id": api.org.organization_id,
        "username": row.get("Username"),
        "nick_name": row.get("CommunityNickname"),
        "display_name": row.get("Name"),
        "email": row.get("Email"),
        "email_verified": True,
        "first_name": row.get("FirstName"),
        "last_name": row.get("LastName"),
        "timezone": row.get("TimeZoneSidKey"),
        "photos": {},
        "addr_street": None,
        "addr_city": None,
        "urls": _urls(api, user_id),
        "active": row.get("IsActive"),
        "user_type": "STANDARD",
        "language": row.get("LanguageLocaleKey"),
        "locale": row.get("LocaleSidKey"),
        "utcOffset": 0,
        "last_modified_date": row.get("LastModifiedDate"),
        "is_app_installed": True,
    }


def user_info(api: Api, user_id: str) -> dict[str, Any]:
    """Return who a user is, by the names of OpenID Connect."""
    row = api.org.tables["User"].get(user_id) or {}
    return {
        "sub": f"{api.base_url}/id/{api.org.organization_id}/{user_id}",
        "user_id": user_id,
        "organization_id": api.org.organization_id,
        "preferred_username": row.get("Username"),
        "nickname": row.get("CommunityNickname"),
        "name": row.get("Name"),
        "email": row.get("Email"),
        "email_verified": True,
        "given_name": row.get("FirstName"),
        "family_name": row.get("LastName"),
        "zoneinfo": row.get("TimeZoneSidKey"),
        "photos": {},
        "profile": f"{api.base_url}/{user_id}",
        "picture": None,
        "address": {},
        "is_salesforce_integration_user": False,
        "urls": _urls(api, user_id),
        "active": row.get("IsActive"),
        "user_type": "STANDARD",
        "language": row.get("LanguageLocaleKey"),
        "locale": row.get("LocaleSidKey"),
        "utcOffset": 0,
        "updated_at": row.get("LastModifiedDate"),
    }


def _urls(api: Api, user_id: str) -> dict[str, str]:
    data = f"{api.base_url}/services/data/v{{version}}"
    return {
        "rest": f"{data}/",
        "sobjects": f"{data}/sobjects/",
        "search": f"{data}/search/",
        "query": f"{data}/query/",
        "profile": f"{api.base_url}/{user_id}",
        "custom_domain": api.base_url,
    }
