"""Brings the platform up for the demo: the CRMs are filled before anything is connected to them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from local.children import Children
from local.cloud import Cloud
from local.connect import Api, connect
from local.demo.control import Control
from local.demo.model import World
from local.demo.revival import start_with_memory
from local.demo.show import Screen, listed
from local.demo.sides import side_of
from local.demo.sides.side import Side
from local.deploy import build_for_host, deploy, outputs
from local.emulator import start_emulator
from local.front_door import FrontDoor
from local.run_file import Run, forget_run, only_platform, write_run
from local.scratch import throw_away_scratch
from local.sign_in import WORKSPACE, sign_in
from local.simulated import SimulatedCrm, start_crm, store_credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A platform that is up, with full CRMs that nothing is connected to yet.

    Attributes:
        simulated: the CRMs' processes and credentials.
        children: ends everything that was started.
    """

    run: Run
    cloud: Cloud
    api: Api
    sides: Mapping[str, Side]
    simulated: Mapping[str, SimulatedCrm]
    children: Children

    def connect_all(self) -> dict[str, str]:
        """Connect every CRM in its own way, by consent page or key; the first sync begins by itself.

        Returns:
            The integration's id by CRM.

        Raises:
            LocalError: a step was refused.
        """
        made = {crm: connect(self.api, simulated) for crm, simulated in self.simulated.items()}
        self.run.integrations.update(made)
        write_run(self.run)
        return made


@contextmanager
def opened(crms: Sequence[str], *, world: World, screen: Screen, mortal: Collection[str] = ()) -> Generator[House]:
    """Start everything and fill the CRMs; end everything again on leaving, whatever happens.

    Args:
        crms: which.
        world: what is typed into them.
        screen: told of every phase.
        mortal: those of them that will be ended and brought back.

    Raises:
        LocalError: another platform is up in this work tree, or something did not start.
    """
    children = Children()
    with contextlib.ExitStack() as ending:
        ending.enter_context(only_platform())
        ending.callback(forget_run, pid=os.getpid())
        ending.callback(throw_away_scratch)
        doors = ending.enter_context(contextlib.ExitStack())  # closed last: a call that hangs ends with its callee
        ending.callback(children.stop_all)
        with screen.phase("start local AWS and the simulated CRMs"):
            cloud = start_emulator(children)
            simulated = {
                crm: start_with_memory(children, crm) if crm in mortal else start_crm(children, crm) for crm in crms
            }
        sides = {crm: side_of(Control(crm, made.control)) for crm, made in simulated.items()}
        for side in sides.values():
            ending.callback(side.control.close)
        with screen.phase(f"type {world.total:,} things into {listed(side.label for side in sides.values())}"):
            for side in sides.values():
                side.fill(world)
        with screen.phase("build and deploy the template with SAM"):
            api_id = _deployed(cloud, simulated)
        door = FrontDoor(gateway_port=cloud.port)
        doors.callback(door.close)
        door.open(api_id=api_id)
        made = outputs(cloud)
        token = sign_in(cloud, user_pool_id=made["UserPoolId"], client_id=made["PeopleClientId"])
        api = Api(url=door.url, token=token)
        ending.callback(api.close)
        run = Run(
            pid=os.getpid(),
            gateway_port=cloud.port,
            api=door.url,
            api_id=api_id,
            workspace=WORKSPACE,
            sandboxes={crm: {"url": made.url, "control": made.control} for crm, made in simulated.items()},
            integrations={},
        )
        write_run(run)
        yield House(run=run, cloud=cloud, api=api, sides=sides, simulated=simulated, children=children)


def _deployed(cloud: Cloud, simulated: Mapping[str, SimulatedCrm]) -> str:
    build_for_host()
    api_id = deploy(cloud, crm_base_urls={crm: made.url for crm, made in simulated.items()})
    for made in simulated.values():
        store_credentials(cloud, made)
    return api_id
