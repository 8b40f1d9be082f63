import math

from local.demo.meter import KEPT_CALLS, Meter, Use, economy


class Log:
    """A simulated CRM's log: remembers the last thousand calls, counts all."""

    def __init__(self):
        self.calls, self.total = [], 0

    def add(self, path, *, times=1, status=200, records=0, unchanged=0):
        call = {"method": "POST", "path": path, "status": status, "records": records, "unchanged": unchanged}
        self.calls = [*self.calls, *[call] * times][-KEPT_CALLS:]
        self.total += times

    def read(self):
        return {"total": self.total, "calls": self.calls}


def meter(log):
    return Meter(log.read, lambda call: Use(*call["path"].split("/")))


def test_calls_are_added_up_by_kind_and_entity():
    log = Log()
    watch = meter(log)
    log.add("write/contact", times=3, records=100)
    log.add("write/deal", records=7, unchanged=2)
    log.add("read/contact", times=2)

    assert watch.poll() == 6
    assert watch.poll() == 0
    written = watch.of("write")
    assert (written.calls, written.records, written.unchanged) == (4, 307, 2)
    assert watch.of("write", entity="contact").calls == 3
    assert watch.of("read", "list").calls == 2


def test_a_refused_call_carries_no_records():
    log = Log()
    watch = meter(log)
    log.add("write/contact", status=503, records=100)
    log.add("write/contact", status=0, records=100)
    log.add("write/contact", status=207, records=100)
    watch.poll()

    written = watch.of("write")
    assert (written.calls, written.refused, written.records) == (3, 2, 100)
    assert watch.refusals == {"POST write/contact 503": 1, "POST write/contact 0": 1}


def test_calls_the_crm_forgot_before_they_were_read_are_told():
    log = Log()
    watch = meter(log)
    log.add("list/deal", times=KEPT_CALLS + 5)

    assert watch.poll() == KEPT_CALLS + 5
    assert watch.missed == 5


def test_a_log_that_was_cleared_is_read_from_its_beginning():
    log = Log()
    watch = meter(log)
    log.add("list/deal", times=9)
    watch.poll()
    log.calls, log.total = [], 0
    log.add("list/deal", times=2)

    assert watch.poll() == 2
    assert watch.of("list").calls == 11


def test_what_came_after_a_mark_can_be_told_apart():
    log = Log()
    watch = meter(log)
    log.add("write/contact", records=100)
    watch.poll()
    mark = watch.copy()
    log.add("write/contact", records=3)
    watch.poll()

    later = watch.since(mark)
    assert later.of("write").records == 3
    assert watch.of("write").records == 103
    assert mark.of("write").records == 100
    assert (len(mark.writes), len(watch.writes)) == (1, 2)
    assert watch.writes[-1] == "POST write/contact: 3 records, status 200"


def test_economy_tells_calls_from_the_fewest_possible():
    log = Log()
    watch = meter(log)
    log.add("write/deal", times=45, records=200)
    log.add("read/deal", times=12)
    watch.poll()

    spent = economy(watch, crm="salesforce", entity="deal", due=8800, batch=200)
    assert (spent.floor, spent.calls, spent.reads) == (44, 45, 12)
    assert round(spent.ratio, 3) == 1.023


def test_calls_where_nothing_was_due_are_infinitely_too_many():
    log = Log()
    watch = meter(log)
    nothing = economy(watch, crm="hubspot", entity="deal", due=0, batch=100)
    assert nothing.ratio == 1.0

    log.add("write/deal", records=1)
    watch.poll()
    assert economy(watch, crm="hubspot", entity="deal", due=0, batch=100).ratio == math.inf
