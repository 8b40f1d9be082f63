"""Creating and updating: every rule is checked before anything is stored."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, cast

from sandbox.freshsales.account import Account
from sandbox.freshsales.account_relations import change_contacts, set_accounts
from sandbox.freshsales.errors import VendorError, invalid, not_unique
from sandbox.freshsales.field_checks import checked
from sandbox.freshsales.fields import Field
from sandbox.freshsales.modules import CONTACT, DEAL, SALES_ACCOUNT, Module
from sandbox.freshsales.records import Record
from sandbox.freshsales.relations import number, set_emails
from sandbox.freshsales.staging import place_deal

JsonObject = dict[str, Any]
_RELATIONS = frozenset({"emails", "email", "sales_accounts", "contacts_added_list", "contacts_removed_list"})
_STATUS = "contact_status"


class Writer:
    """Writes records of one account and tells who listens."""

    def __init__(self, account: Account, tell: Callable[[Module, Record, str], None]) -> None:
        """Write to ``account``; ``tell`` hears of (module, record, created or updated or deleted)."""
        self._account = account
        self._tell = tell

    def create(self, module: Module, given: JsonObject, *, actor_id: int) -> Record:
        """Store a new record.

        Raises:
            VendorError: 400 with everything that is wrong.
        """
        now_ms = self._account.clock.now_ms()
        record = Record(record_id=self._account.new_id(), created_ms=now_ms, updated_ms=now_ms, creater_id=actor_id)
        options, kept = self._account.options, dict(given)
        if options.post_ignores_status:
            kept.pop("contact_status_id", None)
        if options.post_ignores_custom_fields:
            kept.pop("custom_field", None)
        self._fill(module, record, kept, is_new=True)
        self._account.tables[module.plural][record.record_id] = record
        self._account.touch(record, before=None)
        self._tell(module, record, "created")
        return record

    def update(
        self, module: Module, record: Record, given: JsonObject, *, actor_id: int, include: Collection[str]
    ) -> bool:
        """Change a record; tells whether any value is another one now.

        Raises:
            VendorError: 400 with everything that is wrong; nothing is changed.
        """
        before, kept = record.copied(), dict(given)
        if self._account.options.status_needs_include and _STATUS not in include:
            kept.pop("contact_status_id", None)
        draft = record.copied()
        self._fill(module, draft, kept, is_new=False)
        for name in ("values", "custom", "emails", "accounts", "contact_ids"):
            setattr(record, name, getattr(draft, name))
        record.updater_id = actor_id
        self._account.touch(record, before=before)
        self._tell(module, record, "updated")
        return not record.same_as(before)

    def delete(self, module: Module, record: Record, *, actor_id: int) -> None:
        """Put a record into the recycle bin."""
        before = record.copied()
        record.deleted_ms = self._account.clock.now_ms()
        record.updater_id = actor_id
        self._account.touch(record, before=before)
        self._tell(module, record, "deleted")

    def forget(self, module: Module, record: Record) -> None:
        """Remove a record for good; nothing of it is left to read."""
        del self._account.tables[module.plural][record.record_id]
        self._account.version += 1

    def check_unique(self, module: Module, record: Record) -> None:
        """Refuse a record whose unique values another live one holds.

        Raises:
            VendorError: 400.
        """
        unique = [each for each in self._account.fields(module).values() if each.is_unique]
        addresses = set(record.addresses())
        holders = self._account.holders(module)
        for other in self._account.chosen(module, holders.like(record)):
            if other.record_id == record.record_id:
                continue
            if addresses and addresses & set(other.addresses()):
                raise not_unique("Email")
            for each in unique:
                value = _held(record, each)
                if value not in (None, "") and value == _held(other, each):
                    raise not_unique(each.label)
        holders.add(record)

    # ------------------------------------------------------------------------------------- one record's values

    def _fill(self, module: Module, record: Record, given: JsonObject, *, is_new: bool) -> None:
        given = self._without_dropped(module, given)
        problems = self._set_values(module, record, given)
        problems += self._set_custom(module, record, given, is_new=is_new)
        problems += self._set_relations(module, record, given)
        if module is DEAL and not problems:
            problems += place_deal(self._account, record, given, is_new=is_new)
        problems += _missing(module, record)
        if problems:
            raise VendorError(status=400, messages=tuple(problems))
        self.check_unique(module, record)

    def _without_dropped(self, module: Module, given: JsonObject) -> JsonObject:
        """Lose what the vendor loses without a word."""
        options, kept = self._account.options, dict(given)
        if module is CONTACT and "description" in kept:
            kept.pop("description")
            if options.description_drops_fields:
                kept = {name: value for name, value in kept.items() if name in ("first_name", "last_name")}
        if options.hides_lead_source:
            kept.pop("lead_source_id", None)
        return kept

    def _set_values(self, module: Module, record: Record, given: JsonObject) -> list[str]:
        problems: list[str] = []
        for name, value in given.items():
            if name in _RELATIONS or name == "custom_field":
                continue
            each = module.fields.get(name)
            if each is None:
                if self._account.options.unknown_fields == "refuse":
                    problems.append(f"{name} is not a field of {module.singular}")
                continue
            if each.is_read_only:
                continue
            stored, problem = self._selected(each, value) if each.type == "selector" else checked(each, value)
            problems += [problem] if problem else []
            if name == "expected_close" and stored:
                stored = str(stored)[:10]
            record.values[name] = stored
        return problems

    def _selected(self, each: Field, value: Any) -> tuple[Any, str]:
        if value in (None, ""):
            return None, ""
        chosen = number(value)
        if each.source == "sales_accounts":
            known = self._account.tables[SALES_ACCOUNT.plural].get(chosen or 0)
            is_known = known is not None and known.deleted_ms is None
        else:
            is_known = chosen in self._account.selectors.ids(each.source)
        if each.source == "owners" and is_known:
            is_known = bool((self._account.selectors.row("owners", chosen) or {}).get("is_active"))
        return (chosen, "") if is_known else (None, f"{each.label} is invalid")

    def _set_custom(self, module: Module, record: Record, given: JsonObject, *, is_new: bool) -> list[str]:
        if "custom_field" not in given:
            return []
        rows = given["custom_field"]
        if not isinstance(rows, dict):
            return ["custom_field must be an object"]
        known, problems = self._account.custom[module.plural], list[str]()
        replaces = not is_new and self._account.options.custom_field_put == "replace"
        found: JsonObject = {} if replaces else dict(record.custom)
        for name, value in cast("JsonObject", rows).items():
            each = known.get(name)
            if each is None:
                refuses = self._account.options.unknown_fields == "refuse"
                problems += [f"{name} is not a field of {module.singular}"] if refuses else []
                continue
            found[name], problem = checked(each, value)
            problems += [problem] if problem else []
        record.custom = found
        return problems

    def _set_relations(self, module: Module, record: Record, given: JsonObject) -> list[str]:
        problems: list[str] = []
        foreign = _RELATIONS & given.keys()
        if module is CONTACT:
            for name in ("email", "emails"):
                if name in given:
                    problems += set_emails(self._account, record, given[name])
            if "sales_accounts" in given:
                problems += set_accounts(self._account, record, given["sales_accounts"])
            foreign -= {"email", "emails", "sales_accounts"}
        if module is DEAL:
            added, removed = given.get("contacts_added_list"), given.get("contacts_removed_list")
            problems += change_contacts(self._account, record, added, removed)
            foreign -= {"contacts_added_list", "contacts_removed_list"}
        if foreign and self._account.options.unknown_fields == "refuse":
            problems += [f"{name} is not a field of {module.singular}" for name in sorted(foreign)]
        return problems


def _held(record: Record, each: Field) -> Any:
    return record.custom.get(each.name) if each.is_custom else record.values.get(each.name)


def _missing(module: Module, record: Record) -> list[str]:
    if module is CONTACT:
        told = (record.values.get(name) for name in ("first_name", "last_name", "mobile_number"))
        return [] if any(told) or record.emails else ["Contact needs a name, an email or a mobile number"]
    required = [each for each in module.fields.values() if each.is_required]
    return [f"{each.label} can't be blank" for each in required if record.values.get(each.name) is None]


def body_of(document: object, key: str) -> JsonObject:
    """Return what a request wraps in the module's singular.

    Raises:
        VendorError: 400 where the wrapper is missing.
    """
    body = cast("JsonObject", document).get(key) if isinstance(document, dict) else None
    if not isinstance(body, dict):
        raise invalid(f"param is missing or the value is empty: {key}")
    return cast("JsonObject", body)
