"""A signed result is accepted by its key and by no other, for exactly the statement that was signed."""

from __future__ import annotations

import base64
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from release_gate.rules.declaration import Declaration, load
from release_gate.sealing.signing import KEY, KEY_FILE, NAME, PASSWORD, PAYLOAD_TYPE, SigningError, generate, taken_from
from release_gate.sealing.statement import NAME as STATEMENT
from release_gate.sealing.verifying import Wanted, verify
from tests.plugin.foreign import GATE, Project, project_in

RESULT = "RELEASE_GATE_RESULT.json"
SPYING = """import os

import pytest

pytestmark = pytest.mark.kettle_ready


@pytest.mark.check("A1")
def test_there_is_water():
    assert not [name for name in os.environ if "SIGNING" in name]
"""


def pem(key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey, password: bytes = b"") -> bytes:
    secret = form.BestAvailableEncryption(password) if password else form.NoEncryption()
    return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, secret)


def public_pem(key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)


def encoded(payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding, written down from its specification."""
    kind = PAYLOAD_TYPE.encode()
    return b" ".join([b"DSSEv1", b"%d" % len(kind), kind, b"%d" % len(payload), payload])


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """release_gate.key and release_gate.pub, and another pair under other/."""
    folder = tmp_path_factory.mktemp("keys")
    generate(folder)
    generate(folder / "other")
    return folder


@pytest.fixture(scope="module")
def signed(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A committed kettle whose gate has passed, signed; its check looked for the key and found none."""
    project = project_in(tmp_path_factory.mktemp("signed") / "kettle")
    project = replace(project, environment={KEY_FILE: str(keys / "release_gate.key")})
    project.write("tests/test_a_water.py", SPYING)
    project.commit()
    ended = project.supervised()
    assert ended.exit_code == 0, ended.output
    return project


@pytest.fixture
def declaration(signed: Project) -> Declaration:
    loaded = load(signed.root)
    assert loaded is not None
    return loaded


@pytest.fixture
def copied(signed: Project, tmp_path: Path) -> Path:
    return Path(shutil.copytree(signed.folder, tmp_path / signed.folder.name))


def test_verify_accepts_its_key_among_several_and_no_other(signed: Project, keys: Path) -> None:
    mine, other = keys / "release_gate.pub", keys / "other" / "release_gate.pub"
    assert signed.verify("--key", str(other), "--key", str(mine)).exit_code == 0
    refused = signed.verify("--key", str(other))
    assert (refused.exit_code, "not signed by any" in refused.output) == (1, True)
    unasked = signed.verify()
    assert (unasked.exit_code, "by whom was not asked" in unasked.output) == (0, True)


@pytest.mark.parametrize("kind", ["Ed25519", "ECDSA P-256"])
def test_signature_holds_by_the_specification(signed: Project, copied: Path, kind: str, tmp_path: Path) -> None:
    key = ed25519.Ed25519PrivateKey.generate() if kind == "Ed25519" else ec.generate_private_key(ec.SECP256R1())
    project = replace(signed, environment={KEY: pem(key).decode()})
    assert project.run([*GATE, "sign", copied]).exit_code == 0
    envelope = json.loads((copied / NAME).read_text("utf-8"))
    payload = base64.b64decode(envelope["payload"])
    assert (payload, envelope["payloadType"]) == ((copied / STATEMENT).read_bytes(), PAYLOAD_TYPE)
    signature, public = base64.b64decode(envelope["signatures"][0]["sig"]), key.public_key()
    for content, holds in ((encoded(payload), True), (encoded(payload + b" "), False)):
        try:
            if isinstance(public, ed25519.Ed25519PublicKey):
                public.verify(signature, content)
            else:
                public.verify(signature, content, ec.ECDSA(hashes.SHA256()))
            assert holds
        except InvalidSignature:
            assert not holds
    (tmp_path / "key.pub").write_bytes(public_pem(key))
    assert signed.verify(str(copied / RESULT), "--key", str(tmp_path / "key.pub")).exit_code == 0


def test_unsigned_result_is_refused_where_a_key_is_asked_for(
    copied: Path, declaration: Declaration, keys: Path
) -> None:
    (copied / NAME).unlink()
    assert verify(copied / RESULT, declaration) == []
    (reason,) = verify(copied / RESULT, declaration, Wanted(keys=[keys / "release_gate.pub"]))
    assert "not signed" in reason


def test_signed_run_is_valid_for_its_key(copied: Path, declaration: Declaration, keys: Path) -> None:
    assert verify(copied / RESULT, declaration, Wanted(keys=[keys / "release_gate.pub"])) == []


@given(data=st.data())
@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_changed_byte_is_refused(data: st.DataObject, copied: Path, declaration: Declaration, keys: Path) -> None:
    path = copied / data.draw(st.sampled_from([NAME, STATEMENT, RESULT]))
    content = path.read_bytes()
    changed = bytearray(content)
    changed[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        path.write_bytes(changed)
        assert verify(copied / RESULT, declaration, Wanted(keys=[keys / "release_gate.pub"])) != []
    finally:
        path.write_bytes(content)


def test_envelope_written_in_another_way_is_refused(copied: Path, declaration: Declaration) -> None:
    envelope = json.loads((copied / NAME).read_text("utf-8"))
    (copied / NAME).write_text(json.dumps(envelope))
    (reason,) = verify(copied / RESULT, declaration)
    assert "not as it was signed" in reason


def test_envelope_of_another_run_is_refused_without_a_key_too(copied: Path, declaration: Declaration) -> None:
    envelope = json.loads((copied / NAME).read_text("utf-8"))
    envelope["payload"] = base64.b64encode(b"{}").decode()
    (copied / NAME).write_text(json.dumps(envelope, indent=2, ensure_ascii=False) + "\n")
    (reason,) = verify(copied / RESULT, declaration)
    assert "another statement" in reason


def test_bare_run_is_not_signed(kettle: Project, keys: Path) -> None:
    kettle.commit()
    ended = replace(kettle, environment={KEY_FILE: str(keys / "release_gate.key")}).bare()
    assert ended.exit_code == 0, ended.output
    assert not (kettle.folder / NAME).exists()


def test_changed_result_is_not_signed(signed: Project, keys: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(signed.folder, tmp_path / "run"))
    path = folder / RESULT
    path.write_text(path.read_text("utf-8").replace("Kettle", "Cattle"))
    (folder / NAME).unlink()
    assert signed.run([*GATE, "sign", folder]).exit_code == 1
    assert not (folder / NAME).exists()


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({KEY: "no key"}, "holds no private key"),
        ({KEY_FILE: "/nowhere/key"}, "cannot be read"),
        ({KEY: "a", KEY_FILE: "b"}, "both set"),
        ({KEY: pem(ed25519.Ed25519PrivateKey.generate(), b"open").decode()}, f"set {PASSWORD}"),
        ({KEY: pem(ed25519.Ed25519PrivateKey.generate(), b"open").decode(), PASSWORD: "no"}, "password is wrong"),
        ({KEY: pem(ed25519.Ed25519PrivateKey.generate()).decode(), PASSWORD: "no"}, f"unset {PASSWORD}"),
    ],
)
def test_key_that_cannot_be_used_is_one_sentence(environment: dict[str, str], said: str) -> None:
    with pytest.raises(SigningError, match=said):
        taken_from(environment)


