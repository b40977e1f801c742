"""A declaration that is misread is no declaration: each mistake is named with its file, line and key."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release_gate.rules.declaration import DeclarationError, load
from release_gate.rules.declared import json_schema
from release_gate.rules.positions import line_of
from tests.plugin.foreign import EXAMPLES, project_in

TEXT = (EXAMPLES / "base" / "pyproject.toml").read_text("utf-8")
SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "release_gate.schema.json"
FIRST = "checks[0] (A1)"


def refused(folder: Path, old: str, new: str, files: dict[str, str] | None = None) -> str:
    """The sentence by which the kettle's declaration is refused once `old` is `new`."""
    assert old in TEXT
    project = project_in(folder / "kettle", {"pyproject.toml": TEXT.replace(old, new, 1), **(files or {})})
    with pytest.raises(DeclarationError) as error:
        load(project.root)
    assert "\n" not in str(error.value)
    return str(error.value).replace(str(project.root), "")


def line(of: str) -> int:
    return TEXT[: TEXT.index(of)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'fix = ["Replace the thermostat."]',
            'fix = ["Replace the thermostat."]\ntrial = true',
            "checks[2] (B2), trial: a trial needs its last day, such as trial_until = 2027-01-31.",
        ),
        (
            'fix = ["Replace the thermostat."]',
            'fix = ["Replace the thermostat."]\ntrial_until = 2027-01-31',
            "checks[2] (B2), trial_until: trial_until says nothing without trial = true.",
        ),
        (
            "critical = true",
            "trial = true\ntrial_until = 2027-01-31\ncritical = true",
            "checks[0] (A1), critical: a check on trial decides nothing, so it can have no critical.",
        ),
        ("artefacts =", "artifacts =", 'artifacts: the key "artifacts" is unknown; did you mean "artefacts"?'),
        (
            'fix = ["Replace the thermostat."]',
            'fix = ["Replace the thermostat."]\ntrial = true\ntrial_until = "2027-01-31"',
            'checks[2] (B2), trial_until: expected a date without quotes, found "2027-01-31".',
        ),
        ('title = "Kettle"', "timeout_s = -1", "timeout_s: expected a number above 0, found -1."),
        ('title = "Kettle"', "timeout_s = inf", "timeout_s: expected a number of at most 31536000, found inf."),
        ("waivable = false", 'waivable = "false"', 'criteria[0] (A), waivable: expected true or false, found "false".'),
        ("waivable = false", "waivable = 0", "criteria[0] (A), waivable: expected true or false, found 0."),
        ('fix = ["Fill the kettle."]', 'fix = "Fill it."', f'{FIRST}, fix: expected a list, found "Fill it.".'),
        ('fix = ["Fill the kettle."]', "fix = []", f"{FIRST}, fix: expected a list of length >= 1, found []."),
        ('fix = ["Fill the kettle."]', 'fix = [" "]', f"{FIRST}, fix, entry 1: expected a text that is not blank"),
        ('id = "A1"', "id = 1", "checks[0], id: expected a text, found 1."),
        ('id = "A1"', 'id = ""', 'checks[0] (), id: expected a text without blanks, found "".'),
        ('id = "A1"', 'id = "A1 "', 'checks[0] (A1 ), id: expected a text without blanks, found "A1 ".'),
        ('id = "A1"', 'id = "A1\\n"', 'checks[0] (A1\\n), id: expected a text without blanks, found "A1\\n".'),
        ('id = "A1"', 'id = "A1\\u200b"', "checks[0] (A1\\u200b), id: expected a text without blanks"),
        ('id = "A1"', 'id = "A1\\u0085"', "checks[0] (A1\\x85), id: expected a text without blanks"),
        ("kettle_ready", "kettle_ready\\n", "marker: expected the name of a marker, such as prod_ready"),
        ('"docs/_runs"', '"docs/_runs "', "runs_dir: expected a path without blanks at its ends, found"),
        ('"docs/_runs"', '"docs/_runs\\n"', "runs_dir: expected a path without blanks at its ends, found"),
        ('id = "B2"', 'id = "b1"', 'checks[2] (b1), id: "b1" differs from "B1" in nothing but capitals.'),
        ('id = "B2"', 'id = "B1"', 'checks[2] (B1), id: "B1" is declared twice.'),
        ('category = "WATER"', 'category = "TEA"', f'{FIRST}, category: the category "TEA" is not one of HEATING'),
        ('category = "WATER"', 'criterion = "Z"', f'{FIRST}: the key "category" is missing.'),
        ("critical = true", 'criterion = "Z"', f'{FIRST}, criterion: the criterion "Z" is not declared'),
        ("critical = true", "owner = 1979-05-27", f'{FIRST}, owner: the key "owner" is unknown; there are id, title'),
        ('title = "Kettle"', "title = 1979-05-27", "title: expected a text, found 1979-05-27."),
        ('title = "Kettle"', 'title = "Kettle"\npaths = ["tets"]', 'paths, entry 1: "tets" is not there.'),
        ("kettle_ready", "kettle_ready or x", "marker: expected the name of a marker, such as prod_ready"),
        ("requirements.lock", "no.lock", 'lock: the file "no.lock" is not there.'),
        ("requirements.lock", "schemas", 'lock: "schemas" is a folder, not a file.'),
        ("requirements.lock", "../a.lock", 'lock: "../a.lock" leaves the project.'),
        ("requirements.lock", "/etc/passwd", 'lock: "/etc/passwd" must be relative to the project.'),
        ("docs/release_waivers.toml", "schemas", 'waivers: "schemas" is a folder, not a file.'),
        ("schemas/boil.schema.json", "schemas/b.json", 'schemas, boil.json: the file "schemas/b.json" is not there.'),
        ('["boil.json"', '["../boil.json"', 'entry 1: "../boil.json" must be the plain path of a file within'),
        ('["boil.json"', '["RELEASE_GATE_RESULT.json"', "is written by the gate itself"),
        ('["boil.json"', '["journal.jsonl"', 'entry 1: "journal.jsonl" is written by the gate itself'),
        ('["boil.json"', '["Journal.JSONL"', 'entry 1: "Journal.JSONL" is written by the gate itself'),
        ('["boil.json"', '["release_report.json"', 'entry 1: "release_report.json" is written by the gate itself'),
        *(
            ('title = "Kettle"', f'allowed_options = ["--hot", "{option}"]', f'entry 2: "{option}" {effect}')
            for option, effect in (
                ("-k", "selects checks by name, so it is refused whatever is declared: take it out."),
                ("-kwater", "selects checks by name, so it is refused"),
                ("--deselect=A1", "leaves checks out, so it is refused"),
                ("-x", "stops before every check has run"),
                ("--lf", "runs only what failed before"),
                ("--collect-only", "only shows something: no check would run"),
                ("-p no:release_gate", "switches the release gate off"),
                ("PYTHONOPTIMIZE", "leaves out assert statements"),
            )
        ),
        ('"docs/_runs"', '"pytest.ini"', 'runs_dir: "pytest.ini" is a file, not a folder.'),
        ('"docs/_runs"', '"."', 'runs_dir: "." is the project\'s folder or around it'),
        ('"docs/_runs"', '".."', "runs and what they judge could not be told apart: name a folder of its own, such as"),
        ('"docs/_runs"', '"tests/_runs"', 'runs_dir: "tests/_runs" lies in or around tests or source'),
        ('"docs/_runs"', '"src/runs"', 'runs_dir: "src/runs" lies in or around tests or source'),
        (
            'runs_dir = "docs/_runs"',
            'paths = ["schemas/boil.schema.json"]\nruns_dir = "schemas"',
            '"schemas" lies in or around the tests',
        ),
        ('seals = "triaged"', "sealed = true", 'sealed: the key "sealed" is unknown; did you mean "seals"?'),
    ],
)
def test_mistake_is_refused_with_its_line_and_key(old: str, new: str, told: str, tmp_path: Path) -> None:
    sentence = refused(tmp_path, old, new)
    assert told in sentence
    assert sentence.startswith("pyproject.toml, line ")
    at = line(old) + new.count("\n")
    header = TEXT[: TEXT.index(old)].rpartition("[[")[0].count("\n") + 1
    assert int(sentence.split(",")[1].removeprefix(" line ").partition(":")[0]) in (at, header)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('title = "Kettle"', 'title = "Kettle', "cannot be read: Illegal character"),
        ('title = "Kettle"', 'title = "Kettle"\ntitle = "Pot"', "cannot be read: Cannot overwrite a value (at line 3"),
        ("[tool.release_gate]\n", "[tool.release-gate]\n", "[tool.release-gate] is unknown; write [tool.release_gate]"),
    ],
)
def test_table_that_cannot_be_read_is_refused(old: str, new: str, told: str, tmp_path: Path) -> None:
    assert told in refused(tmp_path, old, new)


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ('{"type": "objekt"}', 'is no usable JSON Schema: "objekt"'),
        ('{"$ref": "http://127.0.0.1:9/boil.json"}', "Retrieval is disabled"),
        ('{"$ref": "file:///etc/hostname"}', "Retrieval is disabled"),
        ('{"$schema": "http://json-schema.org/draft-03/schema#"}', "Unknown meta-schema"),
        ('{"minimum": NaN}', "holds NaN, which is no number of JSON."),
        ('\ufeff{"minimum": 1}', "begins with a byte order mark"),
        ('{"a": 1, "a": 2}', 'has the key "a" twice in one object.'),
        ("[" * 3000 + "]" * 3000, "is nested deeper than 200 levels."),
        ("", "is no JSON: Expecting value"),
    ],
)
def test_schema_that_cannot_judge_is_refused_before_anything_runs(schema: str, told: str, tmp_path: Path) -> None:
    sentence = refused(tmp_path, "Kettle", "Kettle ", {"schemas/boil.schema.json": schema or " "})
    assert 'schemas, boil.json: "schemas/boil.schema.json" ' in sentence
    assert told in sentence


