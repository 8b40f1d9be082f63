"""Bring the whole platform up and keep it up."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Collection, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.children import Children
from local.cloud import Cloud
from local.connect import Api, connect
from local.deploy import build_for_host, deploy, outputs
from local.emulator import NAME as EMULATOR
from local.emulator import start_emulator
from local.errors import LocalError
from local.front_door import FrontDoor
from local.logs import log_groups, read_logs
from local.paths import FUNCTION_LOG, LOGS, ROOT
from local.progress import Progress
from local.run_file import Run, forget_run, only_platform, write_run
from local.scratch import throw_away_scratch
from local.sign_in import WORKSPACE, sign_in
from local.simulated import SimulatedCrm, start_crm, store_credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A platform that is up.

    Attributes:
        run: addresses and ids.
        token: access token of the local person.
        ended: names of what has ended by itself since the last question.
    """

    run: Run
    token: str
    ended: Callable[[], list[str]]

    def as_json(self) -> dict[str, Any]:
        """Return what ``python -m local up --json`` prints."""
        return {
            "api": self.run.api,
            "token": self.token,
            "workspace": self.run.workspace,
            "sandboxes": self.run.sandboxes,
            "console": None,
        }


@contextmanager
def running_platform(
    crms: Sequence[str], *, port: int = 0, progress: Progress, as_users: Collection[str] = ()
) -> Generator[Platform, None, None]:
    """Start everything, connect the CRMs, and end everything again on leaving, whatever happens.

    Args:
        crms: the CRMs to simulate and connect.
        port: of the front door, 0 for any free one.
        progress: told of every phase.
        as_users: those of them that are connected as a user whom the platform signs for, without a consent page.

    Raises:
        LocalError: another platform is up in this work tree, or something did not start.
    """
    children = Children()
    with contextlib.ExitStack() as ending:
        ending.enter_context(only_platform())
        ending.callback(forget_run, pid=os.getpid())
        ending.callback(throw_away_scratch)
        ending.callback(children.stop_all)
        cloud, simulated = _start_processes(children, crms, progress=progress)
        ending.enter_context(_logs_kept_on_failure(cloud, progress=progress))
        with progress.phase("build and deploy with SAM"):
            api_id = _build_and_deploy(cloud, simulated)
        front_door = FrontDoor(gateway_port=cloud.port, port=port)
        ending.callback(front_door.close)
        front_door.open(api_id=api_id)
        with progress.phase("sign in"):
            made = outputs(cloud)
            token = sign_in(cloud, user_pool_id=made["UserPoolId"], client_id=made["PeopleClientId"])
        with progress.phase(f"connect {', '.join(crms)}"):
            integrations = _connect_all(simulated, as_users, url=front_door.url, token=token)
        run = Run(
            pid=os.getpid(),
            gateway_port=cloud.port,
            api=front_door.url,
            api_id=api_id,
            workspace=WORKSPACE,
            sandboxes={crm.crm: {"url": crm.url, "control": crm.control} for crm in simulated},
            integrations=integrations,
        )
        write_run(run)
        yield Platform(run=run, token=token, ended=children.ended)


def wait_until_interrupted(platform: Platform, *, progress: Progress) -> None:
    """Stay until SIGINT or SIGTERM raises ``KeyboardInterrupt``.

    A simulated CRM that ends is told of and no more: whoever ended it may let it come back on the same port.

    Raises:
        LocalError: local AWS has ended by itself.
    """
    while True:
        for name in platform.ended():
            if name == EMULATOR:
                raise LocalError(f"{name} has ended by itself: see {LOGS.relative_to(ROOT)}")
            progress.say(f"{name} has ended; everything else stays up")
        time.sleep(0.5)


def redeploy(run: Run, *, progress: Progress) -> None:
    """Build the work tree as it is now and deploy it to the platform that is up.

    Raises:
        LocalError: SAM could not build or deploy.
    """
    cloud = Cloud(run.gateway_port)
    with progress.phase("build"):
        build_for_host()
    with progress.phase("deploy"):
        deploy(cloud, crm_base_urls={crm: where["url"] for crm, where in run.sandboxes.items()})


@contextmanager
def _logs_kept_on_failure(cloud: Cloud, *, progress: Progress) -> Generator[None, None, None]:
    """Keep what the functions wrote when something fails: the emulator forgets it with its end."""
    try:
        yield
    except LocalError:
        with contextlib.suppress(LocalError, BotoCoreError, ClientError, OSError):
            lines = list(read_logs(cloud, log_groups(cloud)))
            FUNCTION_LOG.write_text("\n".join(lines) + "\n", encoding="utf-8")
            progress.say(f"what the functions wrote is in {FUNCTION_LOG.relative_to(ROOT)}")
        raise


def _start_processes(
    children: Children, crms: Sequence[str], *, progress: Progress
) -> tuple[Cloud, list[SimulatedCrm]]:
    with progress.phase("start local AWS"):
        cloud = start_emulator(children)
    with progress.phase(f"start simulated {', '.join(crms) or 'nothing'}"):
        simulated = [start_crm(children, crm) for crm in crms]
    return cloud, simulated


def _build_and_deploy(cloud: Cloud, simulated: Sequence[SimulatedCrm]) -> str:
    build_for_host()
    api_id = deploy(cloud, crm_base_urls={crm.crm: crm.url for crm in simulated})
    for crm in simulated:
        store_credentials(cloud, crm)
    return api_id


def _connect_all(
    simulated: Sequence[SimulatedCrm], as_users: Collection[str], *, url: str, token: str
) -> dict[str, str]:
    api = Api(url=url, token=token)
    try:
        with ThreadPoolExecutor(max_workers=max(1, len(simulated))) as pool:
            pending = {crm.crm: pool.submit(connect, api, crm, as_user=crm.crm in as_users) for crm in simulated}
            return {crm: future.result() for crm, future in pending.items()}
    finally:
        api.close()
