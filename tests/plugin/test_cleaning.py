"""Files of a run folder are kept as they are, cleaned as texts, or refused where a binary holds a secret."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
from contextlib import suppress

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.comments import Comment

from release_gate.record import redaction
from release_gate.record.cleaning import SecretInBinary, without_secrets
from release_gate.record.redaction import MARK, Redactor

SECRET = 'k3ttle"&<swörd>'


def cleaned(content: bytes, *secrets: str) -> bytes:
    return without_secrets(content, Redactor(secrets))


def workbook(*cells: str) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([*cells, 42])
    sheet["A1"].comment = Comment(f"told {cells[-1]}", "a clerk")
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def test_a_clean_archive_is_not_touched() -> None:
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("kettle/settings.py", "password = 'changeme'; url = 'tap://u:pw@h'; mail = 'ada@example.org'")
        archive.writestr("kettle.dist-info/RECORD", "kettle/settings.py,sha256=x,74")
    for content in (workbook("reason", "water"), wheel.getvalue()):
        assert cleaned(content, SECRET) == content


@pytest.mark.parametrize(
    "content",
    [
        workbook("reason", SECRET),
        gzip.compress(f"told {SECRET}".encode()),
        b"\x89PNG\r\n\x1a\n\0\0" + SECRET.encode("utf-8"),
        b"\x7fELF\0" + SECRET.encode("utf-16-le"),
        b"\0\1" + b"ghp_0123456789abcdefghij",
        b"\0" + base64.b64encode(b"me:" + SECRET.encode()),
    ],
    ids=["workbook", "gzip", "image", "program", "token of a service", "base64"],
)
def test_binary_with_a_secret_is_refused_and_never_rewritten(content: bytes) -> None:
    with pytest.raises(SecretInBinary):
        cleaned(content, SECRET)


@pytest.mark.parametrize("content", [b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04 x", b"\x89PNG", b"", b"\x1f\x8b x"])
def test_what_cannot_be_read_is_left(content: bytes) -> None:
    assert cleaned(content, SECRET) == content


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_text_stays_in_its_encoding(encoding: str) -> None:
    written = f"käse: {SECRET}\r\nhot\x1b[31m".encode(encoding)
    assert cleaned(written, SECRET) == f"käse: {MARK}\r\nhot\x1b[31m".encode(encoding)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"degrees": NaN,  "t": [Infinity, 1e999, 1.0]}', None),
        ('{"a": 1, "a": 2, "token": 12345, "tokens": "few"}', None),
        ('{"token": "plain"}', f'{{"token": "{MARK}"}}'),
        (json.dumps({SECRET: 1, "b": [SECRET]}), f'{{"{MARK}": 1, "b": ["{MARK}"]}}'),
        ('{"x": "\\u006b3ttle\\u0022&<sw\\u00f6rd>"}', f'{{"x": "{MARK}"}}'),
        ('{"password": ["a", "b"], "c": "d"}', None),
    ],
)
def test_json_keeps_all_but_its_secrets(text: str, expected: str | None) -> None:
    assert cleaned(text.encode(), SECRET).decode() == (text if expected is None else expected)


@given(st.dictionaries(st.text(max_size=5), st.floats() | st.integers() | st.text(max_size=9) | st.lists(st.none())))
def test_json_without_secrets_is_kept_byte_for_byte(record: dict[str, object]) -> None:
    written = json.dumps(record, indent=1)
    assume("@" not in written and not any(redaction.names_secret(key) for key in record))
    assert cleaned(written.encode(), SECRET).decode() == written


@given(st.binary(max_size=80), st.sampled_from(["utf-8", "utf-16-le", "latin-1"]))
@example(b"\xfe\xff", "utf-8")
@example(b"\xff\xfe", "latin-1")
def test_no_bytes_keep_a_secret_in_the_clear(around: bytes, encoding: str) -> None:
    written = around + SECRET.encode(encoding) + around
    with suppress(SecretInBinary):
        left = cleaned(written, SECRET)
        assert not [form for form in ("utf-8", "utf-16-le", "latin-1") if SECRET.encode(form) in left]


def test_archive_within_an_archive_is_looked_through() -> None:
    content = b"teapot-4711"
    for number in range(3):
        outer = io.BytesIO()
        with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"inner{number}.zip", content)
        content = outer.getvalue()
        with pytest.raises(SecretInBinary):
            without_secrets(content, Redactor(["teapot-4711"]))
        assert without_secrets(content, Redactor(["another-secret"])) == content


def test_json_keeps_half_a_character_beside_a_secret() -> None:
    assert (
        without_secrets(rb'["\ud800 hunter22", "\ud83d"]', Redactor(["hunter22"]))
        == rb'["\ud800 [redacted]", "\ud83d"]'
    )
