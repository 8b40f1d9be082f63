"""What a workspace settles for itself, section by section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmbridge.domain.workflows.rules import ENGAGEMENT, INTERACTIONS, REPAIR_SHOP
from crmbridge.domain.workspace_sections import EVENTS, NOTIFICATIONS, SCHEDULES, Section
from crmbridge.errors import ConflictError, RequestRejectedError
from crmbridge.ports import Document
from crmbridge.services.hub import CHANGE_TRIES, Hub

SECTIONS: Mapping[str, Section] = {
    each.name: each for each in (EVENTS, NOTIFICATIONS, ENGAGEMENT, INTERACTIONS, REPAIR_SHOP, SCHEDULES)
}
"""Every section there is, by name."""


def load_section(hub: Hub, workspace_id: str, section: Section) -> dict[str, Any]:
    """Return a section as it holds: what the workspace said, and the defaults of everything else."""
    held = hub.documents.get(_pk(workspace_id), section.name)
    return _whole(section, {} if held is None else held.body)


def show_settings(hub: Hub, workspace_id: str) -> dict[str, dict[str, Any]]:
    """Return every section as it holds, by name."""
    held = {each.sk: each.body for each in hub.documents.query(_pk(workspace_id))}
    return {name: _whole(section, held.get(name, {})) for name, section in SECTIONS.items()}


def change_settings(hub: Hub, workspace_id: str, body: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Change settings by section and name; what is not named stays, ``None`` gives back the default.

    Args:
        workspace_id: from verified claims only.
        body: of the right shape already.

    Returns:
        Every section as it holds afterwards.

    Raises:
        RequestRejectedError: there is no such section or setting, or a value is wrong; nothing was changed.
        ConflictError: a section kept moving; try again.
    """
    _known(body, SECTIONS, at="")
    for name, given in body.items():
        _known(given or {}, SECTIONS[name].defaults, at=f"{name}.")
    for name, given in body.items():
        SECTIONS[name].accept(_whole(SECTIONS[name], _after(hub, workspace_id, name, given)[0]))
    for name, given in body.items():
        _store(hub, workspace_id, name, given)
    return show_settings(hub, workspace_id)


def _store(hub: Hub, workspace_id: str, name: str, given: Mapping[str, Any] | None) -> None:
    for attempt in range(CHANGE_TRIES):
        said, version = _after(hub, workspace_id, name, given)
        try:
            hub.documents.put(Document(_pk(workspace_id), name, said, version=version))
        except ConflictError:
            if attempt == CHANGE_TRIES - 1:
                raise
        else:
            return


def _after(hub: Hub, workspace_id: str, name: str, given: Mapping[str, Any] | None) -> tuple[dict[str, Any], int]:
    """Return what the workspace will have said of a section, and the version that is to be replaced."""
    held = hub.documents.get(_pk(workspace_id), name)
    before: Mapping[str, Any] = {} if held is None or given is None else held.body
    said = {key: value for key, value in {**before, **(given or {})}.items() if value is not None}
    return said, 0 if held is None else held.version


def _whole(section: Section, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return a section with its defaults; what it held once and knows no more is left out."""
    return {name: said.get(name, default) for name, default in section.defaults.items()}


def _known(body: Mapping[str, Any], names: Mapping[str, Any], *, at: str) -> None:
    for name in body:
        if name not in names:
            wanted = ", ".join(f"{at}{each}" for each in names)
            raise RequestRejectedError(
                f"there is no setting {at}{name[:60]}", field=f"{at}{name[:60]}", next_step=f"use one of {wanted}"
            )


def _pk(workspace_id: str) -> str:
    return f"{workspace_id}#SETTINGS"
