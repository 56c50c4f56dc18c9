"""One DICOM series -> volume and headers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from calcimeter.errors import Refused, UnreadableInput, UnsupportedStudy
from calcimeter.geometry.lanes import cores
from calcimeter.load.assemble import Plane, Stored, assembled, measured_ends
from calcimeter.load.dicom.decoders import Decoder, decoders
from calcimeter.load.dicom.header import Header
from calcimeter.load.dicom.padding import PaddingFinder
from calcimeter.load.dicom.pixels import PixelReader, before_pixels
from calcimeter.load.dicom.quiet import quiet_pydicom
from calcimeter.load.dicom.stack import Stack
from calcimeter.load.dicom.storage import storage_of
from calcimeter.model.grid import BoolArray
from calcimeter.model.volume import Volume

READING_THREADS = 4
"""For uncompressed pixels; more would wait for memory, and more than there are cores for one another."""


RUN = 8
"""So many uncompressed slices a thread takes at a time: the system gives memory in pieces of several slices, and two
threads that write into one piece wait for each other."""


def read_stack(stack: Stack) -> tuple[Volume, tuple[bytes, ...]]:
    """Read the pixels of a series, several slices at a time.

    Parameters
    ----------
    stack : Stack
        With a grid.

    Returns
    -------
    volume : Volume
        The only array of the series' size that is made; beside it every thread holds one slice.
    headers : tuple of bytes
        DICOM files that end where the pixel data element would begin: one a slice, in the stack's order; the one
        file of a multi-frame series; empty where such a series is several files.

    Raises
    ------
    UnreadableInput
        A file is cut short or damaged. Of several, the first in the stack's order is spoken of.
    UnsupportedStudy
        There is no decoder for the compression, or the unused bits of pixels are in use.
    """
    if stack.grid is None:
        raise ValueError("a stack without a grid can't be read")
    compressed = [storage_of(header).coding for header in stack.headers if header.pixels_at is None]
    with quiet_pydicom(), decoders(compressed) as available:
        threads = 1 if compressed else min(READING_THREADS, cores())
        reader = _StackReader(stack.headers, available * threads, 1 if compressed else RUN)
        volume = assembled(stack.grid, reader.lanes)
        reader.check()
        return volume, reader.before_pixels()


@dataclass(slots=True)
class _StackReader:
    """Reads the slices of a stack in several lanes."""

    headers: tuple[Header, ...]
    decoders: tuple[Decoder, ...]
    run: int
    before: dict[int, bytes] = field(default_factory=dict)
    failures: dict[int, Refused] = field(default_factory=dict)

    def lanes(self) -> list[Iterator[Plane]]:
        """Iterators that together give every slice once, each to be run in a thread of its own."""
        self.check()
        slices = range(len(self.headers))
        waiting = deque(slices[k : k + self.run] for k in slices[:: self.run])
        return [self._lane(PixelReader(decoder), waiting) for decoder in self.decoders]

    def _lane(self, pixels: PixelReader, waiting: deque[range]) -> Iterator[Plane]:
        padding = PaddingFinder()
        while waiting:
            try:
                run = waiting.popleft()
            except IndexError:  # another lane took the last one
                return
            for k in run:
                try:
                    plane = self._plane(k, pixels, padding)
                except Refused as error:
                    error.files = error.files or (str(self.headers[k].path),)
                    self.failures[k] = error
                    waiting.clear()
                    return
                yield plane

    def _plane(self, k: int, pixels: PixelReader, padding: PaddingFinder) -> Plane:
        """A slice and how it becomes HU."""
        header = self.headers[k]
        try:
            self.before[k], stored = pixels.read(header)
        except OSError as error:
            raise UnreadableInput("met a file that can't be read any more; copy the series again") from error
        storage = storage_of(header)
        if storage.has_overlay:
            stored = _without_overlay(storage.coding.bits_stored, stored)
        ends = int(stored.min()), int(stored.max())
        mask = padding.find(storage.padding, stored, ends)
        _check_unused_bits(storage.coding.bits_stored, stored, ends, mask)
        one_padding = storage.padding is not None and storage.padding[0] == storage.padding[1]
        return Plane(k, stored, storage.slope, storage.intercept, mask, ends, one_padding)

    def check(self) -> None:
        """Raise what went wrong with a slice, the first of them.

        Runs are begun in order and what is begun is ended, so that which one is the first does not hang on timing.
        """
        if self.failures:
            raise self.failures[min(self.failures)]

    def before_pixels(self) -> tuple[bytes, ...]:
        """What stands before the pixels of every slice's file, or of the one file of several frames."""
        if all(header.frame is None for header in self.headers):
            return tuple(self.before[k] for k in range(len(self.headers)))
        one_file = len({header.path for header in self.headers}) == 1
        return (before_pixels(self.headers[0]),) if one_file else ()


def _without_overlay(bits: int, stored: Stored) -> Stored:
    """Pixels whose unused high bits, in which an overlay is drawn, are what the sign makes them."""
    unused = 16 - bits
    return (stored << unused) >> unused


def _check_unused_bits(bits: int, stored: Stored, ends: tuple[int, int], padding: BoolArray | None) -> None:
    """Refuse measured pixels beyond the declared bits where no overlay is declared: the declaration is wrong."""
    if bits == 16 or _within(bits, ends, stored) or _within(bits, measured_ends(stored, padding), stored):
        return
    raise UnsupportedStudy(f"met pixels beyond the {bits} bits that the file declares; export the series again")


def _within(bits: int, ends: tuple[int, int] | None, stored: Stored) -> bool:
    """Whether numbers of so many bits, signed as the stored ones, hold all between two."""
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if stored.dtype.kind == "i" else (0, (1 << bits) - 1)
    return ends is None or (low <= ends[0] and ends[1] <= high)
