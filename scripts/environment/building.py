"""The steps that make `.venv`: interpreter, locked packages, nothing beside them, the project itself."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from explanation import SetupFailed, explain
from space import check_space, writing_places

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
LOG = VENV / "setup.log"
ONLY_UV = VENV / "setup.uv"
"""The lock's lines about uv, in a file of their own, as pip needs them."""
UNFINISHED = VENV / "setup.unfinished"
"""Exists while a set-up works, so that the next one sees a half-made environment and begins anew."""

KEPT = {"setup.lock", "setup.log"}
OWN = {"pip", "prodplan"}
"""Installed, and not in the lock: the installer and the project."""

LISTING = (
    "import importlib.metadata as m, re;"
    "print(*{re.sub(r'[-_.]+', '-', d.metadata['Name']).lower() for d in m.distributions()}, sep='\\n')"
)


def build() -> None:
    """Make or complete the environment. Raises SetupFailed with one sentence."""
    fresh = UNFINISHED.exists() or not usable()
    if fresh:
        check_space(writing_places(ROOT, os.environ))
        clear(VENV)
    (VENV / "setup.stamp").unlink(missing_ok=True)
    UNFINISHED.touch()
    if fresh:
        make_environment()
    count = len(locked_names(LOCK.read_text(encoding="utf-8")))
    install_locked(f"{count} packages of requirements.lock")
    surplus = sorted(set(installed_names()) - locked_names(LOCK.read_text(encoding="utf-8")) - OWN)
    if surplus:
        run(f"removing what is not in the lock: {', '.join(surplus)}", [*pip(), "uninstall", "-y", *surplus])
    project = ["install", "--no-index", "--no-deps", "--no-build-isolation", "-e", str(ROOT)]
    run("the project itself", [*pip(), *project])
    UNFINISHED.unlink()


def usable() -> bool:
    """Return True if `.venv` was made here and its interpreter runs, is new enough and can be installed into."""
    question = (
        "import sys, importlib.util as u; sys.exit(sys.version_info < (3, 11) or 2 * (u.find_spec('pip') is None))"
    )
    try:
        made_by = re.search(r"^command = .* (\S+)$", (VENV / "pyvenv.cfg").read_text(encoding="utf-8"), re.MULTILINE)
        code = subprocess.run([PYTHON, "-I", "-c", question], capture_output=True, check=False).returncode
    except OSError:
        return False
    elsewhere = made_by is not None and made_by[1] != str(VENV)
    without_pip_by_need = code == 2 and importlib.util.find_spec("ensurepip") is None
    return not elsewhere and (code == 0 or without_pip_by_need)


def clear(folder: Path) -> None:
    """Empty the environment's folder, but for the files of the set-up that is at work."""
    for path in folder.iterdir():
        if path.name in KEPT:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def make_environment() -> None:
    """An empty environment of the running interpreter; without ensurepip it will be filled by that one's own pip."""
    without = [] if importlib.util.find_spec("ensurepip") else ["--without-pip"]
    version = ".".join(str(number) for number in sys.version_info[:3])
    run(f"an environment of Python {version}", [sys.executable, "-I", "-m", "venv", *without, str(VENV)])


def install_locked(step: str) -> None:
    """Install the lock by uv, which pip installs first; by pip where uv cannot. Raises SetupFailed.

    Both check every hash. uv takes a quarter of the time; it reads no pip.conf and has fewer ways through a proxy,
    and what pip says of a failure is explained to the user.
    """
    hashed = ["install", "--require-hashes", "--only-binary", ":all:", "-r"]
    if pinned := lines_of("uv", LOCK.read_text(encoding="utf-8")):
        ONLY_UV.write_text(pinned, encoding="utf-8")
        run("uv, which installs the others", [*pip(), *hashed, str(ONLY_UV)])
        uv = [str(VENV / "bin" / "uv"), "--quiet", "--no-config", "pip"]
        if run(step, [*uv, *hashed, str(LOCK), "--python", str(PYTHON), "--compile-bytecode"], may_fail=True) == 0:
            return
        why = LOG.read_text(encoding="utf-8").strip().splitlines() or ["no output"]
        show(f"setup: uv cannot install them, so pip does, which takes minutes; uv said: {why[-1].strip()[:120]}\n")
        step += ", by pip"
    run(step, [*pip(), *hashed, str(LOCK)])


