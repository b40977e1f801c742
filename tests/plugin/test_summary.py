"""A verification summary says to a deployer, without checkout, who verified what by which policy, and until when."""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from release_gate.__main__ import main
from release_gate.rules.declaration import load
from release_gate.sealing import signing
from release_gate.sealing.summary import Deployment, faults, policy_digest, summary
from tests.plugin.foreign import Project

VERIFIER = "https://ci.example/kettle"


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def ended(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as status:
        main([str(argument) for argument in arguments])
    return int(status.value.code or 0)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return signing.generate(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def signed(passed: Project, keys: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The signed summary of a valid PASS."""
    monkeypatch.setenv(signing.KEY_FILE, str(keys[0]))
    told = "--root", passed.root, "verify", "--summary", tmp_path / "summary.json", "--verifier", VERIFIER
    assert ended(*told, "--max-age", "24h") == 0
    return tmp_path / "summary.json"


@pytest.fixture
def wanted(passed: Project, keys: tuple[Path, Path]) -> Deployment:
    declaration = load(passed.root)
    assert declaration is not None
    commit = passed.result["subject"]["commit"]
    return Deployment(commit, policy=policy_digest(declaration), verifier=VERIFIER, keys=[keys[1]])


def test_summary_allows_what_was_verified(signed: Path, wanted: Deployment, keys: tuple[Path, Path]) -> None:
    assert faults(signed, wanted, now()) == []
    assert ended("verify-summary", signed, "--commit", wanted.commit, "--key", keys[1], "--json") == 0


@pytest.mark.parametrize(("command", "option"), [("verify", "--summary"), ("render", "--out")])
def test_what_is_written_to_a_pipe_or_through_a_link_leaves_both(
    passed: Project, tmp_path: Path, command: str, option: str
) -> None:
    """A device, such as /dev/null, is treated like the pipe: every program of the machine would lose it."""
    pipe, link, behind = tmp_path / "pipe", tmp_path / "link", tmp_path / "behind"
    os.mkfifo(pipe)
    link.symlink_to(behind)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    for named in (pipe, link):
        assert ended("--root", passed.root, command, option, named) == 0
    written = os.read(reading, 1 << 20)
    os.close(reading)
    assert (pipe.is_fifo(), link.is_symlink()) == (True, True)
    assert len(written) == len(behind.read_bytes()) > 1000


@pytest.mark.parametrize(
    "other",
    [
        {"commit": "0" * 40},
        {"policy": "0" * 64},
        {"verifier": "https://elsewhere.example"},
        {"inputs": {"tea": Path(__file__)}},
        {"keys": (), "unsigned": True},
        {"keys": ()},
    ],
)
def test_summary_allows_nothing_else(other: dict[str, Any], signed: Path, wanted: Deployment) -> None:
    assert len(faults(signed, replace(wanted, **other), now())) == 1


def test_summary_ends_with_what_it_rests_on(signed: Path, wanted: Deployment) -> None:
    assert "valid until" in faults(signed, wanted, now() + dt.timedelta(hours=25))[0]
    assert "from the future" in faults(signed, wanted, now() - dt.timedelta(hours=1))[0]
    assert faults(signed, wanted, now() - dt.timedelta(seconds=5)) == []


def test_summary_of_another_key_or_changed_is_refused(signed: Path, wanted: Deployment, tmp_path: Path) -> None:
    _, public = signing.generate(tmp_path / "others")
    assert "not signed by any" in faults(signed, replace(wanted, keys=[public]), now())[0]
    envelope = json.loads(signed.read_text("utf-8"))
    envelope["payload"] = envelope["payload"][:-8] + "AAAAAAA="
    signed.write_text(json.dumps(envelope), encoding="utf-8")
    assert len(faults(signed, wanted, now())) == 1


def test_summary_of_a_refused_result_says_so(passed: Project, wanted: Deployment, tmp_path: Path) -> None:
    """The plain statement is written, because there is no key."""
    path = tmp_path / "summary.json"
    assert ended("--root", passed.root, "verify", "--commit", "0" * 40, "--summary", path) == 1
    statement = json.loads(path.read_text("utf-8"))
    assert statement["predicateType"] == "https://slsa.dev/verification_summary/v1"
    assert statement["predicate"]["verificationResult"] == "FAILED"
    refused = faults(path, replace(wanted, keys=(), unsigned=True, verifier=None), now())
    assert refused[0].startswith("The verifier refused it")


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", "[" * 100_000, '{"predicate": 7}', '{"payloadType": "x", "payload": 7}']
)
def test_file_that_is_no_summary_is_refused(content: str, wanted: Deployment, tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text(content)
    assert len(faults(tmp_path / "summary.json", wanted, now())) == 1
    assert len(faults(tmp_path / "summary.json", replace(wanted, keys=(), unsigned=True), now())) == 1


def test_statement_of_another_type_or_with_a_subject_twice_is_refused(
    signed: Path, wanted: Deployment, tmp_path: Path
) -> None:
    statement = json.loads(base64.b64decode(json.loads(signed.read_text("utf-8"))["payload"]))
    twice = [*statement["subject"], statement["subject"][-1]]
    path = tmp_path / "summary.json"
    for key, value, told in (
        ("_type", "tea", "the type tea, not https://in-toto"),
        ("subject", twice, "one subject twice"),
    ):
        path.write_text(json.dumps(statement | {key: value}))
        (refused,) = faults(path, replace(wanted, keys=(), unsigned=True), now())
        assert told in refused


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (("verifiedLevels",), "RELEASE_GATE_PASS", "Expected `array`, got `str` - at `$.predicate.verifiedLevels`"),
        (("releaseGate", "refused"), None, "Expected `array`, got `null` - at `$.predicate.releaseGate.refused`"),
        (("releaseGate", "validUntil"), "2999-01-01T00:00:00", "at `$.predicate.releaseGate.validUntil`"),
        (("timeVerified",), "soon", "at `$.predicate.timeVerified`"),
        (("policy",), {}, "missing required field `digest` - at `$.predicate.policy`"),
    ],
)
def test_summary_of_another_form_is_refused_with_its_place(
    passed: Project, wanted: Deployment, tmp_path: Path, place: tuple[str, ...], value: object, told: str
) -> None:
    """`in` finds a level in any text that holds it."""
    path = tmp_path / "summary.json"
    assert ended("--root", passed.root, "verify", "--summary", path) == 0
    statement = json.loads(path.read_text("utf-8"))
    table = statement["predicate"]
    for key in place[:-1]:
        table = table[key]
    table[place[-1]] = value
    path.write_text(json.dumps(statement), encoding="utf-8")
    (refused,) = faults(path, replace(wanted, keys=(), unsigned=True, verifier=None), now())
    assert f"{path} is no verification summary: " in refused
    assert told in refused


def test_summary_is_signed_where_a_key_is_given(passed: Project, wanted: Deployment, tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    assert ended("--root", passed.root, "verify", "--summary", path) == 0
    assert faults(path, wanted, now()) == [f"{path} is not signed."]


def test_summary_is_not_written_into_the_sealed_run(passed: Project, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("summary.json", "RELEASE_GATE_RESULT.json"):
        assert ended("--root", passed.root, "verify", "--summary", passed.folder / name) == 1
        assert "lies in a run's folder, which is sealed" in capsys.readouterr().err
    assert ended("--root", passed.root, "verify") == 0


def test_input_that_cannot_be_read_is_named(signed: Path, wanted: Deployment, tmp_path: Path) -> None:
    for path, why in ((tmp_path / "absent", "No such file or directory"), (tmp_path, "Is a directory")):
        assert faults(signed, replace(wanted, inputs={"tea": path}), now()) == [f"{path} cannot be read: {why}."]


def test_summary_that_rests_on_the_last_day_there_is_has_no_end(passed: Project) -> None:
    waiver = {"check": "B2", "expires": "9999-12-31", "used": True}
    declaration, result = load(passed.root), passed.result | {"waivers": [waiver]}
    assert declaration is not None
    told = summary(declaration, result, passed.folder, [], verifier=VERIFIER, max_age=None)
    assert told["predicate"]["releaseGate"]["validUntil"] is None


def test_digest_of_the_policy_may_be_in_capitals(signed: Path, wanted: Deployment) -> None:
    assert wanted.policy is not None
    assert faults(signed, replace(wanted, policy=wanted.policy.upper()), now()) == []


def test_summary_that_says_two_things_is_refused(passed: Project, wanted: Deployment, tmp_path: Path) -> None:
    """Another reader might take the first of two equal keys."""
    path = tmp_path / "summary.json"
    assert ended("--root", passed.root, "verify", "--summary", path) == 0
    content, unsigned = path.read_text("utf-8"), replace(wanted, keys=(), unsigned=True, verifier=None)
    assert faults(path, unsigned, now()) == []
    said = '"verificationResult": '
    path.write_text(content.replace(said, f'{said}"FAILED", {said}'), encoding="utf-8")
    assert 'has the key "verificationResult" twice' in faults(path, unsigned, now())[0]
