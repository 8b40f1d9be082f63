"""What can be typed."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

from cli import connecting, dead_letters, deciding, explaining, history, mapping, people, sending, settling, syncing
from cli.desk import Desk

_SHORT = "exit codes and environment: crmbridge --help"
_ENDS = """exit codes: 0 done; 1 the API refused, and said why; 2 wrongly typed; 3 the API could not be reached;
4 done, and what it found is bad: a run that failed, a check that failed; 130 interrupted

environment: CRMBRIDGE_URL, CRMBRIDGE_TOKEN (an access token; never an argument, which every process could read)"""

Command = Callable[[Desk, argparse.Namespace], int]


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    made = argparse.ArgumentParser(
        prog="crmbridge",
        description="Keep CRMs in step: look at a CRM Bridge deployment, and set things in motion there.",
        epilog=_ENDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--url", help="URL of the deployment; CRMBRIDGE_URL when left out")
    made.add_argument("--json", action="store_true", help="print JSON, one object a line, in place of tables")
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    for name, (run, add) in _COMMANDS.items():
        one = commands.add_parser(name, help=_first_line(run), description=_first_line(run), epilog=_SHORT)
        one.set_defaults(run=run)
        add(one)
    return made


def _first_line(run: Command) -> str:
    return (run.__doc__ or "").partition("\n")[0]


def _integrations(add: argparse.ArgumentParser) -> None:
    add.add_argument("integration", nargs="?", help="id of one: show its status; all when left out")
    add.add_argument("--provider", help="only those of one CRM")
    add.add_argument("--status", choices=["pending", "active", "paused", "reauth_required"], help="only those")
    add.add_argument("--validate", action="store_true", help="check the one integration step by step")


def _connect(add: argparse.ArgumentParser) -> None:
    add.add_argument("crm", help="its name, such as hubspot")
    add.add_argument("--integration", help="connect this one again, in place of a new one")
    add.add_argument("--name", help="of the new integration")
    add.add_argument("--domain", help="the account's own domain or data centre, where the CRM needs one")
    add.add_argument("--environment", choices=["production", "sandbox"], help="production when left out")
    how = add.add_mutually_exclusive_group()
    how.add_argument("--token", action="store_true", help="read a static token from standard input; no OAuth")
    how.add_argument("--username", help="connect as this user of the CRM, whom the deployment may sign for; no OAuth")


def _sync(add: argparse.ArgumentParser) -> None:
    add.add_argument("integration", nargs="*", help="ids; every active integration when left out")
    how = add.add_mutually_exclusive_group()
    how.add_argument("--full", action="store_true", help="compare everything and repair whatever differs")
    how.add_argument("--compare", action="store_true", help="compare everything, repair no more than --budget")
    add.add_argument("--budget", type=int, metavar="ROWS", help="rows that --compare may repair; 0 only counts")
    add.add_argument("--watch", action="store_true", help="show the progress until the runs have ended")
    add.add_argument("--every", type=float, default=2.0, metavar="SECONDS", help="between two looks; 2 when left out")


def _conflicts(add: argparse.ArgumentParser) -> None:
    add.add_argument("record", nargs="?", help="id of one record; all when left out")
    add.add_argument("--kind", choices=["field", "double", "twin"], help="only those")
    add.add_argument("--entity", help="only those of contacts, deals …")


def _resolve(add: argparse.ArgumentParser) -> None:
    add.add_argument("record", help="id of the record")
    add.add_argument("--field", help="the field in conflict")
    how = add.add_mutually_exclusive_group(required=True)
    how.add_argument("--side", metavar="INTEGRATION", help="whose value is right")
    how.add_argument("--value", help="another value, as text or JSON; null empties the field")
    how.add_argument("--apart", action="store_true", help="the possible double is somebody else")
    how.add_argument("--into", metavar="RECORD", help="the possible double is the same as this record")


def _report(add: argparse.ArgumentParser) -> None:
    add.add_argument("integration", help="id")
    add.add_argument("--entity", help="only that of contacts, deals …")


def _mappings(add: argparse.ArgumentParser) -> None:
    add.add_argument("integration", help="id")
    how = add.add_mutually_exclusive_group()
    how.add_argument("--check", metavar="FILE", help="check the overrides in a JSON file, and change nothing")
    how.add_argument("--set", metavar="FILE", help="put the overrides in a JSON file in place of all others")
    how.add_argument("--versions", action="store_true", help="list every version there was")
    accepted = "may lose something by --set, as ENTITY.FIELD"
    add.add_argument("--accept", action="append", default=[], metavar="FIELD", help=accepted)


def _dry_run(add: argparse.ArgumentParser) -> None:
    add.add_argument("integration", help="id")
    add.add_argument("--entity", help="only that of contacts, deals …")
    add.add_argument("--mappings", metavar="FILE", help="as if the overrides in this JSON file were in force")
    add.add_argument("--direction", choices=["bidirectional", "to_crm", "from_crm"], help="as if this were set")


def _explain(add: argparse.ArgumentParser) -> None:
    add.add_argument("record", help="record id, or INTEGRATION/ENTITY/ID with a CRM's own id")
    add.add_argument("--lines", type=int, default=10, metavar="N", help="of its history; 10 when left out")


def _cleanups(add: argparse.ArgumentParser) -> None:
    add.add_argument("integration", help="id")


def _settings(add: argparse.ArgumentParser) -> None:
    add.add_argument(
        "change", nargs="*", metavar="SECTION.NAME=VALUE", help="what to change; null gives back a default"
    )


def _person(add: argparse.ArgumentParser) -> None:
    add.add_argument("who", help="e-mail address, telephone number with +, or record id")
    what = add.add_mutually_exclusive_group(required=True)
    what.add_argument("--export", action="store_true", help="print everything that is held of them, as one JSON")
    what.add_argument("--erase", action="store_true", help="forget them, here and in every CRM")
    modes = ["delete", "anonymise", "keep"]
    add.add_argument("--mode", choices=modes, default="delete", help="of their rows in CRMs; delete when left out")
    add.add_argument("--crm", action="append", default=[], metavar="INTEGRATION=MODE", help="another mode in one CRM")
    add.add_argument("--watch", action="store_true", help="wait until it is done")
    add.add_argument("--every", type=float, default=20.0, metavar="SECONDS", help="between two looks; 20 when left out")


def _erasures(add: argparse.ArgumentParser) -> None:
    add.add_argument("erasure", nargs="?", help="id of one; all when left out")
    add.add_argument("--lift", action="store_true", help="let its people be taken in again")


def _dead_letters(add: argparse.ArgumentParser) -> None:
    add.add_argument("what", choices=["list", "show", "redrive", "discard"], help="what to do")
    add.add_argument("queue", nargs="?", help="changes, sync, push or wake")
    add.add_argument("message", nargs="*", help="ids; redrive takes all when left out")
    add.add_argument("--reason", help="why nothing is lost by discarding; kept with who gave it")


def _send_event(add: argparse.ArgumentParser) -> None:
    add.add_argument("file", nargs="?", default="-", help="JSON: an event, a list, or one a line; - for standard input")
    add.add_argument("--type", help="of one event that is typed, such as payment.received")
    add.add_argument("--data", default="{}", metavar="JSON", help="of the typed event")
    add.add_argument("--id", help="of the typed event; a new one when left out")
    add.add_argument("--at", metavar="TIME", help="when the typed event happened; now when left out")


def _history(add: argparse.ArgumentParser) -> None:
    add.add_argument("record", help="record id")
    add.add_argument("--archived", action="store_true", help="the part that was archived, after 400 days")


_COMMANDS: Mapping[str, tuple[Command, Callable[[argparse.ArgumentParser], None]]] = {
    "integrations": (connecting.integrations, _integrations),
    "connect": (connecting.connect, _connect),
    "sync": (syncing.sync, _sync),
    "conflicts": (deciding.conflicts, _conflicts),
    "resolve": (deciding.resolve, _resolve),
    "report": (syncing.report, _report),
    "mappings": (mapping.mappings, _mappings),
    "dry-run": (mapping.dry_run, _dry_run),
    "explain": (explaining.explain, _explain),
    "send-event": (sending.send_event, _send_event),
    "person": (people.person, _person),
    "erasures": (people.erasures, _erasures),
    "history": (history.history, _history),
    "dead-letters": (dead_letters.dead_letters, _dead_letters),
    "cleanups": (syncing.cleanups, _cleanups),
    "settings": (settling.settings, _settings),
}
