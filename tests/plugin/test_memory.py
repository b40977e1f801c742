"""Small pieces of memory that are read together are those of the objects, in their order, as they are at the time."""

from __future__ import annotations

from types import FunctionType

from release_gate.in_pytest.source_code import memory
from release_gate.in_pytest.source_code.identity import PARTS, PARTS_AT, Untouched
from release_gate.in_pytest.source_code.memory import BEFORE_ITEMS, PIECE, Pieces, packed, packed_or_none


def test_python_can_read_them() -> None:
    assert memory.GATHERED


def test_pieces_stand_in_the_order_of_their_addresses() -> None:
    samples = [(object(), object(), object()) for _ in range(1000)]
    forward = Pieces(id(sample) + BEFORE_ITEMS for sample in samples)
    assert forward.read() == b"".join(packed(*sample) for sample in samples)
    backward = Pieces(id(sample) + BEFORE_ITEMS for sample in reversed(samples))
    assert backward.read()[:PIECE] == forward.read()[-PIECE:] == packed(*samples[-1])


def test_no_pieces_are_nothing() -> None:
    assert Pieces([]).read() == b""


def test_parts_of_a_function_are_read_as_they_are_now() -> None:
    def boils(degrees: int = 100, *, kettle: str = "white") -> bool:
        return degrees >= 100

    place = PARTS_AT
    assert place is not None
    pieces = Pieces([id(boils) + place])
    assert pieces.read() == packed(*PARTS(boils))
    boils.__kwdefaults__ = {"kettle": "red"}
    boils.__defaults__ = None
    assert pieces.read() == packed_or_none(*PARTS(boils)) != packed(*PARTS(boils))


def test_one_change_among_a_thousand_is_seen() -> None:
    functions = [FunctionType(packed.__code__, {}) for _ in range(1000)]
    untouched = Untouched(functions)
    for one in (functions[0], functions[499], functions[-1]):
        assert untouched.is_certain()
        code, one.__code__ = one.__code__, packed_or_none.__code__
        assert not untouched.is_certain()
        one.__code__ = code
    assert untouched.is_certain()
