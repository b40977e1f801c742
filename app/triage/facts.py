"""Facts about this machine and checkout on which the commands depend, each with its reason."""

from __future__ import annotations

import locale
import os
import platform
import shutil
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from app.database.engine import check_server, open_engine
from app.database.persistent import local_folder, status
from app.database.providers.accounts import server_account
from app.database.providers.binaries import system_binaries, usable, wheel_binaries
from app.database.providers.embedded import account_for
from app.database.trouble import sentence_of
from app.database.urls import explicit_url
from app.languages.spoken_language import spoken
from app.triage.backend import live_run
from app.triage.examined import examined_settings
from app.triage.machine_probes import no_docker_engine
from app.typed import typed
from app.workbook.choosing import found_workbook

GB = 1_000_000_000


def python() -> str:
    return f"{platform.python_version()} at {sys.executable}; prodplan {version('prodplan')}"


def processors() -> str:
    """Number of processors that this process may use, and the load of the last minute."""
    usable_ones = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{usable_ones}, load average {os.getloadavg()[0]:.1f}"


def memory() -> str:
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{total / GB:.1f} GB, {platform.system()} {platform.machine()}"


def disk() -> str:
    """Free space in the folder of the local server's data."""
    folder = local_folder(examined_settings(), account_for("embedded"))
    existing = next(step for step in (folder, *folder.parents) if step.is_dir())
    return f"{shutil.disk_usage(existing).free / GB:.1f} GB free for {folder}"


def language() -> str:
    of_system = locale.getlocale()[0] or "none set"
    return f"{spoken()}; the locale is {of_system}, output in {sys.stdout.encoding if sys.stdout else 'nothing'}"


def docker() -> str:
    return next(no_docker_engine(), "an engine answers")


def postgresql() -> str:
    """The server that the commands use, and the reason for the choice."""
    settings = examined_settings()
    url = explicit_url(settings)
    if url is not None:
        with open_engine(url) as engine:
            found = check_server(engine)
        return f"{found.version} at {url.render_as_string(hide_password=True)}, because a database URL is set"
    state = status(settings)
    if state.running:
        return f"our own, running in {state.folder}, because no database URL is set"
    account = server_account()
    candidates = [*wheel_binaries(), *system_binaries()]
    found_binaries = usable(iter(candidates), account, settings.postgres_major, Path("unused"))
    data = "with the data of before" if state.initialised else "with new data"
    return f"our own {found_binaries.version} from {found_binaries.folder}, {data}, because no database URL is set"


def workbook() -> str:
    settings = examined_settings()
    found = found_workbook(None, settings)
    if found is None:
        return "none named, none in data/: commands say so and make a sample"
    why = "PRODPLAN_WORKBOOK names it" if settings.prodplan_workbook else "it is the only one in data/"
    return f"{found}, because {why}"


def live() -> str:
    """The plant's live run, if there is one."""
    run, plant = live_run(), examined_settings().plant
    return f"plant {plant} has none: {typed('ingest')}" if run is None else f"run {run} of plant {plant}"


FACTS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("Python", python),
    ("processors", processors),
    ("memory", memory),
    ("disk", disk),
    ("language", language),
    ("Docker", docker),
    ("PostgreSQL", postgresql),
    ("workbook", workbook),
    ("live run", live),
)


def facts() -> dict[str, str]:
    """The facts by name; for a fact that cannot be established, the reason."""
    return {name: _established(look) for name, look in FACTS}


def _established(look: Callable[[], str]) -> str:
    try:
        return look()
    except Exception as error:  # whatever keeps one from being established, the others still help
        return f"unknown: {sentence_of(error)}"
