"""Names and words that have no place in the house."""

from __future__ import annotations

import re

from tests.house.tree import ROOT, files, python_files, relative

NO_ROOM = {"utils", "util", "helpers", "helper", "common", "base", "managers", "manager", "misc"}

# Written in two halves, so that this file does not contain what it looks for.
PLACES = "|".join(
    first + second
    for first, second in [
        ("/wo", "rk/"),
        ("/ro", "ot/"),
        ("/ho", r"me/\w+"),
        ("/Us", r"ers/\w+"),
        ("/tm", "p/"),
        (r"/opt/py", "pi"),
        ("/opt/wh", "eels"),
    ]
)
HOSTS = "|".join(
    first + second
    for first, second in [
        (r"pypi\.", "org/simple"),
        (r"files\.python", r"hosted\.org"),
        (r"registry\.npm", r"js\.org"),
        ("--index", "-url "),
        ("--extra-index", "-url"),
        ("--find", "-links "),
    ]
)
SUPPRESSION = re.compile(
    "# *(?:ruff: *)?(?P<kind>no" + r"qa|type: *ignore|pyright: *ignore|nosec|pragma)\b(?P<rest>.*)$"
)
SELF_EXPLAINED = re.compile(r"^\[reportUnknown\w+(, *reportUnknown\w+)*\]")
CODE = re.compile(r"^(: *|\[)\w+")
REASON = re.compile(r"[\w\])] +([-—#:]|\() *(\w+ \w+|\w{4,})")
UNFINISHED = "#.*\\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + ")\\b|raise NotImpl" + "ementedError"


def _text_files():
    for path in files():
        if path.suffix not in {".png", ".ico", ".woff2"}:
            yield path, path.read_text(encoding="utf-8")


def _lines(pattern: str | re.Pattern[str], *, suffix: str = ""):
    for path, text in _text_files():
        if path.name.endswith(suffix):
            for number, line in enumerate(text.splitlines(), start=1):
                if re.search(pattern, line):
                    yield f"{relative(path)}:{number}: {line.strip()[:90]}"


def test_no_module_is_called_after_nothing_in_particular():
    named = {
        relative(path)
        for path in python_files()
        if NO_ROOM & {part.removesuffix(".py").strip("_") for part in path.relative_to(ROOT).parts}
    }
    assert not named, f"name them after their subject: {named}"


def test_no_path_of_one_machine_is_written_down():
    assert list(_lines(rf"(?<![\w.}}/])({PLACES})")) == []


def test_no_package_index_is_written_down():
    assert list(_lines(HOSTS)) == []


def test_nothing_is_left_unfinished():
    assert list(_lines(UNFINISHED, suffix=".py")) == []


def test_every_silenced_check_names_itself_and_its_reason():
    """For example ``# noqa: S311 - seeded on purpose``; one reason may serve several lines in a row.

    Pyright's ``reportUnknown…`` is its own reason: a value that came from outside has no type.
    """
    wrong: list[str] = []
    for path in python_files():
        above = False
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            match = SUPPRESSION.search(line)
            reasoned = bool(
                match and any(each.search(match["rest"]) for each in (REASON, SELF_EXPLAINED))
            ) or line.strip().startswith("# ")
            if match and not (CODE.search(match["rest"]) and (reasoned or above)):
                wrong.append(f"{relative(path)}:{number}: {match[0][:60]}")
            above = reasoned or bool(match and above)
    assert not wrong, "say which rule and why: " + "; ".join(wrong)


def test_tests_are_sentences():
    """One word after ``test_`` claims nothing."""
    short = [
        f"{relative(path)}::{name}"
        for path in python_files(ROOT / "tests")
        for name in re.findall(r"^ *def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
        if name.count("_") < 3
    ]
    assert not short, f"tests are sentences: {short}"
