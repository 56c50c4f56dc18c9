"""A reader's changes: deposits and edits -> deposits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calcimeter.errors import UsageError
from calcimeter.model.analysis import Edit
from calcimeter.model.lesion import Deposit
from calcimeter.model.volume import Fractions, Region


def apply_edits(deposits: tuple[Deposit, ...], edits: tuple[Edit, ...]) -> tuple[Deposit, ...]:
    """Deposits after rejecting, merging and setting, in the order in which the edits stand.

    A merged deposit keeps the tracking UID and the category of the first one named. Every change stands in the
    provenance of the result.

    Raises
    ------
    UsageError
        An edit names a lesion that is not there.
    """
    if not edits:
        return deposits
    by_uid = {deposit.tracking_uid: deposit for deposit in deposits}
    for edit in edits:
        missing = [uid for uid in edit.tracking_uids if uid not in by_uid]
        if missing:
            raise UsageError(
                f"the edits name lesion {missing[0]}, which this analysis does not have; "
                "take tracking_uid from its analysis.json, of an OUT made without --previous"
            )
        first, *others = (by_uid[uid] for uid in edit.tracking_uids)
        if edit.action == "reject":
            del by_uid[first.tracking_uid]
            continue
        for other in others:
            del by_uid[other.tracking_uid]
        changed = _merge(first, others) if others else first
        by_uid[first.tracking_uid] = _set(changed, edit)
    return tuple(by_uid.values())


def rejected_by(deposits: tuple[Deposit, ...], edits: tuple[Edit, ...]) -> tuple[Deposit, ...]:
    """The deposits that the edits reject: still there in the scan, which a comparison with another date has to know."""
    uids = {uid for edit in edits if edit.action == "reject" for uid in edit.tracking_uids}
    return tuple(deposit for deposit in deposits if deposit.tracking_uid in uids)


def _set(deposit: Deposit, edit: Edit) -> Deposit:
    """The deposit with what the reader set."""
    done = "merged by a reader" if edit.action == "merge" else "set by a reader"
    why = f"{done}: {edit.why}" if edit.why else done
    return replace(
        deposit,
        category=edit.category or deposit.category,
        confidence=1.0 if edit.category else deposit.confidence,
        reasons=(why,) if edit.category else (why, *deposit.reasons),
        caveats=tuple(dict.fromkeys((*deposit.caveats, "EDITED_BY_READER"))),
        label=edit.label or deposit.label,
        side=None if edit.side_unknown else edit.side or deposit.side,
        side_unknown=edit.side_unknown or (deposit.side_unknown and not edit.side),
    )


def _merge(first: Deposit, others: list[Deposit]) -> Deposit:
    """One deposit from several; where their fractions overlap the larger one counts."""
    everyone = [first, *others]
    dense = [d.dense for d in everyone if d.dense is not None]
    caveats = dict.fromkeys(c for d in everyone for c in d.caveats if not (dense and c == "OUTLINE_NOT_DENSE"))
    return replace(
        first,
        dense=Region.union(tuple(dense)) if dense else None,
        envelope=Region.union(tuple(d.envelope for d in everyone)),
        fractions=_merged_fractions(everyone),
        parts=sum(d.parts for d in everyone),
        caveats=tuple(caveats),
    )


def _merged_fractions(deposits: list[Deposit]) -> Fractions | None:
    """The fractions of all in one box; a given outline counts as whole voxels."""
    parts = [d.fractions or Fractions(d.envelope.start, d.envelope.mask.astype(np.float32)) for d in deposits]
    if all(d.fractions is None for d in deposits):
        return None
    low = np.min([p.start for p in parts], axis=0)
    high = np.max([np.add(p.start, p.values.shape) for p in parts], axis=0)
    values = np.zeros(high - low, dtype=np.float32)
    for part in parts:
        box = tuple(slice(s - w, s - w + n) for s, w, n in zip(part.start, low, part.values.shape, strict=True))
        np.maximum(values[box], part.values, out=values[box])
    return Fractions((int(low[0]), int(low[1]), int(low[2])), values)
