"""Explains a failed step of the set-up to the person who started it: one sentence from a log."""

from __future__ import annotations

import re

UNREACHABLE = re.compile(
    r"NewConnectionError|ConnectTimeoutError|ConnectionError|Read timed out|ReadTimeoutError|Connection refused"
    r"|Connection reset|Name or service not known|name resolution|ProxyError|SSLError|Network is unreachable"
    r"|Connection to \S+ timed out|ProtocolError|IncompleteRead"
)
FULL = re.compile(r"\[Errno (?:28|122)\]|No space left on device|Disk quota exceeded")
HASHES = re.compile(
    r"DO NOT MATCH THE HASHES|HashMismatch|Hashes are required|hashes? (?:is|are) missing", re.IGNORECASE
)
MISMATCHED = re.compile(r"^\s+([A-Za-z0-9._-]+==\S+?)(?:;.*)? from ", re.MULTILINE)
ABSENT = re.compile(r"No matching distribution found for (\S+)")
HOST = re.compile(r"(?:host='([^']+)', port=(\d+))|(?:index(?:es)?: (\S+))")
ERROR = re.compile(r"^ERROR: (.+)$", re.MULTILINE)


class SetupFailed(Exception):
    """The environment could not be made; the message is one sentence with what to do about it."""

    code = "SETUP_FAILED"


def explain(step: str, log: str, code: int, log_path: str) -> str:
    """One sentence: what went wrong in `step`, from its output and exit code (negative: a signal's number)."""
    if FULL.search(log):
        return f"The disk is full ({step}): free 1.2 GB for .venv, the pip cache and TMPDIR, then run this again."
    if HASHES.search(log):
        named = MISMATCHED.search(log)
        what = named[1] if named else "a package"
        return (
            f"What the package index sent as {what} is not what requirements.lock names (sha256 differs): "
            "nothing of it was installed. Empty a broken cache (python3 -m pip cache purge) or distrust that index."
        )
    absent = ABSENT.search(log)
    if UNREACHABLE.search(log):
        host = HOST.search(log)
        where = f" ({host[1]}:{host[2]})" if host and host[1] else ""
        return (
            f"The package index{where} is out of reach: check the network, or name a mirror with "
            "PIP_INDEX_URL=https://mirror.example/simple, then run this again."
        )
    if absent:
        return (
            f"The package index has no build of {absent[1]} for this Python and platform: use Python 3.11 to 3.13 on "
            "Linux or macOS (make prod-ready PYTHON=/path/to/python3), or an index that has it."
        )
    if code < 0:
        return f"{step} was ended by signal {-code} (9 is often too little memory): run this again."
    reasons = ERROR.findall(log)
    last = reasons[-1] if reasons else next((line for line in reversed(log.splitlines()) if line.strip()), "no output")
    return f"{step} failed: {last.strip()[:300]} (whole output: {log_path})"
