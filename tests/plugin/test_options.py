"""Options that may change the checks are refused by name and source; those that only report are not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from release_gate.in_pytest.options.changes import change_problems
from release_gate.in_pytest.options.preflight import faults_before_run, passive_option
from release_gate.rules.declaration import load
from tests.plugin.foreign import UNNEEDED, Project, project_in

pytest_plugins = ["pytester"]

Parsed = Callable[..., pytest.Config]
QUICK = """
def pytest_addoption(parser):
    parser.addoption("--quick", action="store_true")
    parser.addoption("--level", type=int, default=3)
    parser.addini("sampled", "look at some rows only", type="bool", default=False)
"""


@pytest.fixture
def parsed(kettle: Project, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Parsed:
    """pytest's configuration of the kettle with these arguments, without running anything."""
    monkeypatch.chdir(kettle.root)
    # The gate is imported in this process already, of which pytest 8.0 warns.
    kettle.replace("pytest.ini", "    error\n", "    error\n    ignore:Module already imported\n")
    for name in ("PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_ADDOPTS", UNNEEDED)

    def parse(*arguments: str) -> pytest.Config:
        return pytester.parseconfig("-m", "kettle_ready", *arguments)

    return parse


def problems(config: pytest.Config, *allowed: str) -> list[tuple[str, str]]:
    declaration = load(config.rootpath)
    assert declaration is not None
    return [
        (code, message) for _, code, message in change_problems(config, replace(declaration, allowed_options=allowed))
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["-v"],
        ["-q", "-rA", "--tb=short", "--showlocals", "--color=no"],
        ["-s", "--durations=5", "--durations-min=0.1", "--no-header"],
        ["--capture=tee-sys", "--setup-show"],
        ["--junit-xml=other.xml", "--html=other.html", "--self-contained-html"],
        ["-n", "0"],
        ["-n0", "--dist", "no"],
        ["--maxfail=0"],
        ["--import-mode=importlib"],
        ["--rootdir=."],
        ["--basetemp=/nowhere/kettle"],
        ["--log-level=debug", "--log-cli-level=INFO"],
        ["--strict-markers", "--strict-config"],
        ["--doctest-modules"],
        ["-W", "error"],
        ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:of_no_plugin"],
        ["-p", "release_gate", "-p", "xdist"],
        ["-o", "console_output_style=classic", "-o", "junit_family=xunit1"],
        ["--benchmark-columns=mean", "--benchmark-sort=mean", "--benchmark-enable"],
        ["--gate-release", "--gate-keep-going"],
        ["--release", "--keep-going"],
        ["--assert=rewrite", "--cache-clear"],
    ],
    ids=" ".join,
)
def test_what_only_reports_is_allowed(parsed: Parsed, arguments: list[str]) -> None:
    assert problems(parsed(*arguments)) == []


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (["--runxfail"], "CHANGED", "--runxfail"),
        (["--trace"], "NARROWED", "--trace"),
        (["-k", "water"], "NARROWED", "-k water"),
        (["-kwater"], "NARROWED", "-k water"),
        (["-x"], "NARROWED", "-x (from"),
        (["-vx"], "NARROWED", "-x (from"),
        (["--maxfail=2"], "NARROWED", "--maxfail 2"),
        (["--ff"], "NARROWED", "--ff"),
        (["--nf"], "NARROWED", "--nf"),
        (["--noconftest"], "CHANGED", "--noconftest"),
        (["--assert=plain"], "CHANGED", "--assert plain"),
        (["--benchmark-disable"], "CHANGED", "--benchmark-disable"),
        (["--benchmark-skip"], "CHANGED", "--benchmark-skip"),
        (["--benchmark-only"], "CHANGED", "--benchmark-only"),
        (["--benchmark-min-rounds=1"], "UNKNOWN_OPTION", "--benchmark-min-rounds 1"),
        (["-f"], "CHANGED", "-f"),
        (["-d"], "UNKNOWN_OPTION", "-d (from"),
        (["--dist=loadfile"], "UNKNOWN_OPTION", "--dist loadfile"),
        (["--tx", "popen"], "UNKNOWN_OPTION", "--tx popen"),
        (["-n", "3"], "PARALLEL", "-n 3"),
        (["-nauto"], "PARALLEL", "-n"),
        (["--confcutdir=tests"], "UNKNOWN_OPTION", "--confcutdir tests"),
        (["--basetemp=docs/_runs"], "BASETEMP", "--basetemp"),
        (["--import-mode=append"], "UNKNOWN_OPTION", "--import-mode append"),
        (["--continue-on-collection-errors"], "UNKNOWN_OPTION", "--continue-on-collection-errors"),
        (["--pyargs"], "UNKNOWN_OPTION", "--pyargs"),
        (["--keep-duplicates"], "UNKNOWN_OPTION", "--keep-duplicates"),
        (["--log-level=CRITICAL"], "UNKNOWN_OPTION", "--log-level CRITICAL"),
        (["--log-disable=kettle"], "CHANGED", "--log-disable"),
        (["-c", "pytest.ini"], "CHANGED", "-c pytest.ini"),
        (["--pdbcls=kettle:Debugger"], "UNKNOWN_OPTION", "--pdbcls"),
        (["-p", "tabnanny"], "UNKNOWN_PLUGIN", "-p tabnanny"),
        (["-p", "no:warnings"], "PLUGIN_LEFT_OUT", "-p no:warnings"),
        (["-p", "no:skipping"], "PLUGIN_LEFT_OUT", "-p no:skipping"),
        (["-o", "usefixtures=tmp_path"], "UNKNOWN_SETTING", "-o usefixtures=tmp_path"),
        (["--override-ini=xfail_strict=false"], "UNKNOWN_SETTING", "-o xfail_strict=false"),
        (["-o", "python_functions=test_there*"], "UNKNOWN_SETTING", "-o python_functions"),
        (["-o", "addopts="], "UNKNOWN_SETTING", "-o addopts"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_may_change_the_checks_is_refused_by_name_and_source(
    parsed: Parsed, arguments: list[str], code: str, named: str
) -> None:
    config = parsed(*arguments)
    assert code in [found for found, _ in problems(config)]
    told = "; ".join(message for found, message in problems(config) if found == code)
    assert named in told
    assert "the command line" in told


def test_source_is_named_wherever_it_is(parsed: Parsed, kettle: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", f"{UNNEEDED} --runxfail")
    assert "--runxfail (from PYTEST_ADDOPTS)" in str(problems(parsed()))


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("pytest.ini", "[pytest]\n"),
        (".pytest.ini", "[pytest]\n"),
        ("tox.ini", "[pytest]\n"),
        ("setup.cfg", "[tool:pytest]\n"),
        ("pyproject.toml", "\n[tool.pytest.ini_options]\n"),
    ],
)
def test_every_configuration_file_is_read(parsed: Parsed, kettle: Project, name: str, head: str) -> None:
    toml = name.endswith(".toml")
    text = head + "".join(
        f"{key} = {f'{value!r}' if toml else value}\n"
        for key, value in (("addopts", "--runxfail"), ("usefixtures", "tmp_path"))
    )
    (kettle.root / "pytest.ini").unlink()
    path = kettle.root / name
    path.write_text((path.read_text("utf-8") if path.exists() else "") + text, encoding="utf-8")
    found = problems(parsed())
    assert [code for code, _ in found] == ["CHANGED", "UNKNOWN_SETTING"]
    assert f"--runxfail (from addopts of {name})" in found[0][1]
    assert "usefixtures" in found[1][1] and f"(from {name})" in found[1][1]