def lines_of(name: str, lock: str) -> str:
    """A package's lines of the lock, its hashes among them; empty when it is not there."""
    found = re.search(rf"^{re.escape(name)}==.*(?:\n    .*)*", lock, re.MULTILINE)
    return found[0] + "\n" if found else ""


def pip() -> list[str]:
    """The installer's command: the environment's own pip, or the running interpreter's pointed at the environment."""
    found = subprocess.run([PYTHON, "-I", "-c", "import pip"], capture_output=True, check=False).returncode == 0
    return [str(PYTHON), "-I", "-m", "pip"] if found else [sys.executable, "-I", "-m", "pip", "--python", str(PYTHON)]


def pip_environment() -> dict[str, str]:
    """The caller's environment with bounded waiting, unless it sets its own, and without settings that install
    elsewhere."""
    environment = {name: value for name, value in os.environ.items() if name not in {"PIP_TARGET", "PIP_PREFIX"}}
    if not environment.keys() & {"PIP_DEFAULT_TIMEOUT", "PIP_TIMEOUT"}:
        environment["PIP_DEFAULT_TIMEOUT"] = "15"
    # Never 0 retries: pip says why it could not reach an index only when it tries again.
    ours = {"PIP_RETRIES": "2", "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    return environment | ours | uv_environment(environment) | {"LC_ALL": "C.UTF-8"}


def uv_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The caller's settings of pip under uv's names: index and certificates; without any, the system's certificates.

    uv's own certificates lack those of a company's proxy. The setting for the system's has had two names.
    """
    same = {"PIP_INDEX_URL": "UV_DEFAULT_INDEX", "PIP_EXTRA_INDEX_URL": "UV_INDEX", "PIP_CERT": "SSL_CERT_FILE"}
    told = {ours: environment[theirs] for theirs, ours in same.items() if environment.get(theirs)}
    return {"UV_HTTP_TIMEOUT": "15", "UV_HTTP_RETRIES": "1", "UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"} | told


def run(step: str, command: Sequence[str], *, may_fail: bool = False) -> int:
    """Run one step: print its name before and its time after it, keep its output in the log. Returns its exit code.

    Raises SetupFailed when it fails, unless it may.
    """
    began = time.monotonic()
    on_terminal = sys.stdout.isatty()
    show(f"setup: {step} ..." if on_terminal else f"setup: {step}\n")
    fetched = (lambda count: show(f"\rsetup: {step} ... {count} fetched")) if on_terminal else ignore
    try:
        code = logged(command, fetched)
    except OSError as error:
        if not may_fail:
            raise
        # A rule of the machine may forbid to run what was downloaded.
        LOG.write_text(f"{error}\n", encoding="utf-8")
        code = 1
    took = f"{time.monotonic() - began:.1f} s"
    show(f"\rsetup: {step}: {took}          \n" if on_terminal else f"setup:   {took}\n")
    if code and not may_fail:
        raise SetupFailed(explain(step, LOG.read_text(encoding="utf-8"), code, str(LOG)))
    return code


def logged(command: Sequence[str], fetched: Callable[[int], None]) -> int:
    """Run a command with its output in the log. Returns its exit code.

    fetched: called with the number of packages collected so far.
    """
    with (
        LOG.open("w", encoding="utf-8") as log,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd=VENV,
            env=pip_environment(),
        ) as child,
    ):
        assert child.stdout is not None
        collected = 0
        try:
            for line in child.stdout:
                log.write(line)
                collected += line.startswith("Collecting ")
                if collected:
                    fetched(collected)
        except BaseException:
            child.kill()
            raise
        return child.wait()


def show(text: str) -> None:
    """Write the text at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def ignore(_: int) -> None:
    """A counter that does nothing."""


def locked_names(lock: str) -> set[str]:
    """The packages that the lock names, in normal form."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower() for name in found}


def installed_names() -> list[str]:
    """The packages that the environment holds, in normal form."""
    return subprocess.run([PYTHON, "-I", "-c", LISTING], capture_output=True, text=True, check=True).stdout.split()
