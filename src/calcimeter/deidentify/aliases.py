"""Other names for what must stay apart: UIDs and patients."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Aliases:
    """UIDs replaced by others, the same ones throughout a run.

    Parameters
    ----------
    key : bytes
        Digest of every file of the run, so that only who holds all the originals could tell which UID was which, and
        the same input gives the same output.
    """

    key: bytes

    def of_uid(self, uid: str) -> str:
        """Another UID in place of one; one that the standard registers stays, for it names a thing and no image."""
        from pydicom.uid import UID_dictionary

        if uid in UID_dictionary:
            return uid
        return f"2.25.{int.from_bytes(self._digest(uid)[:16], 'big')}"

    def order_of(self, name: str) -> bytes:
        """What patients, studies and series are numbered by, so that their numbers say nothing."""
        return self._digest(name)

    def _digest(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), key=self.key).digest()
