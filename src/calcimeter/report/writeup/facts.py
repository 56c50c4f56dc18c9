"""Fields of the results, each with the place it stands at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from calcimeter.model.written import WrittenResult


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of a JSON file, or a part of it.

    Parameters
    ----------
    file : str
        Relative to the output folder.
    pointer : str
        JSON pointer (RFC 6901) into it.
    value : anything
        None where the field is null or not there.
    """

    file: str
    pointer: str
    value: Any

    def __getitem__(self, key: str | int) -> Fact:
        """A field, or an item of a list; of what is not there None."""
        inner = None
        if isinstance(self.value, dict):
            inner = self.value.get(key)
        elif isinstance(self.value, list) and isinstance(key, int) and key < len(self.value):
            inner = self.value[key]
        step = str(key).replace("~", "~0").replace("/", "~1")
        return Fact(self.file, f"{self.pointer}/{step}", inner)

    def items(self) -> list[Fact]:
        """The items of a list, or the fields of an object; none of what is not there."""
        if isinstance(self.value, dict):
            return [self[key] for key in self.value]
        return [self[k] for k in range(len(self.value))] if isinstance(self.value, list) else []

    @property
    def known(self) -> bool:
        """Whether it is there and not null."""
        return self.value is not None

    @property
    def key(self) -> str:
        """The name of the field."""
        return self.pointer.rpartition("/")[2]

    @property
    def address(self) -> str:
        """File and pointer in one."""
        return f"{self.file}#{self.pointer}"


def facts_of(written: WrittenResult, file: str | None = None) -> Fact:
    """A whole document, by default the main one."""
    name = written.main if file is None else file
    return Fact(name, "", written.documents[name])
