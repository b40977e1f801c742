"""Signs the statement: a DSSE envelope beside it, with a private key that the checks never see.

https://github.com/secure-systems-lab/dsse. Keys, signatures and the envelope are securesystemslib's; nothing here does
any cryptography of its own. It is imported where a key is used, because most runs have none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING

from release_gate.record.files import as_json

if TYPE_CHECKING:
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import CryptoSigner, SSlibKey

NAME = "RELEASE_GATE_RESULT.intoto.dsse.json"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
KEY, KEY_FILE = "RELEASE_GATE_SIGNING_KEY", "RELEASE_GATE_SIGNING_KEY_FILE"
"""Environment variables: the private key as PEM, or the path of its file."""
PASSWORD = "RELEASE_GATE_SIGNING_PASSWORD"
"""Environment variable: the password of an encrypted private key."""


class SigningError(Exception):
    """A key cannot be used; the message names it and never contains its content."""

    code = "BAD_KEY"


class NotSigned(Exception):
    """No key that was given has signed an envelope; the message is the end of a sentence about it."""

    code = "NOT_SIGNED"


def taken_from(environment: MutableMapping[str, str]) -> CryptoSigner | None:
    """The signer of the environment, None without one; its variables are removed.

    Raises SigningError for a key that cannot be read, is no private key, or has another password.
    """
    text, file, password = (environment.pop(name, "") for name in (KEY, KEY_FILE, PASSWORD))
    if not text and not file:
        return None
    if text and file:
        raise SigningError(f"{KEY} and {KEY_FILE} are both set: which one is meant? Unset the other.")
    try:
        content = text.encode() if text else Path(file).read_bytes()
    except OSError as error:
        raise SigningError(f"The signing key {file} cannot be read: {error.strerror}. See {KEY_FILE}.") from None
    return _signer(content, password, KEY if text else file)


def _signer(content: bytes, password: str, where: str) -> CryptoSigner:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from securesystemslib.signer import CryptoSigner

    try:
        key = load_pem_private_key(content, password.encode() or None)
        return CryptoSigner(key)
    except TypeError:
        how = f"is encrypted: set {PASSWORD}" if not password else f"is not encrypted: unset {PASSWORD}"
        raise SigningError(f"The signing key of {where} {how}.") from None
    except (ValueError, UnsupportedAlgorithm):
        raise SigningError(
            f"{where} holds no private key in PEM that can be used (Ed25519, ECDSA or RSA), or the password is wrong."
        ) from None


def signed(statement: bytes, signer: CryptoSigner) -> bytes:
    """The envelope over the bytes of a statement, as bytes."""
    from securesystemslib.dsse import Envelope

    envelope = Envelope(statement, PAYLOAD_TYPE, {})
    envelope.sign(signer)
    return as_json(envelope.to_dict())


def public_key(path: Path) -> SSlibKey:
    """A public key from a PEM file. Raises SigningError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.signer import SSlibKey

    try:
        return SSlibKey.from_crypto(load_pem_public_key(path.read_bytes()))
    except OSError as error:
        raise SigningError(f"The key {path} cannot be read: {error.strerror}.") from None
    except (ValueError, UnsupportedAlgorithm):
        raise SigningError(f"{path} holds no public key in PEM that can be used (Ed25519, ECDSA or RSA).") from None


def faults(folder: Path, statement: bytes, keys: Iterable[Path]) -> list[str]:
    """Return the reasons for which a run folder's envelope does not sign this statement; without keys it may be absent.

    keys: public keys, one of which must have signed. Raises SigningError for an unusable one.
    """
    trusted = [public_key(path) for path in keys]
    path = folder / NAME
    if not path.is_file():
        return [f"It is not signed: there is no {NAME}."] if trusted else []
    try:
        content = path.read_bytes()
        envelope = _envelope(content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return [f"{NAME} is no DSSE envelope: {error!r}."]
    if as_json(envelope.to_dict()) != content:
        return [f"{NAME} is not as it was signed."]
    if (envelope.payload, envelope.payload_type) != (statement, PAYLOAD_TYPE):
        return [f"{NAME} is about another statement."]
    return [f"{NAME} is not signed by any of the given keys."] if trusted and not _verified(envelope, trusted) else []


def opened(content: bytes, keys: Iterable[Path]) -> bytes:
    """The content of an envelope signed by one of the keys. Raises NotSigned otherwise, SigningError."""
    trusted = [public_key(path) for path in keys]
    try:
        envelope = _envelope(content)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotSigned(f"its envelope is broken ({error!r})") from None
    if envelope.payload_type != PAYLOAD_TYPE or not _verified(envelope, trusted):
        raise NotSigned("it is not signed by any of the given keys")
    return bytes(envelope.payload)


def _envelope(content: bytes) -> Envelope:
    from securesystemslib.dsse import Envelope

    return Envelope.from_dict(json.loads(content))


def _verified(envelope: Envelope, trusted: list[SSlibKey]) -> bool:
    from securesystemslib.exceptions import VerificationError

    try:
        envelope.verify(list(trusted), threshold=1)
    except VerificationError:
        return False
    return True


def generate(folder: Path) -> tuple[Path, Path]:
    """A new Ed25519 pair: the private key (readable by its owner alone) and the public one. Overwrites nothing.

    Raises SigningError when one of the files is there already or cannot be written.
    """
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    public = key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    paths = folder / "release_gate.key", folder / "release_gate.pub"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content, mode in zip(paths, (private, public), (0o600, 0o644), strict=True):
            path.touch(mode, exist_ok=False)
            path.write_bytes(content)
    except OSError as error:
        raise SigningError(f"The keys cannot be written to {folder}: {error.strerror} ({error.filename}).") from None
    return paths
