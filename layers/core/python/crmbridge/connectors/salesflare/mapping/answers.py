"""The shapes of Salesflare's answers; whatever else an answer holds is ignored."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """An answer or a part of one."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Currency(Answer):
    """A currency."""

    iso: str = ""


class AboutTeam(Answer):
    """The team of the key's owner."""

    id: int
    name: str = ""
    time_zone: str | None = None
    currency: Currency | None = None


class Me(Answer):
    """Whose key it is."""

    id: int
    team: AboutTeam


class User(Answer):
    """Somebody of the team."""

    id: int
    name: str | None = None
    email: str | None = None
    disabled: bool | None = None


class PipelineStage(Answer):
    """One stage."""

    id: int
    name: str = ""
    order: int = 0
    probability: float = 0
    fixed_stage: int | None = None


class Pipeline(Answer):
    """One pipeline with its stages."""

    id: int
    name: str = ""
    order: int = 0
    archived: bool | None = None
    stages: tuple[PipelineStage, ...] = ()
