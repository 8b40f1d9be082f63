"""Planted bugs: mistakes seen in the field, put into a copy of the engine, that the stories must notice."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "layers" / "core" / "python" / "crmbridge"
TIMEOUT_S = 300


@dataclass(frozen=True, slots=True)
class Mutant:
    """One planted bug.

    Attributes:
        mistake: what somebody once did.
        file: below the library.
        right: the text as it stands.
        wrong: the text with the mistake.
    """

    mistake: str
    file: str
    right: str
    wrong: str


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "our own create, found again, is taken for a person's edit",
        "domain/merge.py",
        "link = our_own(link, new_link(integration, record, observation.fields), observation)",
        "link = new_link(integration, record, observation.fields)",
    ),
    Mutant("the earlier edit wins", "domain/policy.py", "> (held.at, held", "< (held.at, held"),
    Mutant(
        "the one who comes last wins",
        "domain/policy.py",
        '"last_modified_wins", (mine',
        '"last_modified_wins", True or (mine',
    ),
    Mutant(
        "the one who was first wins",
        "domain/policy.py",
        '"last_modified_wins", (mine',
        '"last_modified_wins", False and (mine',
    ),
    Mutant(
        "other CRMs are not told of a change",
        "domain/merge.py",
        "base[change.field] = Base(change.old)",
        "base.pop(change.field, None)",
    ),
    Mutant("a conflict is never noticed", "domain/merge.py", "elif hub == hub_then:", "elif True:"),
    Mutant(
        "a lost conflict is forgotten instead of overwritten",
        "domain/merge.py",
        "            self.base[name] = Base(hub_then, remote)\n\n    def _combine",
        "            self.base.pop(name, None)\n\n    def _combine",
    ),
    Mutant(
        "no echo guard: every reading is an edit",
        "domain/merge.py",
        "        if remote == said:\n            return\n",
        "",
    ),
    Mutant(
        "missing wipes",
        "services/_references.py",
        "            continue\n        if name in SINGLE",
        "            record_ids = []\n        if name in SINGLE",
    ),
    Mutant(
        "a create is not looked up before its second try",
        "services/_push_batch.py",
        "doubtful = [each.record_id",
        "doubtful = [] and [each.record_id",
    ),
    Mutant(
        "twins are not looked for by e-mail",
        "services/_push_batch.py",
        "hits = client.find(entity, wanted[0][0]",
        "hits = {} if wanted else client.find(entity, wanted[0][0]",
    ),
    Mutant(
        "no look at the CRM just before the write",
        "services/_push_batch.py",
        "current = self._merged(shown)",
        "current = list(shown)",
    ),
    Mutant(
        "a listing's old row is taken for the truth",
        "services/_absorb.py",
        "                doubtful.append(external_id)\n",
        "                fresh[external_id] = row\n",
    ),
    Mutant(
        "rows of a listing that are known are never read",
        "services/_absorb.py",
        "elif self._merge(record, row).moved:",
        "elif False:",
    ),
    Mutant("matching takes whoever comes first", "domain/matching.py", "    if len(same) == 1:", "    if same:"),
    Mutant(
        "a record may be matched twice in one CRM",
        "domain/matching.py",
        'return link is None or link.state == "creating"',
        "return True",
    ),
    Mutant("nobody is matched", "domain/matching.py", "    if len(same) == 1:", "    if False:"),
    Mutant(
        "a deleted link is forgotten, and made again",
        "domain/settle.py",
        '        integration_id: replace(link, state="deleted", base={}, retry_at=None, parked=None),\n    }\n',
        "    }\n    links.pop(integration_id)\n",
    ),
    Mutant(
        "deletions are not propagated",
        "domain/settle.py",
        '        if key != integration_id and other.state in ("active", "invisible"):',
        "        if False:",
    ),
    Mutant(
        "the settled base is the hub's present value, not what was sent",
        "domain/settle.py",
        "base[name] = Base(value, _answer(answered, name))",
        "base[name] = Base(record.fields.get(name), _answer(answered, name))",
    ),
    Mutant(
        "the settled base ignores what the CRM answered",
        "domain/settle.py",
        "return answered.get(name, PROJECTED)",
        "return PROJECTED",
    ),
    Mutant(
        "held back references count as sent",
        "services/_push_batch.py",
        "sent = {name: record.fields[name] for name in names if name not in addressed.held_back}",
        "sent = {name: record.fields[name] for name in names}",
    ),
    Mutant(
        "the cursor is saved although nothing was stored",
        "services/run_sync_batch.py",
        "        absorber.take(entity, rows, rows=rows)\n",
        "",
    ),
    Mutant(
        "the cursor passes what a listing still hides",
        "services/run_sync_batch.py",
        "fresh = Cursor(began - lag, began - lag",
        "fresh = Cursor(self.hub.now(), self.hub.now()",
    ),
    Mutant(
        "only the first page is read",
        "services/run_sync_batch.py",
        "run = replace(self.run, cursor=next_cursor,",
        "next_cursor = None\n        run = replace(self.run, cursor=next_cursor,",
    ),
    Mutant(
        "deletions are not read",
        "services/run_sync_batch.py",
        "        absorber.take(entity, said, said_gone=said)\n",
        "",
    ),
    Mutant(
        "hub records are not compared with a newly read CRM",
        "services/run_sync_batch.py",
        "if due_for(each, self.integrations.values()).keys() != each.due_for.keys()",
        "if False",
    ),
)


def survivors(seeds: int) -> int:
    """Plant each bug in turn, play stories, and report; returns how many bugs nobody noticed."""
    alive, needed = 0, list[int]()
    for mutant in MUTANTS:
        said = _play(mutant, seeds)
        found = re.search(r"FAILED after (\d+) seeds", said)
        if found is None and "0 violations" in said:
            alive += 1
            print(f"ALIVE   {mutant.mistake}")
        else:
            after = int(found[1]) if found else 0
            needed.append(after)
            print(f"killed  {mutant.mistake} (after {after} seeds)")
    killed = len(MUTANTS) - alive
    median = sorted(needed)[len(needed) // 2] if needed else 0
    print(f"{killed} of {len(MUTANTS)} planted bugs killed, median after {median} seeds")
    return alive


def _play(mutant: Mutant, seeds: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "crmbridge"
        shutil.copytree(LIBRARY, copy, ignore=shutil.ignore_patterns("__pycache__", "connectors", "aws"))
        path = copy / mutant.file
        text = path.read_text(encoding="utf-8")
        if text.count(mutant.right) != 1:
            raise LookupError(f"{mutant.mistake}: its place in {mutant.file} is not there, or not alone")
        path.write_text(text.replace(mutant.right, mutant.wrong), encoding="utf-8")
        command = [sys.executable, "-m", "tests.simulation", "--seeds", str(seeds)]
        environment = {**os.environ, "PYTHONPATH": folder}
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired:
            return "FAILED after 0 seeds: it never came to rest"
        return done.stdout + done.stderr
