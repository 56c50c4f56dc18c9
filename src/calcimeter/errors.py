"""Every exception that Calcimeter raises on purpose.

Their tree, with the exit code of each branch::

    CalcimeterError
    |-- UsageError            the command or the call is wrong                         exit code 2
    |   |-- OutputExists      OUT is there already and ``--force`` was not given
    |   |-- UnknownUnit       a unit that is not known, or none of this analyte
    |   `-- AmbiguousSeries   several series are equally good; one must be named
    `-- Refused               the input can't be measured truthfully                   exit code 3
        |-- UnreadableInput   not an image, truncated, or of a kind that is not read
        |-- AmbiguousResult   a laboratory result that can be read in two ways
        |-- GeometryError     where the voxels lie in the patient can't be told
        `-- UnsupportedStudy  readable, but not something that can be measured

A message says what was met, what was expected and what to do, in one line, and never holds a patient's name, id,
date or a path. The files that it is about stand apart, in ``files``: only the shell may show them.
"""

from __future__ import annotations


class CalcimeterError(Exception):
    """Base of all; catch this to catch anything that Calcimeter says about its input.

    Parameters
    ----------
    message : str
    files : tuple of str
        Paths of the files that it is about, as far as they are known. They can hold a patient's name: they go to
        the shell of the person who typed the path, and nowhere else.
    """

    exit_code = 1

    def __init__(self, message: str, *, files: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.files = files


class UsageError(CalcimeterError, ValueError):
    """The command or the call is wrong: an unknown option value, two things that exclude each other."""

    exit_code = 2


class OutputExists(UsageError):
    """The output folder exists and may hold somebody's work."""


class UnknownUnit(UsageError):
    """A unit that is not known, or that can't be converted for this analyte."""


class AmbiguousSeries(UsageError):
    """Several series are equally good by the rule of choice."""


class Refused(CalcimeterError):
    """The input can't be measured truthfully."""

    exit_code = 3


class UnreadableInput(Refused):
    """Not an image, truncated, or in a form that is not read."""


class AmbiguousResult(Refused, ValueError):
    """A laboratory result that can be read in two ways, or contradicts itself."""


class GeometryError(Refused, ValueError):
    """Where the voxels lie in the patient can't be told."""


class UnsupportedStudy(Refused):
    """Readable, but not something that can be measured."""
