"""The simulated CRMs of one run."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast

from local.children import Children
from local.cloud import STACK, Cloud
from local.errors import LocalError
from local.paths import LOGS, ROOT, SANDBOX
from local.sign_in import WORKSPACE

_READY_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedCrm:
    """One simulated CRM that answers.

    Attributes:
        crm: the connector's name.
        url: its address, as the vendor's API host.
        control: base of its control surface.
        credentials: of the app at the vendor, as the sandbox announced them.
    """

    crm: str
    url: str
    control: str
    credentials: Mapping[str, Any] = field(repr=False)


def available_crms() -> list[str]:
    """Return the CRMs that can be simulated: the folders of ``sandbox/``."""
    return sorted(path.name for path in SANDBOX.iterdir() if path.is_dir() and not path.name.startswith(("_", ".")))


def start_crm(children: Children, crm: str) -> SimulatedCrm:
    """Start one simulated CRM on a free port and wait until it answers.

    Raises:
        LocalError: there is no such sandbox, or it did not start.
    """
    if crm not in available_crms():
        raise LocalError(f"no simulated CRM is called {crm!r}; there are {', '.join(available_crms())}")
    LOGS.mkdir(parents=True, exist_ok=True)
    line = children.start_and_read_line(
        crm,
        [sys.executable, "-m", "sandbox", crm, "--port", "0"],
        env=dict(os.environ),
        cwd=ROOT,
        log=LOGS / f"{crm}.log",
        timeout_s=_READY_WITHIN_S,
    )
    try:
        ready = cast("dict[str, Any]", json.loads(line))
        return SimulatedCrm(crm=crm, url=ready["url"], control=ready["control"], credentials=ready["credentials"])
    except (ValueError, KeyError) as error:
        raise LocalError(f"{crm} said {line!r} in place of its ready line") from error


def store_credentials(cloud: Cloud, crm: SimulatedCrm) -> None:
    """Write the app's client id and secret where the functions look for them, as an operator would.

    Where the CRM knows the app's certificate, its key goes there too, and the local workspace may be signed for as the
    integration user. For a CRM that is connected by API key alone the template keeps no such secret, and nothing is
    written.
    """
    wanted: dict[str, object] = {name: crm.credentials[name] for name in ("client_id", "client_secret")}
    if "private_key" in crm.credentials:
        wanted |= {
            "private_key": crm.credentials["private_key"],
            "users": {WORKSPACE: [crm.credentials["username"]]},
        }
    with suppress(cloud.secrets.exceptions.ResourceNotFoundException):
        cloud.secrets.put_secret_value(SecretId=f"{STACK}/apps/{crm.crm}", SecretString=json.dumps(wanted))
