"""What a reader saw and what was measured, brought together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from calcimeter.model.differential import Merged
from calcimeter.model.finding import Finding


def merge_findings(read: Mapping[str, bool], measured: Iterable[Finding]) -> tuple[Merged, ...]:
    """One statement a sign: a reader's word counts, and where it differs from a measurement, that is said.

    Parameters
    ----------
    read : mapping of str to bool
        What a reader saw, or saw to be absent.
    measured : iterable of Finding
        Of all studies together. One study that shows a sign outweighs those that do not: absence in one region is not
        absence in the patient.

    Returns
    -------
    tuple of Merged
        By name; ``present`` None where nobody could tell.
    """
    by_name: dict[str, list[Finding]] = {}
    for finding in measured:
        by_name.setdefault(finding.name, []).append(finding)
    return tuple(
        _merged(name, read=read.get(name), measured=by_name.get(name, [])) for name in sorted({*read, *by_name})
    )


def _merged(name: str, *, read: bool | None, measured: list[Finding]) -> Merged:
    found = _of_all_studies(measured)
    if read is None:
        assert found is not None
        return Merged(name, found.present, found.because)
    because = f"a reader {'saw it' if read else 'saw that it is absent'}"
    if found is None or found.present is None or found.present == read:
        return Merged(name, read, because)
    word = "present" if found.present else "absent"
    return Merged(name, read, because, f"measured as {word}: {found.because}")


def _of_all_studies(measured: list[Finding]) -> Finding | None:
    """Present if one study shows it, absent if all that could tell say so, else not known."""
    for present in (True, None, False):
        for finding in measured:
            if finding.present is present:
                return finding
    return None
