"""A container image made from files of this machine, for where no image registry can be reached.

Programs are added with every library that they load, so that `FROM scratch` is enough below them.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterable
from pathlib import Path

import docker

SEARCHED = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"


class RootFilesystem:
    """The files of an image, collected in memory as a tar archive."""

    def __init__(self) -> None:
        self._content = io.BytesIO()
        self._tar = tarfile.open(fileobj=self._content, mode="w")  # noqa: SIM115 (closed when the image is built)
        self._there: set[str] = set()

    def file(self, path: Path, target: str | None = None) -> None:
        """A file of this machine, at the same place unless told otherwise; a link becomes what it leads to."""
        place = (target or str(path)).lstrip("/")
        if place not in self._there:
            self._there.add(place)
            self._tar.add(path.resolve(), place, recursive=False)

    def tree(self, path: Path, without: Iterable[str] = (), target: str | None = None) -> None:
        """A folder with everything in it but files and folders of these names; at the same place unless told otherwise.

        It belongs to root, whoever owns it here.
        """
        left_out = set(without)

        def kept(one: tarfile.TarInfo) -> tarfile.TarInfo | None:
            one.uid = one.gid = 0
            return None if Path(one.name).name in left_out else one

        self._tar.add(path, (target or str(path)).lstrip("/"), filter=kept)

    def link(self, place: str, target: str) -> None:
        """A symbolic link."""
        info = tarfile.TarInfo(place.lstrip("/"))
        info.type, info.linkname = tarfile.SYMTYPE, target
        self._tar.addfile(info)

    def folder(self, place: str, mode: int = 0o755, owner: int = 0) -> None:
        """An empty folder; owner is a number, of user and group alike."""
        info = tarfile.TarInfo(place.lstrip("/"))
        info.type, info.mode, info.uid, info.gid = tarfile.DIRTYPE, mode, owner, owner
        self._tar.addfile(info)

    def text(self, place: str, text: str, mode: int = 0o644) -> None:
        """A file of this text."""
        info = tarfile.TarInfo(place.lstrip("/"))
        info.size, info.mode = len(text.encode()), mode
        self._tar.addfile(info, io.BytesIO(text.encode()))

    def programs(self, names: Iterable[str]) -> None:
        """Programs of this machine under /bin, with their libraries. Raises FileNotFoundError naming a missing one."""
        paths = []
        for name in names:
            found = shutil.which(name, path=SEARCHED)
            if found is None:
                raise FileNotFoundError(f"{name} is not on this machine, so the stand-in cannot be made.")
            paths.append(Path(found))
            self.file(Path(found), f"/bin/{name}")
        self.libraries_of(path.resolve() for path in paths)

    def libraries_of(self, binaries: Iterable[Path]) -> None:
        """Copy the shared libraries that these files load, the loader among them."""
        for binary in binaries:
            said = subprocess.run(["/usr/bin/ldd", binary], capture_output=True, text=True, check=False).stdout
            for path in re.findall(r"(/\S+\.so\S*)", said):
                self.file(Path(path))

    def build(self, image: str, instructions: Iterable[str]) -> None:
        """The image `image`: these files and Dockerfile instructions. Raises docker.errors.DockerException."""
        self._tar.close()
        dockerfile = "\n".join(["FROM scratch", "ADD rootfs.tar /", *instructions, ""]).encode()
        context = io.BytesIO()
        with tarfile.open(fileobj=context, mode="w") as tar:
            for name, content in (("Dockerfile", dockerfile), ("rootfs.tar", self._content.getvalue())):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        client = docker.from_env()
        try:
            client.images.build(fileobj=io.BytesIO(context.getvalue()), custom_context=True, tag=image, rm=True)
        finally:
            client.close()
