"""The platform on one machine: ``python -m local up``."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType

from local.builds import check_artefacts
from local.children import is_running
from local.cloud import Cloud
from local.deploy import build_for_host, build_for_lambda
from local.errors import LocalError
from local.interrupts import raise_again_where_swallowed
from local.logs import log_groups, read_logs
from local.paths import LAMBDA_BUILD
from local.progress import Progress
from local.run_file import read_run, require_run
from local.running import redeploy, running_platform, wait_until_interrupted
from local.status import read_status, status_lines

_STOP_WITHIN_S = 20.0
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; each imports what it needs, so that all start quickly.

    Returns:
        The exit code: 0 done, 1 could not (said why on stderr), 2 asked wrongly.
    """
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["demo"]:
        return int(importlib.import_module("local.demo.__main__").main(given[1:]))
    options = _parser().parse_args(given)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except LocalError as error:
        print(f"local: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def up(options: argparse.Namespace) -> int:
    """Start everything and stay until interrupted."""
    raise_again_where_swallowed()
    for number in _ENDING:  # SIGINT too: a shell starts background jobs with it switched off
        signal.signal(number, _interrupt)
    crms = [crm for crm in options.crms.split(",") if crm]
    progress = Progress()
    as_users = frozenset(options.as_users.split(","))
    with running_platform(crms, port=options.port, progress=progress, as_users=as_users) as platform:
        if options.json:
            print(json.dumps(platform.as_json()), flush=True)
        else:
            print(f"API        {platform.run.api}\nworkspace  {platform.run.workspace}\ntoken      {platform.token}")
            for crm, where in platform.run.sandboxes.items():
                print(f"{crm:<10} {where['url']}  (control {where['control']})")
            print("Ctrl-C ends everything.", flush=True)
        progress.say("up")
        wait_until_interrupted(platform, progress=progress)
    return 0


def deploy(_: argparse.Namespace) -> int:
    """Build and deploy the work tree to the platform that is up."""
    redeploy(require_run(), progress=Progress())
    return 0


def logs(options: argparse.Namespace) -> int:
    """Print what the functions wrote."""
    cloud = Cloud(require_run().gateway_port)
    for line in read_logs(cloud, log_groups(cloud, options.function), follow=options.follow):
        print(line, flush=options.follow)
    return 0


def status(options: argparse.Namespace) -> int:
    """Print how the platform is doing."""
    found = read_status(require_run())
    print(json.dumps(found) if options.json else "\n".join(status_lines(found)))
    return 0


def down(_: argparse.Namespace) -> int:
    """End a platform that runs elsewhere, and wait until it has."""
    run = read_run()
    if run is None:
        print("nothing is up")
        return 0
    os.kill(run.pid, signal.SIGTERM)
    give_up_at = time.monotonic() + _STOP_WITHIN_S
    while is_running(run.pid):
        if time.monotonic() > give_up_at:
            raise LocalError(f"process {run.pid} does not end")
        time.sleep(0.1)
    print("ended")
    return 0


def build(options: argparse.Namespace) -> int:
    """Build the artefacts for AWS and check them, or build for this machine."""
    progress = Progress()
    if options.target == "local":
        with progress.phase("build for this machine"):
            build_for_host()
        return 0
    with progress.phase("build for python3.13 on arm64"):
        build_for_lambda(LAMBDA_BUILD)
    found = check_artefacts(LAMBDA_BUILD)
    print(
        f"{LAMBDA_BUILD.name}: {found['functions']} functions, {found['modules']} modules, "
        f"{found['shared_objects']} shared objects, all aarch64 and loadable by CPython 3.13"
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, run, what in (
        ("up", up, "start everything and stay until interrupted"),
        ("deploy", deploy, "deploy the work tree to the platform that is up"),
        ("logs", logs, "print what the functions wrote"),
        ("status", status, "say how the platform is doing"),
        ("down", down, "end the platform that is up"),
        ("build", build, "build the artefacts for AWS, and check them"),
    ):
        commands.add_parser(name, help=what, description=run.__doc__).set_defaults(command=run)
    commands.add_parser("demo", help="show CRMs being kept in step")
    up_options, logs_options = commands.choices["up"], commands.choices["logs"]
    up_options.add_argument("--json", action="store_true", help="print one line of JSON when everything is up")
    up_options.add_argument(
        "--crms", default="hubspot,salesforce", help="comma-separated; hubspot,salesforce if not said"
    )
    up_options.add_argument(
        "--as-users",
        default="",
        help="of these, comma-separated: connected as a user who is signed for, without a page",
    )
    up_options.add_argument("--port", type=int, default=0, help="of the API; 0 takes a free one")
    logs_options.add_argument("function", nargs="?", help="part of a function's name; all without")
    logs_options.add_argument("-f", "--follow", action="store_true", help="go on until interrupted")
    commands.choices["status"].add_argument("--json", action="store_true")
    commands.choices["build"].add_argument("--target", choices=("aws", "local"), default="aws")
    return parser


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in _ENDING:  # a second Ctrl-C must not stop the cleaning up
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    raise SystemExit(main())
