"""A CRM's blocks in template.yaml: those of a model CRM, renamed."""

from __future__ import annotations

import re


def with_blocks_of(text: str, *, model: str, crm: str, label: str) -> str:
    r"""Return a template in which a CRM stands wherever the model stands.

    A line that names the model is repeated for the CRM together with everything indented under it. Comments
    are not repeated: what they say is true of the model only.

    Args:
        text: a template as YAML.
        model: folder name of the CRM to be copied.
        crm: folder name of the new CRM.
        label: the new CRM's name for people.

    Example:
        >>> print(with_blocks_of("- HubspotKey\n- OtherKey", model="hubspot", crm="close", label="Close"))
        - HubspotKey
        - CloseKey
        - OtherKey
    """
    lines = text.split("\n")
    written: list[str] = []
    at = 0
    while at < len(lines):
        end = _end_of_block(lines, at)
        if model in lines[at].lower() and not lines[at].lstrip().startswith("#"):
            block = lines[at:end]
            written += block + [_renamed(line, model=model, crm=crm, label=label) for line in block]
            at = end
        else:
            written.append(lines[at])
            at += 1
    return "\n".join(written)


def _end_of_block(lines: list[str], start: int) -> int:
    """Return the line after a line's children, blank lines between them and behind them included."""
    own = _indent(lines[start])
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > own):
        end += 1
    while end > start + 2 and not lines[end - 1].strip() and not lines[end - 2].strip():
        end -= 1
    return end


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _renamed(line: str, *, model: str, crm: str, label: str) -> str:
    """Return a line that speaks of the new CRM in place of the model, in whichever spelling."""
    spellings = {model: crm, model.capitalize(): crm.capitalize()}
    return re.sub(model, lambda found: spellings.get(found[0], label), line, flags=re.IGNORECASE)
