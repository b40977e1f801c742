"""The cause of a failure: of all exceptions behind one another, the innermost that says something."""

from __future__ import annotations

import builtins
import dis
import sysconfig
from collections.abc import Iterator
from typing import Any

LINE = 400
LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
SYSTEM = frozenset(
    kind
    for kind in vars(builtins).values()
    if isinstance(kind, type) and issubclass(kind, BaseException) and kind is not AssertionError
)
"""Exceptions that the interpreter and the operating system raise of themselves."""

PLAIN = frozenset({Exception, RuntimeError})
"""Builtin exceptions that hold nothing but what somebody wrote; a KeyError holds a key."""


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """The exception and those behind it, outermost first: causes, unsuppressed contexts, members of a group."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
        inner = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
        if inner is not None:
            waiting.append(inner)


def root_of(error: BaseException) -> BaseException:
    """The innermost exception that says something; where none does, the innermost.

    What the product says of itself goes before a FileNotFoundError or KeyError behind it, which names no reason.
    In a group the first member that says something stands for all.
    """
    if isinstance(error, BaseExceptionGroup):
        roots = [root_of(member) for member in error.exceptions]
        return next((root for root in roots if says_something(root)), roots[0])
    chain = list(chain_of(error))
    group = next((one for one in chain if isinstance(one, BaseExceptionGroup)), None)
    if group is not None:
        root = root_of(group)
        if says_something(root):
            return root
        chain = chain[: chain.index(group)] or [root]
    return next((one for one in reversed(chain) if says_something(one)), chain[-1])


def says_something(error: BaseException) -> bool:
    """Its message is a reason that somebody wrote: not a builtin exception that a library or the interpreter raised."""
    if attribute_of(error, "root_cause"):
        return True
    if type(error) not in SYSTEM:
        return isinstance(error, AssertionError) or bool(text_of(error).strip())
    text = text_of(error).strip()
    written = bool(text) if type(error) in PLAIN else " " in text
    return written and _raised_by_the_project(error)


def _raised_by_the_project(error: BaseException) -> bool:
    """By a `raise` of its own code, or never raised and only named as the cause of another one."""
    trace = error.__traceback__
    if trace is None:
        return True
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    raised = dis.opname[code.co_code[trace.tb_lasti]] == "RAISE_VARARGS"
    return raised and not code.co_filename.startswith((*LIBRARIES, "<frozen"))


def text_of(error: BaseException) -> str:
    """Its message, also of an exception whose own __str__ fails."""
    try:
        return str(error)
    except Exception as failed:  # its author's code, which may raise anything
        return f"(its text cannot be read: __str__ raised {type(failed).__name__})"


def attribute_of(error: BaseException, name: str) -> Any:
    """An attribute that an exception may carry; None also where reading it fails."""
    try:
        return getattr(error, name, None)
    except Exception:  # a property of its author's, which may raise anything
        return None


def named(error: BaseException) -> str:
    """Its class and its message in one line."""
    text = one_line(text_of(error))
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def others_of(error: BaseException, root: BaseException) -> str:
    """The roots of the other members of a group, for the end of a line."""
    group = next((one for one in chain_of(error) if isinstance(one, BaseExceptionGroup)), None)
    if group is None:
        return ""
    others = [named(other) for member in group.exceptions if (other := root_of(member)) is not root]
    return f" (and {len(others)} more: {'; '.join(others)})" if others else ""


def one_line(text: str) -> str:
    """The first lines of a message as one, at most 400 characters."""
    joined = " ".join(text.split())
    return joined if len(joined) <= LINE else joined[: LINE - 1] + "…"
