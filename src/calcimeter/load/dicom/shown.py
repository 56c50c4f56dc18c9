"""What is shown of a header: only what a value's kind allows, for a damaged or careless header holds anything."""

from __future__ import annotations

import hashlib
import re


def shown_uid(text: str) -> str:
    """A UID; of a text that is none a UID made from its digest, so that it can still be chosen by it."""
    if not is_torn_uid(text):
        return text
    return f"2.25.{int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], 'big')}"


def is_torn_uid(text: str) -> bool:
    """Whether a text stands where a UID should and is none."""
    return bool(text) and re.fullmatch(r"[0-9.]{1,64}", text) is None


def kernel_name(text: str) -> str | None:
    """The first value of a kernel as far as it looks like one; None where it does not."""
    name = text.split("\\")[0].strip()
    return name if re.fullmatch(r"[\w.+/ -]{1,16}", name, re.ASCII) else None


def counted(number: int, noun: str) -> str:
    """A number and what it counts."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
