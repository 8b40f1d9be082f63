"""Listings: records page by page, by id, and what was deleted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from sandbox.zoho.account import User
from sandbox.zoho.errors import ZohoError, invalid_data
from sandbox.zoho.org import Org
from sandbox.zoho.params import Params, fields_of, number, pattern_not_matched
from sandbox.zoho.records import Record, Table
from sandbox.zoho.showing import Shower, all_names
from sandbox.zoho.times import shown

JsonObject = dict[str, Any]
PAGE_MAX = 200
_DISCRETE_MAX = 2_000
_TOKEN_MAX = 100_000
_TOKEN_S = 86_400
_SORTS = ("id", "Created_Time", "Modified_Time")


@dataclass(slots=True, kw_only=True)
class PageToken:
    """What a page token stands for; bound to the other parameters and to a position."""

    bound: str
    start: int
    expires_s: int


class Reader:
    """Answers listings."""

    def __init__(self, org: Org) -> None:
        """Read from ``org``."""
        self._org = org
        self.tokens: dict[str, PageToken] = {}

    def list(self, table: Table, params: Params, viewer: User, since_s: int | None) -> JsonObject | None:
        """Return one page of records, ``None`` where there is none.

        Raises:
            ZohoError: a parameter is missing, wrong or too big.
        """
        if table.module.name == "Notes" and not viewer.is_admin:
            raise ZohoError(code="NOT_SUPPORTED", message="This API is supported only for admin users", status=403)
        names = fields_of(params)
        size = number(params, "per_page", PAGE_MAX, maximum=PAGE_MAX)
        start, page = self._start(params, size)
        rows = self._chosen(table, params, since_s)
        shower = Shower(self._org, viewer)
        shown_rows = [shower.row(table, each, names) for each in rows[start : start + size]]
        if not shown_rows:
            return None
        more = start + size < len(rows)
        info = self._info(params, size, page, len(shown_rows), more=more, following=start + size)
        return {"data": shown_rows, "info": info}

    def one(self, table: Table, record_id: str, params: Params, viewer: User) -> JsonObject | None:
        """Return one whole record, ``None`` where it is not there."""
        record = table.live.get(record_id)
        if record is None:
            return None
        told = params.get("fields")
        names = told.split(",") if told else all_names(table.module)
        return {"data": [Shower(self._org, viewer).row(table, record, names, whole=False)]}

    def _chosen(self, table: Table, params: Params, since_s: int | None) -> list[Record]:
        ids = [each for each in params.get("ids", "").split(",") if each]
        rows = [table.live[each] for each in ids if each in table.live] if ids else list(table)
        if table.module.name == "Leads":
            converted = params.get("converted", "false")
            rows = [each for each in rows if converted == "both" or _is_converted(each) == (converted == "true")]
        if since_s is not None:
            rows = [each for each in rows if each.modified_s >= since_s]
        sort_by, order = params.get("sort_by", "id"), params.get("sort_order", "desc")
        if sort_by not in _SORTS or order not in ("asc", "desc"):
            raise pattern_not_matched("sort_by" if sort_by not in _SORTS else "sort_order")
        keys = {"id": _by_id, "Created_Time": _by_creation, "Modified_Time": _by_change}
        return sorted(rows, key=keys[sort_by], reverse=order == "desc")

    def _start(self, params: Params, size: int) -> tuple[int, int]:
        token = params.get("page_token")
        if token is None:
            page = number(params, "page", 1)
            if page * size > _DISCRETE_MAX:
                message = "You can only get the first 2000 records without using page_token param."
                raise ZohoError(code="DISCRETE_PAGINATION_LIMIT_EXCEEDED", message=message)
            return (page - 1) * size, page
        if "page" in params:
            names = {"ambiguity_due_to": [{"param_name": "page"}, {"param_name": "page_token"}]}
            message = "You cannot use page and page_token together"
            raise ZohoError(code="AMBIGUITY_DURING_PROCESSING", message=message, details=names)
        known = self.tokens.get(token)
        if known is None:
            raise invalid_data("the token given seems to be invalid", param_name="page_token")
        if known.expires_s <= self._org.now_s():
            raise ZohoError(code="EXPIRED_VALUE", message="The token given has expired")
        if known.bound != _bound(params):
            message = "The page_token given seems to be invalid or input param is added, altered, or deleted"
            raise ZohoError(code="TOKEN_BOUND_DATA_MISMATCH", message=message)
        if known.start + size > _TOKEN_MAX:
            message = "You can only get upto first 100000 records using page_token param."
            raise ZohoError(code="PAGINATION_LIMIT_EXCEEDED", message=message)
        return known.start, known.start // size + 1

    def _info(self, params: Params, size: int, page: int, count: int, *, more: bool, following: int) -> JsonObject:
        token = expiry = None
        if more:
            token = hashlib.sha256(f"{_bound(params)}|{following}|{self._org.new_id()}".encode()).hexdigest()[:40]
            expires_s = self._org.now_s() + _TOKEN_S
            self.tokens[token] = PageToken(bound=_bound(params), start=following, expires_s=expires_s)
            expiry = shown(expires_s, "Asia/Kolkata")
        return {
            "per_page": size,
            "next_page_token": token,
            "count": count,
            "sort_by": params.get("sort_by", "id"),
            "page": page,
            "previous_page_token": None,
            "page_token_expiry": expiry,
            "sort_order": params.get("sort_order", "desc"),
            "more_records": more,
        }


def _bound(params: Params) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(params.items()) if name not in ("page", "page_token"))


def _is_converted(record: Record) -> bool:
    return bool(record.values.get("Converted__s"))


def _by_id(record: Record) -> int:
    return int(record.record_id)


def _by_creation(record: Record) -> tuple[int, int]:
    return record.created_s, int(record.record_id)


def _by_change(record: Record) -> tuple[int, int]:
    return record.modified_s, -int(record.record_id)
