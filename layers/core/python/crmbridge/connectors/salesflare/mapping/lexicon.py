"""What one team calls things: its people, stages, tags and custom fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crmbridge.connectors.salesflare.mapping.definition_answers import Definition
from crmbridge.connectors.salesflare.mapping.stages import StageMap
from crmbridge.domain.custom_fields import CustomField


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """One team's vocabulary for one entity.

    Attributes:
        owner_emails: e-mail address by user id, disabled people included.
        owner_ids: user id by e-mail address, of those who can be given records.
        tags: the team's spelling by a tag's name in lower case.
        external_id: ``api_field`` of our own field, empty while it does not exist.
        no_company: id of the account that stands for "no company" where Salesflare wants one; empty for none.
        custom: the integration's custom fields that this team has, by canonical name.
    """

    owner_emails: Mapping[int, str] = field(default_factory=dict[int, str])
    owner_ids: Mapping[str, int] = field(default_factory=dict[str, int])
    stages: StageMap = field(default_factory=StageMap)
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    external_id: str = ""
    no_company: str = ""
    custom: Mapping[str, tuple[CustomField, Definition]] = field(
        default_factory=dict[str, tuple[CustomField, Definition]]
    )