def test_the_last_word_decides(parsed: Parsed, kettle: Project) -> None:
    kettle.replace("pytest.ini", "[pytest]", '[pytest]\naddopts = -n 2 -m "not slow" --runxfail')
    assert [code for code, _ in problems(parsed("-n", "0"))] == ["CHANGED"]


def test_options_of_the_project_are_refused_unless_declared(parsed: Parsed, kettle: Project) -> None:
    kettle.write("conftest.py", QUICK)
    kettle.replace("pytest.ini", "[pytest]", "[pytest]\nsampled = true")
    config = parsed("--quick", "--level=2")
    assert [code for code, _ in problems(config)] == ["UNKNOWN_OPTION", "UNKNOWN_OPTION", "UNKNOWN_SETTING"]
    assert problems(config, "--quick", "--level=2", "sampled") == []
    assert "--level 2" in str(problems(config, "--quick", "--level=1", "sampled"))


def test_option_that_a_conftest_sets_is_seen(parsed: Parsed, kettle: Project) -> None:
    kettle.write("conftest.py", "def pytest_configure(config):\n    config.option.runxfail = True\n")
    config = parsed()
    config.option.runxfail = True
    assert "--runxfail (from a plugin or conftest.py)" in str(problems(config))


def test_no_declaration_makes_a_harmful_option_harmless(parsed: Parsed) -> None:
    assert [code for code, _ in problems(parsed("--runxfail", "-k", "water"), "--runxfail", "-k")] == [
        "NARROWED",
        "CHANGED",
    ]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1", "CHANGED"),
        ("PYTEST_PLUGINS", "pstats", "UNKNOWN_PLUGIN"),
        ("PYTEST_RETRIES", "3", "UNKNOWN_VARIABLE"),
        ("PYTEST_THEME", "monokai", ""),
        ("PYTEST_PLUGINS", "pytester", ""),
        ("PYTHONDEVMODE", "1", ""),
    ],
)
def test_environment_is_read(parsed: Parsed, monkeypatch: pytest.MonkeyPatch, name: str, value: str, code: str) -> None:
    config = parsed()
    monkeypatch.setenv(name, value)
    assert [found for found, _ in problems(config)] == ([code] if code else [])
    assert all(name in message for _, message in problems(config))


