"""The one file of a form: whatever pieces the body comes in, the same name and content, or the same refusal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.http.form_file import FormFile
from app.api.http.problems import Problem

BOUNDARY = b"----x7"
END = b"\r\n--" + BOUNDARY + b"--\r\n"


def part(content: bytes, disposition: str = 'form-data; name="file"; filename="a.xlsx"') -> bytes:
    head = f"Content-Disposition: {disposition}\r\nContent-Type: application/octet-stream\r\n\r\n"
    return b"--" + BOUNDARY + b"\r\n" + head.encode() + content


def read(body: bytes, size: int) -> tuple[str, bytes]:
    """Name and content of the file in the body, which arrives in pieces of this size."""

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            yield body[start : start + size]

    async def whole() -> tuple[str, bytes]:
        form = FormFile(BOUNDARY, pieces())
        name = await form.name()
        return name, b"".join([piece async for piece in form.content()])

    return asyncio.run(whole())


@given(content=st.binary(max_size=200) | st.sampled_from([b"\r\n--", b"\r\n----x", BOUNDARY]), size=st.integers(1, 300))
def test_content_is_the_same_in_whatever_pieces(content: bytes, size: int) -> None:
    if b"\r\n--" + BOUNDARY in content:
        return
    assert read(part(content) + END, size) == ("a.xlsx", content)


@pytest.mark.parametrize("name", ["exportação 🛶.xlsx", "مناوبة.xlsx", "../../etc/passwd", "x" * 300])
def test_name_is_the_senders(name: str) -> None:
    told, _ = read(part(b"PK", f'form-data; name="file"; filename="{name}"') + END, 7)
    assert told == name


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (part(b"PK"), 400, "ended before"),
        (part(b"PK") + END[:-4], 400, "ended before"),
        (part(b"PK")[:20], 400, "ended before"),
        (b"", 400, "ended before"),
        (part(b"PK") + b"\r\n" + part(b"PK") + END, 422, "a second part"),
        (part(b"PK", 'form-data; name="workbook"; filename="a.xlsx"') + END, 422, "not named file"),
        (part(b"PK", 'form-data; name="file"') + END, 422, "no file"),
        (part(b"PK", "form-data") + END, 422, "not named file"),
        (b"--" + BOUNDARY + b"--\r\n", 422, ""),
        (b"PK\x03\x04 no form at all", 422, "no such form"),
        (b"--" + BOUNDARY + b"\r\n" + b"X: y\r\n" * 100 + b"\r\nPK" + END, 422, "no such form"),
        (b"--" + BOUNDARY + b"\r\nX: " + b"y" * 10_000 + b"\r\n\r\nPK" + END, 422, "no such form"),
    ],
)
@pytest.mark.parametrize("size", [1, 5, 100_000])
def test_what_is_not_one_file_is_refused(body: bytes, status: int, words: str, size: int) -> None:
    with pytest.raises(Problem) as refusal:
        read(body, size)
    assert (refusal.value.status, words in refusal.value.detail) == (status, True), refusal.value.detail


OPTIONS = frozenset({"force", "allow_shrink"})
FORCE = part(b"true", 'form-data; name="force"')


def read_with_options(body: bytes, size: int) -> tuple[str, bytes, dict[str, str]]:
    """Name and content of the file, and the fields beside it."""

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            yield body[start : start + size]

    async def whole() -> tuple[str, bytes, dict[str, str]]:
        form = FormFile(BOUNDARY, pieces(), OPTIONS)
        name = await form.name()
        return name, b"".join([piece async for piece in form.content()]), form.fields

    return asyncio.run(whole())


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("parts", [[part(b"PK"), FORCE], [FORCE, part(b"PK")]])
def test_options_stand_before_or_behind_the_file(parts: list[bytes], size: int) -> None:
    assert read_with_options(b"\r\n".join(parts) + END, size) == ("a.xlsx", b"PK", {"force": "true"})


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([part(b"PK"), part(b"PK")], "a second part"),
        ([FORCE, FORCE, part(b"PK")], "not named file"),
        ([part(b"x", 'form-data; name="colour"'), part(b"PK")], "not named file"),
        ([part(b"x", 'form-data; name="force"; filename="a.xlsx"')], "not named file"),
        ([part(b"x" * 101, 'form-data; name="force"'), part(b"PK")], "too long"),
        ([part(b"", 'form-data; name="file"; filename=""')], "there is no file"),
        ([FORCE], "there is no file"),
    ],
)
def test_form_with_options_is_refused_for_anything_else(parts: list[bytes], words: str) -> None:
    with pytest.raises(Problem, match=words) as refused:
        read_with_options(b"\r\n".join(parts) + END, 9)
    assert refused.value.code == "NOT_ONE_FILE"
