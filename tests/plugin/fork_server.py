"""A process that has imported pytest, the libraries and the gate, and forks for each command.

It saves every start of Python and most of a command's imports. Modules of a project and other plugins of pytest are
never prepared; a pytest that might load one of them before the gate imports the gate anew. Started as a program by
`forking.py`. A request is one line of JSON with the command's standard input and output as passed descriptors; the
answers are the command's process id and then its exit code. A supervisor's pytest comes from a second fork, made before
the supervisor runs, so that its parent is the supervisor.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import importlib
import json
import os
import re
import runpy
import socket
import subprocess
import sys
import types
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

PREPARED = (
    *("pytest", "jinja2", "jsonschema_rs", "msgspec", "msgspec.json", "msgspec.toml", "msgspec.yaml"),
    *("concurrent.futures.thread", "doctest", "gzip", "hmac", "pdb", "pickle", "secrets", "sysconfig", "tomllib"),
    *("encodings.unicode_escape", "encodings.utf_8_sig", "readline"),
    *("typing_extensions", "unittest", "xml.etree.ElementTree"),
)
GATE = "release_gate"
PLUGIN, COMMANDS = f"{GATE}.plugin", f"{GATE}.commands.command_line"
"""Modules of the gate that pytest and the gate's commands begin with."""
NAMED_PLUGIN = re.compile(r"(?<![\w-])-p\W*([\w:.-]*)")
OTHER_SETTINGS = re.compile(r"(?<!\S)(-c|-o|--config-file|--override-ini|--rootdir)")
PYTEST = ("-m", "pytest")
MOST_BYTES, MOST_DESCRIPTORS = 1 << 20, 16
STANDARD = 3
INHERITED = -1


