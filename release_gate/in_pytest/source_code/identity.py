"""The names of a module or class, and the code and defaults of functions, compared by identity and many at once.

`is` alone proves that a value is still the same: any other object may claim to equal it. Asked of each of some hundred
values, several times with each test, it costs more than the test; so the memory that CPython keeps of all is compared
in one piece. Where a Python keeps it elsewhere, the values are compared one after the other.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterable, Mapping
from functools import partial
from gc import get_referents
from itertools import chain, compress
from operator import attrgetter, is_, is_not
from types import FunctionType, ModuleType
from typing import Any, TypeAlias

BYTES_AT: Any = getattr(ctypes, "_string_at", None)
"""The function behind ctypes.string_at, bound here, because a check may replace it."""
BEFORE_ITEMS = tuple.__basicsize__
ADDRESS = struct.calcsize("P")
PARTS = attrgetter("__code__", "__defaults__", "__kwdefaults__")
"""Parts of a function that decide what it does; CPython keeps them side by side."""
Parts: TypeAlias = tuple[Any, ...]
Noted: TypeAlias = list[tuple[FunctionType, Parts]]
Word: Any = ctypes.c_char * ADDRESS
"""A number or an address in an object's memory."""
Words: Any = ctypes.c_char * (3 * ADDRESS)
"""The addresses of the parts of a function."""
joined: Any = b"".join
"""Reads any number of them in one call."""
REPEATED = 64
"""Number of times after which Python has made a faster instruction of an assignment."""


def addresses_of(values: tuple[object, ...]) -> bytes:
    """The addresses that a tuple consists of in CPython."""
    found: bytes = BYTES_AT(id(values) + BEFORE_ITEMS, ADDRESS * len(values))
    return found


def _is_readable() -> bool:
    sample = object(), object(), ()
    return BYTES_AT is not None and addresses_of(sample) == struct.pack(f"{len(sample)}P", *map(id, sample))


READABLE = _is_readable()


def _word_of(owner: object, offset: int, kind: Any = Word) -> memoryview:
    """The owner's memory at an offset, as it is whenever it is read; the owner must be kept alive."""
    return memoryview(kind.from_address(id(owner) + offset))


def _place_of_parts() -> int | None:
    """The offset at which a function has the addresses of its parts, side by side; None if there is none."""

    def first(_: int = 1, *, more: int = 1) -> int:
        return more

    def second(_: int = 2, *, more: int = 2) -> int:
        return more + 1

    originals = PARTS(first)
    for offset in range(object.__basicsize__, FunctionType.__basicsize__ - 2 * ADDRESS, ADDRESS):
        words, found = _word_of(first, offset, Words), []
        for code, defaults, of_names in (PARTS(second), originals):
            first.__code__, first.__defaults__, first.__kwdefaults__ = code, defaults, of_names
            found.append(words.tobytes() == struct.pack("3P", *map(id, (code, defaults, of_names))))
        if all(found):
            return offset
    return None


def _place_of_version() -> int | None:
    """The offset at which a dict has a number that every change of it makes another one; None if there is none.

    CPython has it before 3.14.
    """
    places = range(object.__basicsize__, dict.__basicsize__, ADDRESS)
    return next((place for place in places if _counts_changes(place)), None)


def _counts_changes(offset: int) -> bool:
    """Change a module and a class in every way, often enough that Python takes the short cuts of a loop."""
    seen: list[bytes] = []
    samples: list[Any] = [ModuleType("sample"), type("Sample", (), {})]
    for one in samples:
        space = _space_of(vars(one))
        word = _word_of(space, offset)
        for number in range(REPEATED):
            one.name = number
            seen.append(word.tobytes())
            space["name"] = -number - 1
            seen.append(word.tobytes())
        for change in (
            partial(space.update, name="other"),
            partial(space.update, more=1),
            partial(space.setdefault, "yet_more", 1),
            partial(space.pop, "more"),
            partial(space.__delitem__, "yet_more"),
            space.popitem,
            space.clear,
        ):
            change()
            seen.append(word.tobytes())
    return len(set(seen)) == len(seen)


def _space_of(names: Mapping[str, Any]) -> dict[str, Any]:
    """The dict itself: vars() of a class is a view of it."""
    return names if isinstance(names, dict) else get_referents(names)[0]


PARTS_AT = _place_of_parts()
VERSION_AT = _place_of_version()


