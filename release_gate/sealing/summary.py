"""A verification summary (SLSA VSA): verifier, policy, result, and expiry.

https://slsa.dev/spec/v1.0/verification_summary. A deployer checks it without checkout, run folder or declaration.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import msgspec
from msgspec import Meta, Struct

from release_gate.record.files import as_json, sha256_of
from release_gate.record.inputs import inputs_in
from release_gate.rules.declaration import Declaration
from release_gate.rules.model import RESULT_FILE
from release_gate.rules.validity import parse_json
from release_gate.sealing import signing
from release_gate.sealing.expiry import CLOCK_TOLERANCE
from release_gate.sealing.result import evidence_at
from release_gate.sealing.run_files import Unreadable, content_of
from release_gate.sealing.statement import NAME as STATEMENT
from release_gate.sealing.statement import STATEMENT_TYPE
from release_gate.sealing.subject import own_version

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner


class FormOfDigest(Struct):
    """The digest of a policy, as far as it is verified."""

    sha256: str


class FormOfPolicy(Struct):
    digest: FormOfDigest


class FormOfVerifier(Struct):
    id: str


class FormOfGate(Struct, rename="camel"):
    """The gate's own part of a predicate. valid_until: None where nothing limits it."""

    verdict: str
    refused: list[str]
    valid_until: Annotated[dt.datetime, Meta(tz=True)] | None


class FormOfPredicate(Struct, rename="camel"):
    verifier: FormOfVerifier
    time_verified: Annotated[dt.datetime, Meta(tz=True)]
    policy: FormOfPolicy
    verification_result: str
    verified_levels: list[str]
    release_gate: FormOfGate


class FormOfSubject(Struct):
    name: str
    digest: dict[str, str]


class Form(Struct):
    """The members of a statement that a deployer relies on, with their types."""

    predicate: FormOfPredicate
    subject: list[FormOfSubject]


PREDICATE_TYPE = "https://slsa.dev/verification_summary/v1"
LEVEL = "RELEASE_GATE_PASS"
PASSED, FAILED = "PASSED", "FAILED"


@dataclass(frozen=True, slots=True)
class Deployment:
    """A planned deployment.

    inputs: files by their name in the summary. policy: SHA-256 of the declaration. keys: public keys, one of which must
    have signed; without keys, `unsigned` must be set.
    """

    commit: str
    inputs: Mapping[str, Path] = field(default_factory=dict)
    policy: str | None = None
    verifier: str | None = None
    max_age: dt.timedelta | None = None
    keys: Sequence[Path] = ()
    unsigned: bool = False


def policy_digest(declaration: Declaration) -> str:
    """SHA-256 of the parsed declaration, so that blanks and comments have no effect."""
    text = json.dumps(declaration.raw, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def summary(
    declaration: Declaration,
    result: Mapping[str, Any],
    folder: Path,
    refused: Sequence[str],
    *,
    verifier: str,
    max_age: dt.timedelta | None,
) -> dict[str, Any]:
    """The statement about a verified result; FAILED with the reasons if it was refused."""
    now = dt.datetime.now(dt.UTC)
    commit = result["subject"].get("commit")
    digests = [(RESULT_FILE, {"sha256": sha256_of(folder / RESULT_FILE)})]
    digests += [("commit", {"gitCommit": commit})] if commit else []
    digests += [(name, {"sha256": facts["sha256"] or ""}) for name, facts in inputs_in(result["subject"]).items()]
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": digest} for name, digest in digests],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "verifier": {"id": verifier, "version": own_version()},
            "timeVerified": _stamp(now),
            "resourceUri": f"pkg:generic/{quote(result['title'], safe='')}" + (f"@{commit}" if commit else ""),
            "policy": {
                "uri": "urn:pytest-release-gate:declaration",
                "digest": {"sha256": policy_digest(declaration)},
            },
            "inputAttestations": _attestations(folder),
            "verificationResult": FAILED if refused else PASSED,
            "verifiedLevels": [] if refused else [LEVEL],
            "slsaVersion": "1.0",
            "releaseGate": {
                "runId": result["run_id"],
                "verdict": result["verdict"],
                "finishedAt": result["finished_at"],
                "validUntil": _until(result, max_age),
                "refused": list(refused),
            },
        },
    }


def written(statement: Mapping[str, Any], signer: CryptoSigner | None) -> bytes:
    """The bytes of the file: a DSSE envelope around the statement with a signer, else the statement."""
    content = as_json(statement)
    return content if signer is None else signing.signed(content, signer)


