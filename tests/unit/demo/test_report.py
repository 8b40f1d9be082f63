import io
import json

from rich.console import Console

from local.demo.findings import Comparison, Finding
from local.demo.meter import Economy
from local.demo.report import Report, percentiles, show
from local.demo.show import Screen


def screen(*, terminal=False):
    out = io.StringIO()
    return Screen(Console(file=out, force_terminal=terminal, width=100, color_system=None)), out


def report(**changes):
    made = Report(world="tiny", seed=7, **changes)
    made.claim("lost", 0, "0", holds=True)
    return made


def test_a_report_without_claims_has_not_passed():
    assert not Report(world="tiny", seed=7).passed


def test_one_claim_that_does_not_hold_fails_the_report():
    made = report()
    assert made.passed

    made.claim("echo writes", 3, "0", holds=False)
    assert not made.passed


def test_the_file_holds_the_figures_that_were_promised(tmp_path):
    path = tmp_path / "demo-report.json"
    finding = Finding(kind="missing", entity="deal", key="D-1", crm="salesforce")
    report(
        comparison=Comparison(records={"deal": 3}, fields=18, findings=(finding,)),
        economies=[Economy(crm="hubspot", entity="deal", due=0, floor=0, calls=2, reads=0)],
        seconds=12.34,
    ).write(path)

    body = json.loads(path.read_text(encoding="utf-8"))
    assert (body["lost"], body["duplicated"], body["different"], body["echo_writes"]) == (1, 0, 0, 0)
    assert {"conflicts", "latencies", "api_calls", "counts"} <= set(body)
    assert body["write_calls"][0]["ratio"] is None
    assert body["seconds"] == 12.3


def test_the_summary_names_what_is_wrong_and_what_holds():
    shown, out = screen()
    finding = Finding(kind="different", entity="contact", key="p1", name="city", words="a [b] c")

    show(report(comparison=Comparison(records={}, fields=1, findings=(finding,))), shown)

    text = out.getvalue()
    assert "a [b] c" in text
    assert "ok  lost: 0 (0)" in text


def test_percentiles_are_values_that_were_measured():
    assert percentiles([float(each) for each in range(1, 101)]) == {
        "edits": 100,
        "p50_ms": 51.0,
        "p95_ms": 96.0,
        "max_ms": 100.0,
    }
    assert percentiles([])["edits"] == 0


def test_without_a_terminal_progress_is_a_few_plain_lines():
    shown, out = screen()
    now = [0.0]
    shown = Screen(Console(file=out, width=100, color_system=None), clock=lambda: now[0])

    with shown.bar("first sync", total=100) as bar:
        for step in range(101):
            now[0] += 0.1
            bar.move(step, note="salesforce" if step < 100 else "")

    lines = out.getvalue().splitlines()
    assert 3 <= len(lines) <= 5
    assert lines[-1].strip() == "first sync: 100 of 100 (100 %)"
    assert "\x1b" not in out.getvalue()


def test_on_a_terminal_progress_is_a_bar():
    shown, out = screen(terminal=True)

    with shown.bar("first sync", total=10) as bar:
        bar.move(10)

    assert "first sync" in out.getvalue()
    assert "10/10" in out.getvalue()