def test_line_is_found_through_every_form_of_toml() -> None:
    text = 'a.b = [\n  1, # one\n  { c = """\n[x]\n""" },\n]\n\n# d = 1\n[[d.e]]\n"f g" = 2\n[[d.e]]\nh = { i = 3 }'
    assert line_of(text, ("a", "b", 1, "c")) == 1
    assert line_of(text, ("d", "e", 0, "f g")) == 10
    assert line_of(text, ("d", "e", 1, "h", "i")) == 12
    assert line_of(text, ("d", "e", 1, "missing")) == 11
    assert line_of(text, ("nothing",)) is None


@given(st.text(max_size=200), st.lists(st.sampled_from(["a", "b", 0, 1]), min_size=1, max_size=3))
def test_line_of_any_text_is_one_of_its_lines_or_none(text: str, place: list[str | int]) -> None:
    found = line_of(text, tuple(place))
    assert found is None or 1 <= found <= text.count("\n") + 1


def test_published_schema_is_the_one_of_the_types() -> None:
    """Make it again: python3 -m tests.plugin.test_declaration_form"""
    assert json.loads(SCHEMA.read_text("utf-8")) == json_schema()


if __name__ == "__main__":
    SCHEMA.write_text(json.dumps(json_schema(), indent=2) + "\n", encoding="utf-8")


def test_waivers_that_are_a_pipe_are_refused_and_not_waited_for(tmp_path: Path) -> None:
    project = project_in(tmp_path / "kettle")
    (project.root / "docs").mkdir()
    os.mkfifo(project.root / "docs" / "release_waivers.toml")
    with pytest.raises(DeclarationError, match="is a pipe, a socket or a device, not a file"):
        load(project.root)
