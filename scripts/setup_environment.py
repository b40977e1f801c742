"""Make, or reuse, the project's environment: `.venv` with exactly what requirements.lock says.

Any Python may start this file, so that an old one can say that it is too old: no annotations, no f-strings and no
pathlib here. What needs a new one lies in environment/ and is run by the interpreter that this file finds.
"""

import errno
import hashlib
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "setup.stamp")
BUILDER = os.path.join(ROOT, "scripts", "environment")

OLDEST = (3, 11)
NAMES = ("python3.14", "python3.13", "python3.12", "python3.11", "python3")
PROBE = (
    "import sys, importlib.util as u; v = sys.version_info; has = lambda m: u.find_spec(m) is not None;"
    "print(v[0], v[1], int(has('venv')), int(has('ensurepip')), int(has('pip')))"
)


def content(path):
    """A file's bytes; empty when it cannot be read."""
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except (IOError, OSError):
        return b""


def built_from(pyproject):
    """The lines of pyproject.toml that decide what an installation of the project looks like."""
    kept, keep = [], False
    for line in pyproject.splitlines():
        if line.startswith(b"["):
            keep = line.startswith((b"[build-system", b"[project", b"[tool.hatch"))
        if keep:
            kept.append(line.strip())
    return b"\n".join(kept)


def fingerprint():
    """A hash of what `.venv` was made from, where and for which interpreter; None while it has none that exists."""
    if not os.path.exists(PYTHON):
        return None
    configuration = content(os.path.join(VENV, "pyvenv.cfg")).splitlines()
    parts = [
        content(os.path.join(ROOT, "requirements.lock")),
        built_from(content(os.path.join(ROOT, "pyproject.toml"))),
        b"\n".join(line for line in configuration if line.startswith(b"version")),
        os.path.realpath(PYTHON).encode("utf-8"),
        ROOT.encode("utf-8"),  # scripts and the editable install hold absolute paths: a moved checkout starts anew
    ]
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def ready():
    """Return True if the environment is complete and made from what the checkout holds now."""
    return content(STAMP).decode("ascii", "replace").strip() == (fingerprint() or "absent")


def found_on_path(names):
    """The files of these names on PATH, in the order of the names, each interpreter once."""
    seen = []
    for name in names:
        for folder in os.environ.get("PATH", "").split(os.pathsep):
            path = os.path.join(folder or os.curdir, name)
            if os.access(path, os.X_OK) and os.path.realpath(path) not in [os.path.realpath(one) for one in seen]:
                seen.append(path)
    return seen


def abilities(interpreter):
    """(major, minor, has venv, has ensurepip, has pip) of an interpreter; None when it does not run."""
    import subprocess

    try:
        child = subprocess.Popen([interpreter, "-I", "-c", PROBE], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        answer = child.communicate()[0].split()
    except (IOError, OSError):
        return None
    return tuple(int(word) for word in answer) if child.returncode == 0 and len(answer) == 5 else None


def interpreter_to_use():
    """The first interpreter that is new enough and can make an environment, this one before those on PATH.

    One without ensurepip but with pip comes last. Ends the program with one sentence when there is none.
    """
    own = getattr(sys, "_base_executable", None) or sys.executable
    candidates = [own] + [path for path in found_on_path(NAMES) if os.path.realpath(path) != os.path.realpath(own)]
    able = [(path, abilities(path)) for path in candidates]
    new = [(path, found) for path, found in able if found and found[:2] >= OLDEST]
    for wanted in (3, 4):
        for path, found in new:
            if found[2] and found[wanted]:
                return path
    wish = ".".join(str(number) for number in OLDEST)
    if new:
        name = "python" + ".".join(str(number) for number in new[0][1][:2])
        stop(
            name + " can make no environment: its ensurepip is missing, and pip too. "
            "On Debian and Ubuntu: apt-get install " + name + "-venv. Then run this again."
        )
    stop(
        "Python " + ".".join(str(number) for number in sys.version_info[:3]) + " is too old: this project needs "
        "Python " + wish + " or newer, and PATH holds none (" + ", ".join(NAMES[:-1]) + "). Install one (Debian, "
        "Ubuntu: apt-get install python3 python3-venv), or name it: make prod-ready PYTHON=/path/to/python3"
    )


def stop(sentence):
    """End the program; the sentence says what is wrong and what to do."""
    sys.stderr.write("setup: " + sentence + "\n")
    sys.exit(1)


def locked():
    """Wait until no other set-up works on `.venv`; the lock lasts until the file returned is closed."""
    import fcntl

    if not os.path.isdir(VENV):
        try:
            os.mkdir(VENV)
        except OSError as error:
            if error.errno != errno.EEXIST:
                raise
    handle = open(os.path.join(VENV, "setup.lock"), "a")  # noqa: SIM115
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (IOError, OSError):
        sys.stdout.write("setup: another set-up is at work in .venv; waiting for it\n")
        sys.stdout.flush()
        fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def build():
    """Run the builder and set the stamp; ends the program with the builder's exit code when it fails."""
    import subprocess

    code = subprocess.call([interpreter_to_use(), "-I", BUILDER])
    if code < 0:
        stop("The set-up was ended by signal " + str(-code) + ". The next run begins the environment anew.")
    if code:
        sys.exit(1)
    with open(STAMP + ".new", "w") as stream:
        stream.write(fingerprint() + "\n")
    os.rename(STAMP + ".new", STAMP)


def ensure():
    """The interpreter of an environment that is ready, made now if it has to be."""
    if not ready():
        try:
            handle = locked()
            try:
                if not ready():
                    build()
            finally:
                handle.close()
        except (IOError, OSError) as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                stop("The disk is full: free 1.2 GB where " + ROOT + " lies, then run this again.")
            stop(".venv cannot be made in " + ROOT + ": " + str(error.strerror) + ". Mend that, then run this again.")
        except KeyboardInterrupt:
            stop("Interrupted. The next run begins the environment anew.")
    return PYTHON


if __name__ == "__main__":
    ensure()
