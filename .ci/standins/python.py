"""A stand-in for the official python image, made from the Python that runs this.

    python .ci/standins/python.py IMAGE      such as python:standin; the version is this machine's

It lies under /usr/local as in the official one, with venv and pip, a shell and what a Dockerfile's RUN needs, and the
machine's certificates, by which pip trusts the package index from here.
"""

from __future__ import annotations

import os
import ssl
import sys
from pathlib import Path

from rootfs import RootFilesystem

TOOLS = ("sh", "install", "mkdir", "chown", "chmod", "rm", "cat", "ls", "env", "id", "uname")
LEFT_OUT = ("site-packages", "__pycache__", "test", "tests", "idlelib", "tkinter", "turtledemo", "lib2to3")
MANYLINUX = (
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "libutil.so.1",
    "libm.so.6",
    "libresolv.so.2",
    "libnss_dns.so.2",
    "libnss_files.so.2",
    "libgcc_s.so.1",
    "libstdc++.so.6",
)
"""Libraries that every wheel for Linux may load beside the C library, and their names."""

CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


def main(image: str) -> None:
    base = Path(sys.base_prefix)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    program = base / "bin" / version
    modules = list((base / "lib" / version / "lib-dynload").glob("*.so"))
    root = RootFilesystem()
    for folder in ("/tmp", "/var/tmp"):
        root.folder(folder, 0o1777)
    # Not 0700: a library of Python's own may lie below it, where this machine has it, and must be found by everybody.
    root.folder("/root")
    root.file(program, f"/usr/local/bin/{version}")
    root.link("/usr/local/bin/python3", version)
    root.tree(base / "lib" / version, LEFT_OUT, target=f"/usr/local/lib/{version}")
    root.folder(f"/usr/local/lib/{version}/site-packages")
    root.libraries_of([program, *modules])
    for library in MANYLINUX:
        root.file(libc_folder() / library)
    root.programs(TOOLS)
    root.tree(Path("/usr/share/zoneinfo"))
    root.text("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
    root.text("/etc/group", "root:x:0:\n")
    root.text("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")
    trusted = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    if trusted is None:
        sys.exit("This machine has no file of certificates, so pip in the stand-in could trust no index.")
    root.file(Path(trusted), CERTIFICATES)
    root.build(
        image,
        [
            "ENV PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8",
            f"ENV PIP_CERT={CERTIFICATES} SSL_CERT_FILE={CERTIFICATES}",
            "RUN python3 -m ensurepip",
            'CMD ["python3"]',
        ],
    )


def libc_folder() -> Path:
    """The folder of this machine's C library: it is loaded in this very process."""
    mapped = [line.split()[-1] for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()]
    return next(Path(path).parent for path in mapped if Path(path).name.startswith(("libc.so", "libc-")))


if __name__ == "__main__":
    main(sys.argv[1])
