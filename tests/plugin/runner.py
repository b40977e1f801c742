"""Reads a step's output and its GITHUB_OUTPUT file as the runner of GitHub Actions does.

After src/Runner.Common/ActionCommand.cs, src/Runner.Worker/ActionCommandManager.cs and FileCommandManager.cs of
actions/runner as of August 2026: `::name a=b,c=d::message` at the beginning of a line, `##[name a=b;c=d]message`
anywhere in it, nothing between stop-commands and its token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

NAMES = {"error", "warning", "notice", "debug", "group", "endgroup", "add-mask", "set-output", "save-state", "echo"}
NAMES |= {"add-matcher", "remove-matcher", "add-path", "set-env", "stop-commands"}
AT_BEGINNING = re.compile(r"\s*::(?P<name>[^ :]+)(?: (?P<properties>.*?))?::(?P<message>.*)")
ANYWHERE = re.compile(r".*?##\[(?P<name>[^ \]]+)(?: (?P<properties>[^\]]*))?\](?P<message>.*)")


@dataclass(frozen=True)
class Command:
    name: str
    message: str
    properties: tuple[tuple[str, str], ...]

    def __getitem__(self, key: str) -> str:
        return dict(self.properties)[key]


def commands(output: str) -> list[Command]:
    """The commands that take effect, in their order."""
    found, token = [], ""
    for line in re.split(r"\r\n|\r|\n", output):
        command = parsed(line, NAMES | {token} if token else NAMES)
        if command is None:
            continue
        if token:
            token = "" if command.name == token else token
        elif command.name == "stop-commands":
            token = command.message
        else:
            found.append(command)
    return found


def parsed(line: str, names: set[str]) -> Command | None:
    for form, separator in ((AT_BEGINNING, ","), (ANYWHERE, ";")):
        match = form.match(line)
        if match and match["name"] in names:
            pairs = [pair.split("=", 1) for pair in (match["properties"] or "").split(separator) if "=" in pair]
            properties = tuple((key, unescaped(value, ":,")) for key, value in pairs if value)
            return Command(match["name"], unescaped(match["message"], ""), properties)
    return None


def unescaped(text: str, more: str) -> str:
    for sign in ("\r", "\n", *more, "%"):
        text = text.replace(f"%{ord(sign):02X}", sign)
    return text


def outputs(text: str) -> Iterator[tuple[str, str]]:
    """The entries of a GITHUB_OUTPUT file. Raises ValueError where the runner would fail the step."""
    lines = text.split("\n")
    while lines:
        line = lines.pop(0)
        if not line:
            continue
        if "<<" in line and "=" not in line.partition("<<")[0]:
            name, end = line.split("<<", 1)
            value = lines[: lines.index(end)]
            del lines[: len(value) + 1]
            yield name, "\n".join(value)
        elif "=" in line:
            name, _, rest = line.partition("=")
            yield name, rest
        else:
            raise ValueError(f"Invalid format {line!r}")
