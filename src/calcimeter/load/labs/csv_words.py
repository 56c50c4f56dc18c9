"""What the columns, sexes and statuses of laboratory exports are called: ``knowledge/lab_tables.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from calcimeter.knowledge.table import read_table


def columns() -> Mapping[str, list[str]]:
    """Role of a column -> what such columns are called, the surer names first."""
    return words_for("columns")


def words_for(table: str) -> Mapping[str, list[str]]:
    """A table of words: ``columns``, ``words``, ``sex`` or ``status``."""
    words: Mapping[str, list[str]] = _tables()[table]
    return words


@cache
def _tables() -> Mapping[str, Mapping[str, list[str]]]:
    return read_table("lab_tables.toml")