class Untouched:
    """Functions and names of which one comparison shows whether they are as they were.

    possible: False where Python does not keep what is needed. words: the memory that is compared; kept: its content.
    """

    __slots__ = ("_alive", "kept", "possible", "words")

    def __init__(self, functions: Iterable[FunctionType], spaces: Iterable[Mapping[str, Any]] = ()) -> None:
        owners = [*functions]
        names = [_space_of(space) for space in spaces]
        self._alive = owners, names
        self.possible = PARTS_AT is not None and (VERSION_AT is not None or not names)
        self.words: list[memoryview] = []
        if self.possible:
            self.words = [_word_of(one, PARTS_AT or 0, Words) for one in owners]
            self.words += [_word_of(one, VERSION_AT or 0) for one in names]
        self.renew()

    def renew(self) -> None:
        """Compare with what there is now from here on."""
        self.kept = self.state()

    def state(self) -> bytes:
        """The memory that is compared, as it is now; empty where there is none."""
        found: bytes = joined(self.words)
        return found

    def is_certain(self) -> bool:
        """True only if no function has other code or defaults, and no name was given a value."""
        return self.possible and joined(self.words) == self.kept


class Joint:
    """One comparison for all that several compare."""

    __slots__ = ("_kept", "_parts", "_possible", "_words")

    def __init__(self, *parts: Untouched) -> None:
        self._parts = parts
        self._possible = all(one.possible for one in parts)
        self._words = [word for one in parts for word in one.words]
        self.follow()

    def follow(self) -> None:
        """Compare with what the parts compare with by now."""
        self._kept: bytes = joined([one.kept for one in self._parts])

    def is_certain(self) -> bool:
        """True only if every part is certain."""
        return self._possible and joined(self._words) == self._kept


def same_parts(functions: Iterable[FunctionType], parts: Iterable[Parts]) -> bool:
    """True if every function has the very parts that it had; objects of the same value are others."""
    return all(map(is_, chain.from_iterable(map(PARTS, functions)), chain.from_iterable(parts)))


class Codes:
    """The code and defaults of functions, as they were noted; they may have others by now.

    A state is the memory of all of them. The answer is remembered for two states: the noted one, and the last one with
    a change, which is that of the cases of one test while the gate records their calls.
    """

    __slots__ = ("_flat", "_functions", "_known", "_noted", "_places", "_untouched")

    def __init__(self, noted: Iterable[tuple[FunctionType, Parts]]) -> None:
        self._noted = [*noted]
        self._functions = [function for function, _ in self._noted]
        self._flat = [*chain.from_iterable(parts for _, parts in self._noted)]
        self._places = [place for place in range(len(self._noted)) for _ in range(3)]
        self._untouched = Untouched(self._functions)
        self._known: dict[bytes, tuple[Noted, list[Parts]]] = {}

    def changed(self) -> Noted:
        """The functions that have other parts, with the parts that they had; objects of the same value are others.

        Fast, as it runs several times with each test.
        """
        state = self._untouched.state()
        if state in self._known and self._untouched.possible:
            return self._known[state][0]
        present = [*map(PARTS, self._functions)]  # kept alive, so that no address is used again
        differ = map(is_not, chain.from_iterable(present), self._flat)
        found = [self._noted[place] for place in dict.fromkeys(compress(self._places, differ))]
        if self._untouched.state() == state:
            unchanged = {one: known for one, known in self._known.items() if not known[0]}
            self._known = unchanged | {state: (found, present)}
        return found


class Values:
    """All names and values as they are now; they are kept alive, so that no address is used again."""

    __slots__ = ("_addresses", "_kept", "_space", "_untouched")

    def __init__(self, space: Mapping[str, Any]) -> None:
        self._space = space
        self._kept = self._now()
        self._addresses = addresses_of(self._kept) if READABLE else b""
        self._untouched = Untouched((), [space])

    def are_same(self) -> bool:
        """True if nothing was added, removed, moved or replaced. A change may be one that nobody minds."""
        if self._untouched.is_certain():
            return True
        now = self._now()
        if READABLE:
            same = addresses_of(now) == self._addresses
        else:
            same = len(now) == len(self._kept) and all(map(is_, now, self._kept))
        if same:
            self._untouched.renew()
        return same

    def _now(self) -> tuple[object, ...]:
        return *self._space, *self._space.values()
