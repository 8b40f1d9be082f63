"""The planted bugs: each a mistake that somebody once made, as the one place where the engine does it right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """One planted bug.

    Attributes:
        mistake: what somebody once did.
        file: below the library.
        right: the text as it stands, once in the file.
        wrong: the text with the mistake.
    """

    mistake: str
    file: str
    right: str
    wrong: str


MERGING = (
    Mutant(
        "our own create, found again, is taken for a person's edit",
        "domain/merge.py",
        "link = our_own(link, new_link(integration, record, observation.fields), observation)",
        "link = new_link(integration, record, observation.fields)",
    ),
    Mutant(
        "our own write, found again after its answer was lost, is taken for a person's edit",
        "domain/merge.py",
        "for value in () if base is None else base.tried:",
        "for value in ():",
    ),
    Mutant("the earlier edit wins", "domain/policy.py", "> (held.at, held", "< (held.at, held"),
    Mutant(
        "who comes last wins", "domain/policy.py", '"last_modified_wins", (mine', '"last_modified_wins", True or (mine'
    ),
    Mutant(
        "who was first wins", "domain/policy.py", '"last_modified_wins", (mine', '"last_modified_wins", False and (mine'
    ),
    Mutant(
        "the worker's clock decides",
        "domain/merge.py",
        "moment = self.observation.field_times.get(name, self.observation.modified_at)",
        "moment = self.now",
    ),
    Mutant(
        "the time of the record counts for every field",
        "domain/merge.py",
        "moment = self.observation.field_times.get(name, self.observation.modified_at)",
        "moment = self.observation.modified_at",
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
        "self.base[name] = Base(hub_then, remote, overruled=True)",
        "self.base.pop(name, None)",
    ),
    Mutant(
        "no echo guard: every reading is an edit",
        "domain/merge.py",
        "        if remote == said:\n            return\n",
        "",
    ),
    Mutant(
        "the CRM's own form of a value is forgotten",
        "domain/merge.py",
        "is_agreed = each.hub == fields.get(name) and (each.remote is PROJECTED or each.remote == says.get(name))",
        "is_agreed = each.hub == fields.get(name)",
    ),
    Mutant(
        "what people must decide is decided for them", "domain/merge.py", 'if verdict.policy == "manual":', "if False:"
    ),
)

DUE = (
    Mutant(
        "a record in doubt is made everywhere before people have decided",
        "domain/due.py",
        "return not is_empty(record.fields) and not record.candidates",
        "return not is_empty(record.fields)",
    ),
    Mutant(
        "what was refused for good is tried for ever",
        "domain/due.py",
        "return link.parked is None or link.parked.fingerprint != fingerprint(record, link, rule)",
        "return True",
    ),
)

SETTLING = (
    Mutant(
        "a deleted link is forgotten, and made again",
        "domain/settle.py",
        '        integration_id: altered(link, state="deleted", base={}, retry_at=None, parked=None),\n    }\n',
        "    }\n    links.pop(integration_id)\n",
    ),
    Mutant(
        "deletions are not propagated",
        "domain/settle.py",
        '        if key != integration_id and other.state in ("active", "invisible"):',
        "        if False:",
    ),
    Mutant(
        "the settled base ignores what the CRM answered",
        "domain/settle.py",
        "return answered.get(name, PROJECTED)",
        "return PROJECTED",
    ),
)

MATCHING = (
    Mutant("matching takes whoever comes first", "domain/matching.py", "    if len(same) == 1:", "    if same:"),
    Mutant("nobody is matched", "domain/matching.py", "    if len(same) == 1:", "    if False:"),
    Mutant(
        "a record may be matched twice in one CRM",
        "domain/matching.py",
        'return link is None or link.state == "creating"',
        "return True",
    ),
    Mutant(
        "a telephone number alone makes two people one",
        "domain/matching.py",
        "    alike = [each for each in sharing if is_alike(each.fields, observation.fields)]\n",
        "    alike = sharing\n",
    ),
    Mutant(
        "merges in a CRM are not followed",
        "services/_departures.py",
        "current is None or self._state(current) in",
        "True or current is None or self._state(current) in",
    ),
)

WRITING = (
    Mutant(
        "a create is not looked up before its second try",
        "services/_twins.py",
        "doubtful = [each.record_id",
        "doubtful = [] and [each.record_id",
    ),
    Mutant(
        "a create whose answer was lost is tried again before it can be found",
        "services/_push_batch.py",
        "again = self.ledger.hub.now() + lag if lag else None",
        "again = None",
    ),
    Mutant(
        "twins are not looked for by e-mail",
        "services/_twins.py",
        "hits = client.find(entity, wanted[0][0]",
        "hits = {} if wanted else client.find(entity, wanted[0][0]",
    ),
    Mutant(
        "twins are not looked for by telephone",
        "services/_twins.py",
        "        found.update(self._by_number(",
        "        dict(self._by_number(",
    ),
    Mutant(
        "a record is made while look-ups cannot show its twin yet",
        "services/_push_batch.py",
        "elif not self._is_too_young(record):",
        "else:",
    ),
    Mutant(
        "no look at the CRM just before the write",
        "services/_push_batch.py",
        "current = self.twins.merge(shown)",
        "current = list(shown)",
    ),
    Mutant(
        "one bad row parks its whole batch",
        "services/_push_batch.py",
        "if len(planned) == 1:\n                return [(planned[0], RowResult(planned[0].op.op_id, error=error))]\n",
        "if planned:\n                return [(each, RowResult(each.op.op_id, error=error)) for each in planned]\n",
    ),
    Mutant(
        "nobody holds a lease",
        "services/_leases.py",
        "hub.documents.put(document))",
        "hub.documents.put(document, unconditionally=True))",
    ),
)

LOADING = (
    Mutant(
        "rows are written by batches while a load writes them",
        "services/push_changes.py",
        '        self.report.stopped, self.report.wait_s = "loading", wait_s\n',
        "        return False\n",
    ),
    Mutant(
        "nobody is told that a load is under way",
        "services/_loads.py",
        "        self._remember(load_id)\n",
        "",
    ),
)

READING = (
    Mutant(
        "a reference that was emptied alone goes unnoticed",
        "services/_absorb.py",
        "        ids = references.known(self.hub, self.integration, wanted)\n        if self.depth",
        "        if not wanted:\n            return observed\n"
        "        ids = references.known(self.hub, self.integration, wanted)\n        if self.depth",
    ),
    Mutant(
        "a listing's old row is taken for the truth",
        "services/_absorb.py",
        "                doubtful.append(external_id)\n            else:\n",
        "                fresh[external_id] = row\n            else:\n",
    ),
    Mutant(
        "rows of a listing that are known are never read",
        "services/_absorb.py",
        "elif record is None or self._merge(record, row).moved:",
        "elif record is None:",
    ),
    Mutant(
        "what is not seen counts as deleted",
        "services/_absorb.py",
        "evidence = read.gone.get(external_id) or (said_gone.get(external_id) if missing else None)",
        "evidence = read.gone.get(external_id) or Gone(external_id)",
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
        "        phases, place = PHASES",
        "        next_cursor = None\n        phases, place = PHASES",
    ),
    Mutant(
        "deletions are not read",
        "services/run_sync_batch.py",
        "        absorber.take(entity, said, said_gone=said)\n",
        "",
    ),
    Mutant(
        "deletions older than the first listing are not read",
        "services/run_sync_batch.py",
        "gone_at = self._first_link_at(began) - lag if held is None",
        "gone_at = began + lag if held is None",
    ),
    Mutant(
        "hub records are not compared with a newly read CRM",
        "services/run_sync_batch.py",
        "if due_for(each, self.integrations.values()).keys() != each.due_for.keys()",
        "if False",
    ),
)

MUTANTS: tuple[Mutant, ...] = (*MERGING, *DUE, *SETTLING, *MATCHING, *WRITING, *LOADING, *READING)
"""Mistakes that the stories are there to notice."""

RARE: tuple[Mutant, ...] = (
    Mutant(
        "a value that lost counts as agreed once the hub returns to where it was",
        "domain/merge.py",
        "self.base[name] = Base(hub_then, remote, overruled=True)",
        "self.base[name] = Base(hub_then, remote)",
    ),
    Mutant(
        "the CRM's value is compared with what was sent, not with its own form of it",
        "domain/merge.py",
        "said = self.said_then.get(name, UNSAID) if base is None or base.remote is PROJECTED else base.remote",
        "said = hub_then if base is None or base.remote is PROJECTED else base.remote",
    ),
    Mutant(
        "a decision of people is told to nobody",
        "domain/resolution.py",
        "links = {key: _reopened(link, field) for key, link in record.links.items()}",
        "links = dict(record.links)",
    ),
    Mutant(
        "the settled base is the hub's present value, not what was sent",
        "domain/settle.py",
        "base[name] = Base(value, _answer(answered, name))",
        "base[name] = Base(record.fields.get(name), _answer(answered, name))",
    ),
    Mutant(
        "what a new row lacks counts as agreed with what the hub has learnt meanwhile",
        "domain/settle.py",
        "known = record.fields if held is None else held",
        "known = record.fields",
    ),
    Mutant(
        "what an earlier try wrote is taken for the CRM's default",
        "domain/settle.py",
        "emptied = existed and name",
        "emptied = False and name",
    ),
    Mutant(
        "what was made for a record deleted meanwhile becomes a new record",
        "domain/matching.py",
        "if ours and _is_orphan(",
        "if False and _is_orphan(",
    ),
    Mutant(
        "a merged record's copies elsewhere are dropped",
        "services/_departures.py",
        "        if not moving:\n            return self.store(record, ended",
        "        if True:\n            return self.store(record, ended",
    ),
    Mutant(
        "a survivor's copy that moved to it is made a second time",
        "services/_departures.py",
        'Link(name, state="deleted") if name in moving else link for name, link in after.links.items()',
        "link for name, link in after.links.items() if name not in moving",
    ),
    Mutant(
        "the loser of a merge overwrites its survivor by being newer",
        "services/_departures.py",
        "if value is not None and survivor.fields.get(key) is not None",
        "if False",
    ),
    Mutant(
        "references held back count as sent",
        "services/_push_batch.py",
        "sent = {name: record.fields[name] for name in names if name not in addressed.held_back}",
        "sent = {name: record.fields[name] for name in names}",
    ),
    Mutant(
        "a record is made before what it refers to",
        "services/_push_batch.py",
        "waits = self.ledger.address(record, names, by_id).soon",
        "waits = False",
    ),
    Mutant(
        "references told in part count as told",
        "services/_push_batch.py",
        "unsaid=addressed.in_part)",
        "unsaid={})",
    ),
    Mutant(
        "what a CRM could not be told counts as told",
        "services/_push_batch.py",
        "            unsaid=row.unsaid,\n",
        "",
    ),
    Mutant(
        "no condition on the save",
        "adapters/memory/records.py",
        "return (None if stored is None else stored.rev) == (None if save.before is None else save.before.rev)",
        "return True",
    ),
    Mutant(
        "missing wipes",
        "services/_references.py",
        "            continue\n        fields[name]",
        "            record_ids = []\n        fields[name]",
    ),
    Mutant(
        "the CRM is read first and the hub after it",
        "services/_absorb.py",
        "        observed, read = self._observe(entity, ids, held, rows)\n",
        "        early = self.client.read(entity, ids) if rows is None else None\n"
        "        held = self._held(entity, ids)\n"
        "        observed, read = (\n"
        "            self._observe(entity, ids, held, rows)\n"
        "            if early is None\n"
        "            else (self._resolve(entity, dict(early.found)), early)\n"
        "        )\n",
    ),
    Mutant(
        "the cursor comes from the worker's clock",
        "services/run_sync_batch.py",
        "live_at = max(held.live_at, run.newest or held.live_at)",
        "live_at = self.hub.now()",
    ),
)
"""Mistakes that need a rare coincidence of faults to do harm, or that another rule of the engine makes good. Few
stories in many hundreds notice them; sweep and laws are there for these. Planted here, so that it can be seen."""
