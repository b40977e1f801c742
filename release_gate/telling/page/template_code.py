"""Caches the compiled code of the page's templates in `__pycache__` beside them, like Python's bytecode."""

from __future__ import annotations

import hashlib
import marshal
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path

from jinja2 import compiler
from jinja2.bccache import Bucket, BytecodeCache

from release_gate.record.files import write_whole


class TemplateCode(BytecodeCache):
    """The compiled templates of one folder; compiled again when the source or the compiler changed.

    makers: further files on which the code depends.
    """

    def __init__(self, folder: Path, makers: Sequence[str]) -> None:
        self._folder = folder
        self._made_by = hashlib.sha256(MAGIC_NUMBER)
        for name in (compiler.__file__, *makers):
            self._made_by.update(Path(name).read_bytes())

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        return name

    def get_source_checksum(self, source: str) -> str:
        digest = self._made_by.copy()
        digest.update(source.encode())
        return digest.hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError, EOFError, ValueError, TypeError):
            checksum, _, code = self._place(bucket).read_bytes().partition(b"\n")
            if checksum == bucket.checksum.encode():
                bucket.code = marshal.loads(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                write_whole(self._place(bucket), bucket.checksum.encode() + b"\n" + marshal.dumps(bucket.code))

    def _place(self, bucket: Bucket) -> Path:
        return Path(cache_from_source(str(self._folder / bucket.key)))
