"""The root cause of a failure: the innermost informative exception of the chain."""

from __future__ import annotations

import builtins
import dis
import sysconfig
from collections.abc import Iterator, Mapping
from types import CodeType
from typing import Any

LINE = 400
MOST_OTHERS = 5
"""Most members of a group that are named beside the first; the others are counted."""
LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
FROZEN = "<frozen "
"""The beginning of the file names of code that is built into the interpreter."""
SYSTEM = frozenset(
    kind
    for kind in vars(builtins).values()
    if isinstance(kind, type) and issubclass(kind, BaseException) and kind is not AssertionError
)
"""Exception types that the interpreter and the operating system raise."""

CONTROL = frozenset({"CancelledError", "Cancelled", "GeneratorExit", "StopIteration", "StopAsyncIteration"})
"""Names of exceptions by which asyncio, trio and generators end something: no reason of the exception around them."""

SKIPS = frozenset({"Skipped", "SkipTest"})
"""Names of exceptions that skip a test, and explain no failure beside them in a group."""
WRAPPERS = frozenset({"PytestUnraisableExceptionWarning", "PytestUnhandledThreadExceptionWarning"})
"""Names of pytest's warnings around an exception that nobody could catch, which is their cause."""

PLAIN = frozenset({Exception, RuntimeError})
"""Builtin exceptions whose message is a written reason; a KeyError's message is a key."""


def is_of_library(code: CodeType, space: Mapping[str, Any]) -> bool:
    """True for code of Python or of an installed package: both its own file and that of its module say so."""
    name = code.co_filename
    return name.startswith(FROZEN) or (
        name.startswith(LIBRARIES) and str(space.get("__file__", "")).startswith(LIBRARIES)
    )


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """The exception and its causes, outermost first: causes, unsuppressed contexts, members of a group."""
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
    """The innermost informative exception; if there is none, the innermost one with a sentence, else the innermost.

    The product's own message has precedence over a FileNotFoundError or KeyError behind it, which gives no reason. Of a
    group, the first informative member is taken; without one, the group itself where its message is a reason.
    """
    if isinstance(error, BaseExceptionGroup):
        roots = [root_of(member) for member in error.exceptions]
        failed = [root for root in roots if type(root).__name__ not in SKIPS] or roots
        return next((root for root in failed if says_something(root)), error if says_something(error) else failed[0])
    chain = list(chain_of(error))
    group = next((one for one in chain if isinstance(one, BaseExceptionGroup)), None)
    if group is not None:
        root = root_of(group)
        if root is not group and says_something(root):
            return root
        chain = chain[: chain.index(group)] or [root]
    inward = [one for one in reversed(chain) if type(one).__name__ not in CONTROL] or [chain[-1]]
    innermost = next((one for one in inward if " " in text_of(one) and not _is_wrapper(one)), inward[0])
    return next((one for one in reversed(chain) if says_something(one)), innermost)


def says_something(error: BaseException) -> bool:
    """True if the message is a written reason, not that of a builtin exception raised by a library or the
    interpreter."""
    if attribute_of(error, "root_cause"):
        return True
    if _is_wrapper(error):
        return False
    if type(error) not in SYSTEM:
        return isinstance(error, AssertionError) or bool(text_of(error).strip())
    text = text_of(error).strip()
    written = bool(text) if type(error) in PLAIN else " " in text
    return written and _raised_by_the_project(error)


def _is_wrapper(error: BaseException) -> bool:
    return type(error).__name__ in WRAPPERS and error.__cause__ is not None


def _raised_by_the_project(error: BaseException) -> bool:
    """True if the project's code raised it, or if it was never raised and only named as a cause."""
    trace = error.__traceback__
    if trace is None:
        return True
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    raised = dis.opname[code.co_code[trace.tb_lasti]] == "RAISE_VARARGS"
    return raised and not code.co_filename.startswith((*LIBRARIES, FROZEN))


def text_of(error: BaseException) -> str:
    """The message, also of an exception whose __str__ fails."""
    try:
        return str.__str__(str(error))  # of a subclass, whose methods may do anything, too
    except KeyboardInterrupt:
        raise
    except BaseException as failed:  # its author's code, which may raise anything
        return f"(its text cannot be read: __str__ raised {type(failed).__name__})"


def attribute_of(error: BaseException, name: str) -> Any:
    """An attribute of an exception; None if it is missing or raises."""
    try:
        return getattr(error, name, None)
    except KeyboardInterrupt:
        raise
    except BaseException:  # a property of its author's, which may raise anything
        return None


def named(error: BaseException) -> str:
    """Its class and its message in one line."""
    kind, text = one_line(type(error).__name__), one_line(text_of(error))
    return f"{kind}: {text}" if text else kind


def others_of(error: BaseException, root: BaseException) -> str:
    """The root causes of the other members of a group, to be added to a line."""
    group = next((one for one in chain_of(error) if isinstance(one, BaseExceptionGroup)), None)
    if group is None:
        return ""
    others = [other for member in group.exceptions if (other := root_of(member)) is not root]
    told = [*map(named, others[:MOST_OTHERS]), *["…"] * (len(others) > MOST_OTHERS)]
    return f" (and {len(others)} more: {'; '.join(told)})" if others else ""


def one_line(text: str) -> str:
    """The first lines of a message joined to one, at most 400 characters."""
    joined = " ".join(text.split())
    return joined if len(joined) <= LINE else joined[: LINE - 1] + "…"
