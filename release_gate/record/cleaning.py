"""Removes secrets from files of a run folder: texts are rewritten; a binary that contains a secret is refused.

A file is a text if its bytes are UTF-8, UTF-16 with a byte order mark, or Latin-1 without control characters, whatever
its name. JSON keeps everything but the texts within it, so numbers, NaN and layout stay. In a binary, a zip (an .xlsx,
a wheel) and a gzip only the given secrets and the tokens of known services are searched, because it cannot be changed.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator

from release_gate.record.redaction import MARK, Redactor, names_secret
from release_gate.rules.escaping import LONE_SURROGATE

LARGEST_BYTES = 256_000_000
"""Most bytes that are searched, of a binary or of an expanded archive; larger files count as data."""
DEEPEST_ARCHIVE = 3
"""Most levels of nested archives that are opened."""
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
BINARY = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")
"""Control characters that no text contains; ESC is allowed, because it colours logs."""
JSON_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"(\s*:)?')


class SecretInBinary(Exception):
    """A file that cannot be rewritten contains a secret; it must not stay in the run folder."""

    code = "SECRET_IN_FILE"


def without_secrets(content: bytes, redact: Redactor) -> bytes:
    """The content of a text without secrets; any other content unchanged. Raises SecretInBinary."""
    encoding = _encoding(content)
    if encoding is None:
        for part in _parts(content):
            if any(redact.holds_secret(text) for text in _readings(part)):
                raise SecretInBinary
        return content
    if encoding == "latin-1":  # or UTF-8 with some foreign bytes, so both encodings are searched
        content = redact(content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    text = content.decode(encoding)
    cleaned = _json(text, redact) if _is_json(text) else redact(text)
    kept = content if cleaned == text else cleaned.encode(encoding, "replace")
    if encoding.startswith("utf-16") and any(redact.holds_secret(text) for text in _readings(kept)):
        raise SecretInBinary  # in another encoding than its byte order mark names
    return kept


def _encoding(content: bytes) -> str | None:
    """The encoding of a text; None for other content."""
    if content.startswith(UTF_16_MARKS) and len(content) % 2 == 0:
        name = "utf-16-le" if content.startswith(UTF_16_MARKS[0]) else "utf-16-be"
        try:
            return None if "\0" in content.decode(name) else name
        except UnicodeDecodeError:
            return None
    if BINARY.search(content) or zipfile.is_zipfile(io.BytesIO(content)):
        return None
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _readings(content: bytes) -> Iterator[str]:
    """The texts that a binary may contain; in UTF-16 a zero byte stands beside each Latin letter."""
    yield content.decode("utf-8", "replace")
    yield content.decode("latin-1")
    if b"\0" in content:
        yield content.replace(b"\0", b"").decode("latin-1")


def _parts(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """The bytes, and the expanded content of an archive, nested archives included, as far as it can be read."""
    yield content[:LARGEST_BYTES]
    if depth == DEEPEST_ARCHIVE:
        return
    try:
        if content.startswith(b"\x1f\x8b"):
            with gzip.open(io.BytesIO(content)) as file:
                yield from _parts(file.read(LARGEST_BYTES), depth + 1)
        elif zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                yield "\n".join(archive.namelist()).encode("utf-8", "replace")
                if sum(entry.file_size for entry in archive.infolist()) <= LARGEST_BYTES:
                    for entry in archive.infolist():
                        yield from _parts(archive.read(entry), depth + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError):
        return  # broken or encrypted, so no reader can read it


def _is_json(text: str) -> bool:
    if not text.lstrip("\ufeff \t\r\n").startswith(("{", "[", '"')):
        return False
    try:
        json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return False
    return True


def _json(text: str, redact: Redactor) -> str:
    """JSON with every text redacted, and texts under a secret's name replaced; nothing else is changed."""
    key, key_ended = "", -1

    def cleaned(match: re.Match[str]) -> str:
        nonlocal key, key_ended
        written, colon = match[0].removesuffix(match[1] or ""), match[1] or ""
        said = json.loads(written, strict=False) if "\\" in written else written[1:-1]
        under_a_name = not colon and said and not text[key_ended : match.start()].strip() and names_secret(key)
        kept = MARK if under_a_name else redact(said)
        if colon:
            key, key_ended = said, match.end()
        if kept == said:
            return match[0]
        in_ascii = LONE_SURROGATE.search(kept) is not None  # only its escape can be written
        return json.dumps(kept, ensure_ascii=in_ascii) + colon

    return JSON_TEXT.sub(cleaned, text)