def faults(path: Path, wanted: Deployment, now: dt.datetime) -> list[str]:
    """Return the reasons for which a deployer must not rely on the summary at `path`; empty if it may.

    Raises SigningError for an unusable key.
    """
    if not wanted.keys and not wanted.unsigned:
        return ["By whom it is signed was not asked: give the verifier's public key (--key), or --unsigned."]
    try:
        content = content_of(path)
        is_signed = b'"payloadType"' in content
        if is_signed is not bool(wanted.keys):
            return [f"{path} is signed: give the public key (--key)." if is_signed else f"{path} is not signed."]
        if wanted.keys:
            content = signing.opened(content, wanted.keys)
        return list(_against(parse_json(content), wanted, now))
    except Unreadable as error:
        return [str(error)]
    except signing.NotSigned as error:
        return [f"{path} cannot be relied on: {error}."]
    except (OSError, ValueError, RecursionError) as error:
        return [f"{path} is no verification summary: {error}"]


def _against(statement: Any, wanted: Deployment, now: dt.datetime) -> list[str]:
    """Raises ValueError for a statement of another form."""
    for key, kind in (("_type", STATEMENT_TYPE), ("predicateType", PREDICATE_TYPE)):
        found = statement.get(key) if isinstance(statement, dict) else None
        if found != kind:
            return [f"It is a statement of the type {found}, not {kind}."]
    msgspec.convert(statement, Form)
    predicate = statement["predicate"]
    gate, digests = predicate["releaseGate"], {one["name"]: one["digest"] for one in statement["subject"]}
    if len(digests) != len(statement["subject"]):
        return ["It names one subject twice, so that it is about nothing."]
    refused = [f"The verifier refused it: {reason}" for reason in gate["refused"]]
    if (
        predicate["verificationResult"] != PASSED
        or gate["verdict"] != "PASS"
        or LEVEL not in predicate["verifiedLevels"]
    ):
        refused.append(f"It says {predicate['verificationResult']} of a run that ended in {gate['verdict']}.")
    commit = digests.get("commit", {}).get("gitCommit")
    if commit != wanted.commit:
        refused.append(f"It is about commit {commit or 'unknown'}, not {wanted.commit}.")
    for name, file in wanted.inputs.items():
        refused += _of_input(name, file, digests.get(name, {}).get("sha256"))
    policy = predicate["policy"]["digest"]["sha256"]
    if wanted.policy is not None and policy != wanted.policy.strip().lower():
        refused.append(f"It was verified by the policy {policy}, not {wanted.policy}.")
    if wanted.verifier is not None and predicate["verifier"]["id"] != wanted.verifier:
        refused.append(f"It was verified by {predicate['verifier']['id']}, not by {wanted.verifier}.")
    return refused + _of_time(predicate["timeVerified"], gate["validUntil"], wanted.max_age, now)


def _of_input(name: str, file: Path, verified: str | None) -> list[str]:
    try:
        digest = sha256_of(file)
    except (OSError, ValueError) as error:
        return [f"{file} cannot be read: {getattr(error, 'strerror', None) or error}."]
    return [] if verified == digest else [f"It is about another {name} than {file.name}."]


def _of_time(verified: str, until: str | None, max_age: dt.timedelta | None, now: dt.datetime) -> list[str]:
    age = now - dt.datetime.fromisoformat(verified)
    if age < -CLOCK_TOLERANCE:
        return [f"It is from the future, by {-age}; one of the two clocks is wrong."]
    refused = []
    if max_age is not None and age > max_age + min(CLOCK_TOLERANCE, max_age):
        refused.append(f"It is {age} old; at most {max_age} is accepted.")
    if until is not None and now > dt.datetime.fromisoformat(until) + CLOCK_TOLERANCE:
        refused.append(f"It was valid until {until}.")
    return refused


def _until(result: Mapping[str, Any], max_age: dt.timedelta | None) -> str | None:
    """The earliest expiry: of the accepted age, a used waiver, or a trial that did not pass."""
    ends = [dt.datetime.fromisoformat(evidence_at(result)) + max_age] if max_age and result["finished_at"] else []
    days = [dt.datetime.fromisoformat(one["expires"]).astimezone() for one in result["waivers"] if one["used"]]
    days += [
        dt.datetime.fromisoformat(check["trial_until"]).replace(tzinfo=dt.UTC)
        for criterion in result["criteria"]
        for check in criterion["checks"]
        if "trial_until" in check and check["outcome"] != "PASSED"
    ]
    ends += [day + dt.timedelta(days=1) for day in days if day.date() < dt.date.max]  # after that one there is no end
    return _stamp(min(ends)) if ends else None


def _attestations(folder: Path) -> list[dict[str, Any]]:
    path = folder / STATEMENT
    return [{"uri": STATEMENT, "digest": {"sha256": sha256_of(path)}}] if path.is_file() else []


def _stamp(time: dt.datetime) -> str:
    return time.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
