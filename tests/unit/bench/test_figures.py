from bench.figures import Figure, Section, report, table


def test_a_figure_is_told_beside_its_floor():
    shown = table(Section("Speed", (Figure("floor", 4.0, "µs"), Figure("ours", 1234.5, "µs", 4.0))))
    assert shown.splitlines() == ["Speed", "  floor   4.00 µs", "  ours   1,234 µs   308.62 x floor"]


def test_a_skipped_section_says_why():
    assert table(Section("Speed", skipped="nothing to measure")) == "Speed\n  skipped: nothing to measure"


def test_the_report_holds_values_and_ratios():
    (section,) = report([Section("Speed", (Figure("  ours", 10.0, "µs", 4.0), Figure("alone", 1.0, "µs")))])["sections"]
    assert [(each["name"], each["value"], each["ratio"]) for each in section["figures"]] == [
        ("ours", 10.0, 2.5),
        ("alone", 1.0, None),
    ]
