"""A process that decodes images for the one that started it: images on standard input, their pixels on standard output.

Both ends of the talk stand in this file. A question is a line of JSON (the fields of ``Coding``, and ``bytes``) with so
many bytes behind it. An answer is a line of JSON: ``null`` with the stored values behind it, or the name of a refusal
and its message. The process says ``null`` first, when its decoders are loaded, and ends with its standard input, so
that it never outlives the other one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import os
import subprocess
import sys
from typing import BinaryIO, Self, cast

import numpy as np

from calcimeter import errors
from calcimeter.load.assemble import Stored
from calcimeter.load.dicom.decode import Coding, decode, load_decoder

READY = b"null\n"


class Worker:
    """The asking end.

    It is a decoder (``worker(coding, encoded)``) and a context, which ends the process. One thread at a time may ask.

    Parameters
    ----------
    syntax : str
        Transfer syntax whose decoder is loaded at once.

    Raises
    ------
    OSError
        No process can be started here.
    """

    def __init__(self, syntax: str) -> None:
        path = os.pathsep.join(part for part in sys.path if part)
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter and this module
            [
                sys.executable,
                "-P",
                "-m",
                "calcimeter.load.dicom.decode_worker",
                syntax,
            ],  # -P: nothing of the current folder
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"},  # one thread: it computes nothing
        )
        self._questions = cast("io.BufferedWriter", self._process.stdin)
        self._answers = cast("io.BufferedReader", self._process.stdout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        with contextlib.suppress(OSError):  # what was not sent yet need not be
            self._questions.close()
        self._answers.close()
        self._process.wait()

    def is_ready(self) -> bool:
        """Whether the process came up; waits until that is known. To be asked once, and first."""
        return self._answers.readline() == READY

    def __call__(self, coding: Coding, encoded: bytes) -> Stored:
        """Stored values of one image, as ``decode`` gives them.

        Raises
        ------
        Refused
            What ``decode`` raises; UnreadableInput also where the process ends, which a decoder's crash brings about.
        """
        try:
            _send(self._questions, {**dataclasses.asdict(coding), "bytes": len(encoded)}, encoded)
            line = self._answers.readline()
            stored = np.empty((coding.rows, coding.columns), dtype=coding.stored_type)
            if line == READY and self._answers.readinto(stored.data.cast("B")) == stored.nbytes:
                return stored
        except OSError:
            line = b""
        raise _refusal(line)


def _refusal(line: bytes) -> errors.Refused:
    """What an answer without pixels says."""
    if not line or line == READY:
        return errors.UnreadableInput(
            "met pixels at which their decoder broke down (damaged, or memory ran out); copy the series again"
        )
    name, message = json.loads(line)
    refusal: errors.Refused = getattr(errors, name)(message)
    return refusal


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """The answering end: decode until there are no more questions."""
    while line := questions.readline():
        asked = json.loads(line)
        encoded = questions.read(asked.pop("bytes"))
        try:
            stored = decode(Coding(**asked), encoded)
        except errors.Refused as refusal:
            _send(answers, [type(refusal).__name__, str(refusal)])
        else:
            _send(answers, None, np.ascontiguousarray(stored).data.cast("B"))


def _send(stream: BinaryIO, line: object, content: bytes | memoryview = b"") -> None:
    stream.write(json.dumps(line).encode() + b"\n")
    stream.write(content)
    stream.flush()


if __name__ == "__main__":
    load_decoder(sys.argv[1])
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    serve(sys.stdin.buffer, sys.stdout.buffer)