@pytest.mark.parametrize(
    ("flag", "shown"), [("--co", "--co"), ("--fixtures", "--fixtures"), ("--markers", "--markers"), ("-v", "")]
)
def test_option_under_which_no_check_runs_is_seen(parsed: Parsed, flag: str, shown: str) -> None:
    passive = passive_option(parsed(flag))
    assert (passive.name if passive else "") == shown


def test_setting_that_nobody_reads_is_a_fault_before_the_run(parsed: Parsed, kettle: Project) -> None:
    kettle.replace("pytest.ini", "[pytest]", "[pytest]\ntiemout = 3\ntrio_mode = true")
    config = parsed()
    declaration = load(kettle.root)
    assert declaration is not None
    fault = next(faults_before_run(config, declaration))
    assert fault.endswith("pytest.ini: tiemout is a setting of neither pytest nor a loaded plugin: remove it.")


def test_hook_of_the_project_that_fails_is_a_fault(parsed: Parsed, kettle: Project) -> None:
    kettle.write("conftest.py", "def pytest_release_gate_preflight(config):\n    raise OSError('no socket')\n")
    declaration = load(kettle.root)
    assert declaration is not None
    assert list(faults_before_run(parsed(), declaration)) == [
        "The hook pytest_release_gate_preflight failed: OSError: no socket"
    ]


@pytest.mark.parametrize(
    "argument",
    [
        "--log-file=docs/RELEASE_BLOCKED.md",
        "--log-file=./docs/../docs/FINAL_STATUS.md",
        "--log-file=docs/_runs/run.log",
        "--log-file=tests/test_b_heating.py",
        "--log-file=requirements.lock",
        "--log-file=schemas/boil.schema.json",
        "--benchmark-storage=file://docs/_runs",
        "-olog_file=docs/ERROR_TRIAGE_REPORT.md",
        "-ocache_dir=docs/_runs/cache",
    ],
)
def test_report_over_a_file_of_the_gate_is_refused(argument: str, parsed: Parsed) -> None:
    ((code, message),) = problems(parsed(argument))
    assert code == "WRITTEN_OVER"
    assert "would write over" in message


@pytest.mark.parametrize(
    "argument",
    ["--log-file=run.log", "--log-file=docs/run.log", "--junit-xml=docs/RELEASE_BLOCKED.md", "-ocache_dir=.x"],
)
def test_report_of_its_own_is_not(argument: str, parsed: Parsed) -> None:
    assert problems(parsed(argument)) == []


def test_asserts_switched_off_by_a_variable_are_refused_in_a_sentence(tmp_path: Path) -> None:
    ended = project_in(tmp_path / "kettle", PYTHONOPTIMIZE="1").supervised()
    assert ended.exit_code == 4, ended.output
    assert "Python leaves out assert statements (-O, PYTHONOPTIMIZE): no check would check anything." in ended.output
    assert "Traceback" not in ended.output
