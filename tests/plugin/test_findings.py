"""A failure says what it is, why, how to see it again, what to do and what counts as fixed; cascades name one cause."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from release_gate.record.findings import describe_failure
from tests.plugin.foreign import Project

MODULE = """import pytest

pytestmark = pytest.mark.kettle_ready


{body}
"""
CLASSIFY = """import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_release_gate_classify(exception):
    return "WATER" if isinstance(exception, OSError) else None
"""


def heating(body: str) -> str:
    return MODULE.format(body=body)


def test_exception_speaks_for_itself_before_the_project_classifies_it() -> None:
    class Burst(OSError):
        category = "WATER"
        root_cause = "the pipe burst"
        fix = ("Close the tap.", "Call the plumber.")

    told = describe_failure(Burst("x"), "x", lambda _: "HEATING")
    assert (told["category"], told["message"], told["fix"]) == ("WATER", "the pipe burst", list(Burst.fix))


@pytest.mark.parametrize(("error", "category"), [(OSError("x"), "HEATING"), (AssertionError("x"), None)])
def test_project_classifies_what_is_no_assertion(error: BaseException, category: str | None) -> None:
    assert describe_failure(error, str(error), lambda _: "HEATING")["category"] == category


@pytest.mark.parametrize(
    ("category", "fix", "told"),
    [
        (["x"], "Close the tap.", ("['x']", ["Close the tap."])),
        (b"x", {5}, ("b'x'", ["5"])),
        (5, [None], ("5", [""])),
        (None, None, (None, None)),
    ],
)
def test_facts_of_an_exception_become_texts(category: object, fix: object, told: tuple[object, object]) -> None:
    class Odd(OSError):
        pass

    error = Odd("x")
    for name, value in {"category": category, "fix": fix, "root_cause": 5}.items():
        setattr(error, name, value)
    found = describe_failure(error, "x", lambda _: None)
    assert (found["category"], found["fix"], found["message"]) == (*told, "5")


def test_finding_keeps_what_the_assert_showed_and_what_the_declaration_says(kettle: Project) -> None:
    kettle.replace(
        "tests/test_b_heating.py", 'assert mode in ("slow", "fast")', "degrees = 90\n    assert degrees == 100"
    )
    kettle.bare()
    finding = kettle.check("B2")["finding"]
    assert finding["root_cause"].startswith("assert 90 == 100")
    assert (finding["category"], finding["fix_plan"]) == ("HEATING", ["Replace the thermostat."])
    assert finding["acceptance"] == "No power after boiling."


@pytest.mark.parametrize("awkward", ["plain", "with space", "quote ' and $(touch x)", "Łódź"])
def test_reproduction_is_runnable_as_it_stands(kettle: Project, awkward: str) -> None:
    body = (
        '@pytest.mark.check("B1")\n@pytest.mark.parametrize("mode", [AWKWARD], ids=repr)\n'
        'def test_the_water_boils(mode):\n    assert mode == "never"\n\n\n'
        '@pytest.mark.check("B2")\ndef test_it_switches_off():\n    assert True'
    )
    kettle.write("tests/test_b_heating.py", heating(body).replace("AWKWARD", repr(awkward)))
    kettle.bare()
    path = Path(sys.executable).parent
    told = Project(kettle.root, {"PATH": str(path)})
    ended = told.run(["/bin/sh", "-c", kettle.check("B1")["finding"]["reproduction"]])
    assert "1 failed" in ended.output, ended.output
    assert "no verdict: 1 of 7 required checks" in ended.output


def test_broken_fixture_is_one_cause_with_its_cascade(kettle: Project) -> None:
    body = (
        '@pytest.fixture(scope="session")\ndef mains():\n    raise ConnectionError("no power")\n\n\n'
        '@pytest.mark.check("B1")\ndef test_the_water_boils(mains):\n    assert mains\n\n\n'
        '@pytest.mark.check("B2")\ndef test_it_switches_off(mains):\n    assert mains'
    )
    kettle.write("tests/test_b_heating.py", heating(body))
    kettle.write("conftest.py", CLASSIFY)
    kettle.bare()
    first, second = kettle.check("B1"), kettle.check("B2")
    assert (first["outcome"], second["outcome"]) == ("ERROR", "ERROR")
    assert (first["finding"]["category"], second["finding"]["same_cause_as"]) == ("WATER", "B1")
    assert "what it needs" in first["finding"]["fix_plan"][0]
    blocked = kettle.blocked.read_text("utf-8")
    assert blocked.count("no power") == 1
    assert "B2" in blocked


def test_same_exception_in_two_checks_is_one_cause(kettle: Project) -> None:
    body = "\n\n\n".join(
        f'@pytest.mark.check("{name}")\ndef test_{name}():\n    raise ConnectionError("no power")'
        for name in ("B1", "B2")
    )
    kettle.write("tests/test_b_heating.py", heating(body))
    kettle.bare()
    assert [kettle.check(name)["finding"]["same_cause_as"] for name in ("B1", "B2")] == [None, "B1"]


def test_two_assertions_that_read_alike_are_two_findings(kettle: Project) -> None:
    body = (
        '@pytest.mark.check("B1")\ndef test_the_water_boils():\n    assert 1 == 2\n\n\n'
        '@pytest.mark.check("B2")\ndef test_it_switches_off():\n    assert 1 == 2'
    )
    kettle.write("tests/test_b_heating.py", heating(body))
    kettle.bare()
    assert [kettle.check(name)["finding"]["same_cause_as"] for name in ("B1", "B2")] == [None, None]


def test_what_a_critical_failure_stopped_stands_under_its_cause(kettle: Project) -> None:
    kettle.replace("tests/test_a_water.py", "evidence.record", "raise OSError('dry')\n    evidence.record")
    kettle.supervised()
    assert kettle.check("A1")["finding"]["blocks"] == ["B1", "B2", "F1", "F2", "F3"]
    assert [kettle.check(name)["blocked_by"] for name in ("B1", "B2")] == ["A1", "A1"]
    blocked = kettle.blocked.read_text("utf-8")
    assert "B1, B2" in blocked
    assert len(blocked.splitlines()) < 40
    report = (kettle.root / "docs" / "ERROR_TRIAGE_REPORT.md").read_bytes()
    assert report == (kettle.folder / "ERROR_TRIAGE_REPORT.md").read_bytes()


def test_block_fits_on_a_screen_whatever_fails(kettle: Project) -> None:
    checks = "\n".join(
        f'[[tool.release_gate.checks]]\nid = "B{number}"\ntitle = "t"\ncategory = "HEATING"\nfix = ["mend"]\n'
        'acceptance = "works"\n'
        for number in range(10, 60)
    )
    kettle.write("pyproject.toml", (kettle.root / "pyproject.toml").read_text("utf-8") + checks)
    tests = "\n".join(
        f'@pytest.mark.check("B{number}")\ndef test_{number}():\n    assert {number} == 0, "{"x" * 900}"\n'
        for number in range(10, 60)
    )
    kettle.write("tests/test_c_many.py", heating(tests))
    kettle.bare()
    lines = kettle.blocked.read_text("utf-8").splitlines()
    assert len(lines) <= 60
    assert max(map(len, lines)) <= 500