def test_encrypted_key_is_opened_and_nothing_is_left_in_the_environment() -> None:
    environment = {KEY: pem(ed25519.Ed25519PrivateKey.generate(), b"open").decode(), PASSWORD: "open", "HOME": "/"}
    assert taken_from(environment) is not None
    assert environment == {"HOME": "/"}


def test_bad_key_stops_the_run_before_it_begins(kettle: Project) -> None:
    ended = replace(kettle, environment={KEY_FILE: "/nowhere/key"}).supervised()
    assert ended.exit_code == 4
    assert not (kettle.root / "docs").exists()
    assert not (kettle.root / "docs" / "_runs").exists()


def test_keygen_makes_a_pair_and_overwrites_none(kettle: Project) -> None:
    made = kettle.run([*GATE, "keygen", "keys"])
    assert made.exit_code == 0, made.output
    assert (kettle.root / "keys" / "release_gate.key").stat().st_mode & 0o777 == 0o600
    assert kettle.run([*GATE, "keygen", "keys"]).exit_code == 1


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", None])
def test_bad_public_key_is_one_sentence(signed: Project, tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "bad.pub").write_bytes(content)
    ended = signed.verify("--key", str(tmp_path / "bad.pub"))
    assert (ended.exit_code, "Traceback" in ended.output) == (4, False), ended.output
