"""The one file of a multipart/form-data body, as `curl -F file=@export.xlsx` or a page's form sends it, read as it
arrives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Set

from fastapi import Request
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from app.api.http.problems import Problem

FORM, FIELD = "multipart/form-data", "file"
LONGEST_FIELD = 100
"""Most bytes of a field beside the file."""
DISPOSITION = b"content-disposition"


def boundary_of(request: Request) -> bytes | None:
    """The boundary of a form with parts; None for a body of another kind. Raises 422 as a Problem without any."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind.lower() != FORM.encode():
        return None
    boundary = options.get(b"boundary")
    if not boundary:
        raise refused("the body has no boundary")
    return boundary


def refused(why: str) -> Problem:
    """The Problem of a form that is not one file. The rest of the body is not read."""
    detail = f"Send one file in the field {FIELD}, as curl -F {FIELD}=@export.xlsx does: {why}."
    return Problem(422, "NOT_ONE_FILE", detail, headers={"Connection": "close"})


class FormFile:
    """The file of a form: its name comes before its content. pieces: of the whole body. options: names of the fields
    that the form may have beside the file; they are whole once the content is.

    Raises Problems: NOT_ONE_FILE for another field, a second file, none, or a body that is no such form, and 400
    BODY_CUT_SHORT for one that ends before its last boundary.
    """

    def __init__(self, boundary: bytes, pieces: AsyncIterator[bytes], options: Set[str] = frozenset()) -> None:
        self._pieces, self._options = pieces, options
        self.fields: dict[str, str] = {}
        self._field: str | None = None
        self._header, self._value, self._disposition = b"", b"", b""
        self._name: str | None = None
        self._content = bytearray()
        self._is_ended = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._read_header,
                    "on_header_value": self._read_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._name_file,
                    "on_part_data": self._read_content,
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise refused("its boundary cannot be used") from error

    async def name(self) -> str:
        """The name of the file; reads as far as it takes."""
        async for piece in self._pieces:
            self._parse(piece)
            if self._name is not None:
                return self._name
        raise self._lacking()

    async def content(self) -> AsyncIterator[bytes]:
        """The content; the name is read before, where it was not yet."""
        if self._name is None:
            await self.name()
        yield self._taken()
        async for piece in self._pieces:
            self._parse(piece)
            yield self._taken()
        if not self._is_ended:
            raise self._lacking()

    def _lacking(self) -> Problem:
        if self._is_ended:
            return refused("there is no file")
        return Problem(400, "BODY_CUT_SHORT", "The body ended before it was whole.")

    def _parse(self, piece: bytes) -> None:
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise refused("the body is no such form") from error

    def _taken(self) -> bytes:
        content = bytes(self._content)
        self._content.clear()
        return content

    def _begin(self) -> None:
        if self._name is not None and not self._options:
            raise refused("there is a second part")
        self._disposition, self._field = b"", None

    def _read_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _read_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == DISPOSITION:
            self._disposition = self._value
        self._header, self._value = b"", b""

    def _name_file(self) -> None:
        _, given = parse_options_header(self._disposition)
        name = given.get(b"name", b"").decode("utf-8", "replace")
        if name in self._options and name not in self.fields and b"filename" not in given:
            self._field, self.fields[name] = name, ""
            return
        if name != FIELD or b"filename" not in given:
            raise refused(f"a part of it is not named {FIELD}, or is no file")
        if self._name is not None:
            raise refused("there is a second part")
        self._name = given[b"filename"].decode("utf-8", "replace")
        if self._options and not self._name:
            raise refused("there is no file")  # what a browser sends where none was chosen

    def _read_content(self, data: bytes, start: int, end: int) -> None:
        if self._field is None:
            self._content += data[start:end]
            return
        self.fields[self._field] += data[start:end].decode("utf-8", "replace")
        if len(self.fields[self._field]) > LONGEST_FIELD:
            raise refused(f"the field {self._field} is too long")

    def _end(self) -> None:
        self._is_ended = True
