"""What a company calls things, read once and kept for the life of the client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmbridge.connectors.pipedrive.client.calls import Calls, Row, v1, v2
from crmbridge.connectors.pipedrive.mapping import Definition, Lexicon, ObjectRule, StageMap
from crmbridge.connectors.pipedrive.mapping.lexicon import bound, definition_of, external_code, label_field
from crmbridge.connectors.pipedrive.mapping.stages import stage_map_of
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity
from crmbridge.errors import FatalProviderError

WORDS = ("industry",)
"""Fields whose words a workspace may set: canonical word to Pipedrive's label."""


class Catalogue:
    """Reads people, fields and pipelines when they are first needed."""

    def __init__(
        self, calls: Calls, settings: Mapping[str, Mapping[str, str]], custom_fields: Sequence[CustomField]
    ) -> None:
        self._calls = calls
        self._settings = settings
        self._custom_fields = custom_fields
        self._users: list[Row] | None = None
        self._pipelines: tuple[list[Row], list[Row]] | None = None
        self._definitions: dict[str, dict[str, Definition]] = {}
        self._lexicons: dict[tuple[Entity, bool], Lexicon] = {}
        self._lead_labels: dict[str, str] | None = None
        self._unknown: set[object] = set()
        self._label_refusals: set[str] = set()

    def me(self) -> Row:
        """Return whose token this is, and which company's."""
        return self._calls.get(v1("users/me")).data

    def users(self) -> list[Row]:
        """Return everybody, people who left included."""
        if self._users is None:
            self._users = self._calls.get(v1("users")).rows
        return self._users

    def pipelines(self) -> tuple[list[Row], list[Row]]:
        """Return the pipelines and the stages in use."""
        if self._pipelines is None:
            found = [list(self._calls.all_rows(v2(name))) for name in ("pipelines", "stages")]
            live = [[each for each in rows if not each.get("is_deleted")] for rows in found]
            self._pipelines = live[0], live[1]
        return self._pipelines

    def definitions(self, fields_path: str) -> dict[str, Definition]:
        """Return every field of an object, by code."""
        if fields_path not in self._definitions:
            rows = self._calls.all_rows(v2(fields_path))
            self._definitions[fields_path] = {str(each["field_code"]): definition_of(each) for each in rows}
        return self._definitions[fields_path]

    def lexicon(self, rule: ObjectRule, *, with_owners: bool = True) -> Lexicon:
        """Return the company's vocabulary for one entity.

        Args:
            with_owners: read the people too; without them no owner can be told.
        """
        key = rule.entity, with_owners or self._users is not None
        if key not in self._lexicons:
            fields = self.definitions(rule.fields_path)
            emails, ids = self.people() if key[1] else ({}, {})
            self._lexicons[key] = Lexicon(
                owner_emails=emails,
                owner_ids=ids,
                fields=fields,
                labels=label_field(fields),
                can_add_labels=rule.fields_path not in self._label_refusals,
                stages=self._stages() if rule.entity == "deal" else StageMap(),
                external_code=external_code(fields.values()),
                custom=bound(rule.entity, self._custom_fields, fields.values()),
                words={name: self._settings[name] for name in WORDS if name in self._settings},
            )
        return self._lexicons[key]

    def lexicon_for(self, rule: ObjectRule, rows: Iterable[Row]) -> Lexicon:
        """Return a vocabulary that knows the owners, stages and labels of some rows.

        What nobody has heard of was made since: the lists are read again, once for each stranger.
        """
        lexicon = self.lexicon(rule)
        strangers: set[object] = set()
        for row in rows:
            strangers |= {("user", row.get("owner_id"))} if row.get("owner_id") not in lexicon.owner_emails else set()
            if rule.entity == "deal" and row.get("stage_id") not in lexicon.stages.keys:
                strangers.add(("stage", row.get("stage_id")))
            known = lexicon.labels
            strangers |= {("label", each) for each in row.get("label_ids") or () if not (known and known.label(each))}
        strangers -= {("user", None), ("stage", None)}
        if not strangers - self._unknown:
            return lexicon
        self._unknown |= strangers
        self.forget()
        return self.lexicon(rule)

    def ensure_labels(self, rule: ObjectRule, names: Iterable[str]) -> None:
        """Make the labels that do not exist yet; where Pipedrive refuses, they are not asked for again."""
        lexicon = self.lexicon(rule, with_owners=False)
        if lexicon.labels is None or not lexicon.can_add_labels:
            return
        missing = sorted({each for each in names if lexicon.labels.option(each) is None})
        if not missing:
            return
        path = v2(f"{rule.fields_path}/{lexicon.labels.code}/options")
        try:
            self._calls.send("POST", path, [{"label": each} for each in missing])
        except FatalProviderError:
            self._label_refusals.add(rule.fields_path)
        self.forget_fields(rule.fields_path)

    def lead_labels(self, *, knowing: Iterable[str] = ()) -> Mapping[str, str]:
        """Return the names of lead labels by id.

        Args:
            knowing: ids that should be among them, or the list is read again.
        """
        if self._lead_labels is None or not set(knowing) <= self._lead_labels.keys():
            rows = self._calls.get(v1("leadLabels")).rows
            self._lead_labels = {str(each["id"]): str(each.get("name") or "") for each in rows}
        return self._lead_labels

    def forget_lead_labels(self) -> None:
        """Read the lead labels again when they are next needed."""
        self._lead_labels = None

    def forget_fields(self, fields_path: str) -> None:
        """Read an object's fields again when they are next needed."""
        self._definitions.pop(fields_path, None)
        self._lexicons.clear()

    def forget(self) -> None:
        """Read everything again when it is next needed: the company's definitions have changed."""
        self._users = self._pipelines = None
        self._definitions.clear()
        self._lexicons.clear()

    def people(self) -> tuple[dict[int, str], dict[str, int]]:
        """Return e-mail addresses by user id, and the ids of those who can be given records by address."""
        emails: dict[int, str] = {}
        ids: dict[str, int] = {}
        for each in self.users():
            email = str(each.get("email") or "").strip().lower()
            if email:
                emails[each["id"]] = email
            if email and is_active(each):
                ids[email] = each["id"]
        return emails, ids

    def _stages(self) -> StageMap:
        return stage_map_of(*self.pipelines(), self._settings.get("stages"))


def is_active(user: Mapping[str, Any]) -> bool:
    """Tell whether somebody can be given records."""
    return bool(user.get("active_flag", True)) and not user.get("is_deleted")