def received(channel: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """The next request and its descriptors; None when the other end is closed."""
    line, descriptors = b"", []
    while not line.endswith(b"\n"):
        part, passed, _, _ = socket.recv_fds(channel, MOST_BYTES, MOST_DESCRIPTORS)
        descriptors += passed
        line += part
        if not part:
            return None
    request: dict[str, Any] = json.loads(line)
    return request, descriptors


def send(channel: socket.socket, request: Mapping[str, Any], descriptors: Sequence[int]) -> None:
    line = json.dumps(request).encode() + b"\n"
    rest = line[socket.send_fds(channel, [line], descriptors) :]
    if rest:  # the other end closes when it has read the line
        channel.sendall(rest)


def may_load_before_the_gate(request: Mapping[str, Any]) -> bool:
    """True unless it is certain that this pytest loads the gate, and no code of a project or named plugin before it."""
    variables = {name for name in request["environment"] if name.startswith("PYTEST_")}
    options = "\n".join([*request["arguments"], request["environment"].get("PYTEST_ADDOPTS", "")])
    files = [path for path in Path(request["folder"]).iterdir() if path.suffix in (".ini", ".toml", ".cfg")]
    texts = [options, *(path.read_bytes().decode("utf-8", "replace") for path in files)]
    named = {name for text in texts for name in NAMED_PLUGIN.findall(text)} - {GATE}
    is_certain = variables <= {"PYTEST_ADDOPTS"} and not OTHER_SETTINGS.search(options)
    return not is_certain or any(not name.startswith("no:") or name == f"no:{GATE}" for name in named)


def keep_of_the_gate(request: Mapping[str, Any]) -> None:
    """Leave those modules of the gate imported that the command would import first of all, in a state of just now."""
    loaded = [name for name in sys.modules if name.partition(".")[0] == GATE]
    if tuple(request["arguments"][:2]) != PYTEST:
        _renew_clock()
    elif may_load_before_the_gate(request):
        _forget(loaded)
    else:
        _renew_clock()
        _forget(one for one in loaded if one not in OF_PYTEST)


def _renew_clock() -> None:
    """Begin the gate's clock anew: it goes on from the moment of its import."""
    from release_gate.record.clock import CLOCK, RealClock

    RealClock.__init__(CLOCK)


def _forget(modules: Iterable[str]) -> None:
    for name in modules:
        del sys.modules[name]


OF_PYTEST: set[str] = set()
"""The modules that are loaded once pytest has loaded the gate's plugin."""


KEPT: list[Any] = []
"""Holds itself, and the modules that are prepared: they outlive the interpreter of a fork."""


def leave_to_the_system() -> None:
    """Take the prepared modules from those that Python clears at its end, which copies most of the memory of a fork.

    The last exit handler of all. Modules, handlers, threads and objects of a project end as ever.
    """
    for name, module in KEPT[0].items():
        if sys.modules.get(name) is module:
            del sys.modules[name]


def prepare() -> None:
    """Import pytest, the libraries and the gate, and leave their objects out of every collection of garbage."""
    from _pytest.config import default_plugins

    atexit.register(leave_to_the_system)
    for name in PREPARED:
        with suppress(ModuleNotFoundError):  # typing_extensions is for older Pythons, readline an option of Python
            importlib.import_module(name)
    for name in default_plugins:
        importlib.import_module(f"_pytest.{name}")
    importlib.import_module(PLUGIN)
    OF_PYTEST.update(sys.modules)
    importlib.import_module(COMMANDS)
    sys.modules[GATE].__doc__ = "PYTEST_DONT_REWRITE"  # or pytest would warn that it can no longer do so
    own = ("sys", "builtins", "__main__")
    KEPT.extend([{name: module for name, module in sys.modules.items() if name not in own}, KEPT])
    gc.collect()
    gc.freeze()


def become(request: Mapping[str, Any], descriptors: Sequence[int]) -> str:
    """Take over the command's descriptors, folder, environment and arguments; the module that is to be run."""
    # Copies first, because a descriptor may have the number that another is to get.
    copies = [fcntl.fcntl(one, fcntl.F_DUPFD, max(request["numbers"]) + 1) for one in descriptors]
    for one in descriptors:
        os.close(one)
    for copy, number in zip(copies, request["numbers"], strict=True):
        os.dup2(copy, number, inheritable=True)
        os.close(copy)
    os.chdir(request["folder"])
    # Without a locale Python has set this one as it began, and would set it again.
    coerced = {name: os.environ[name] for name in ("LC_CTYPE",) if name in os.environ}
    os.environ.clear()
    os.environ.update(coerced | request["environment"])
    keep_of_the_gate(request)
    _, module, *arguments = request["arguments"]
    sys.orig_argv = [sys.executable, *request["arguments"]]
    sys.argv = ["-m", *arguments]
    sys.path[0] = str(Path.cwd())
    sys.modules["__main__"] = types.ModuleType("__main__")
    return str(module)


class Spare:
    """A process forked in advance, a child of the supervisor: it becomes the supervisor's pytest."""

    def __init__(self, own: Mapping[str, str]) -> None:
        self._own, self._real = own, vars(subprocess)["_fork_exec"]
        self._channel, theirs = socket.socketpair()
        self.pid = os.fork()
        self.is_me = not self.pid
        if self.is_me:
            self._channel.close()
            self._channel = theirs
        else:
            theirs.close()

    def becomes(self) -> str:
        """Wait for the supervisor's command; the module to run. Without a command this process ends."""
        with self._channel as channel:
            request = received(channel)
        if request is None:
            os._exit(0)
        os.setsid()
        return become(*request)

    def replace_start(self) -> None:
        """Let the spare process be the first pytest that `subprocess` starts in this one."""
        vars(subprocess)["_fork_exec"] = self._start

    def _start(self, command: Sequence[Any], *more: Any) -> int:
        _, _, kept, folder, variables, *rest = more
        arguments = [os.fsdecode(part) for part in command]
        environment = dict(os.fsdecode(one).split("=", 1) for one in variables or ())
        is_ours = tuple(arguments[1:3]) == PYTEST and set(rest[:6]) == {INHERITED} and rest[9]
        if not is_ours or fixed(environment) != fixed(self._own):
            return int(self._real(command, *more))
        vars(subprocess)["_fork_exec"] = self._real
        numbers = [*range(STANDARD), *(one for one in kept if one != rest[6] and one != rest[7])]
        request = {"arguments": arguments[1:], "folder": os.fspath(folder), "environment": environment}
        with self._channel as channel:
            send(channel, request | {"numbers": numbers}, numbers)
        return self.pid


def fixed(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that Python and the C library read as they start, which no fork can change."""
    prefixes = ("PYTHON", "LC_", "LD_", "MALLOC_")
    return {name: value for name, value in environment.items() if name.startswith(prefixes) or name == "LANG"}


def serve(channel: socket.socket) -> str:
    """Fork for each request until the other end is closed; in the fork, the module that is to be run."""
    while (request := received(channel)) is not None:
        pid = os.fork()
        if not pid:
            channel.close()
            return _forked(*request)
        for descriptor in request[1]:
            os.close(descriptor)
        channel.sendall(b"%d\n" % pid)
        _, status = os.waitpid(pid, 0)
        channel.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    raise SystemExit


def _forked(request: dict[str, Any], descriptors: list[int]) -> str:
    is_supervisor = request["arguments"][:3] == ["-m", "release_gate", "run"]
    if not is_supervisor:
        return become(request, descriptors)
    spare = Spare(request["environment"])
    if spare.is_me:
        for descriptor in descriptors:
            os.close(descriptor)
        return spare.becomes()
    module = become(request, descriptors)
    spare.replace_start()
    return module


if __name__ == "__main__":
    prepare()
    tests = socket.socket(fileno=int(sys.argv[1]))
    tests.sendall(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})).encode() + b"\n")
    runpy._run_module_as_main(serve(tests))  # type: ignore[attr-defined]
