"""A reader's changes: YAML -> edits."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from calcimeter.errors import UsageError
from calcimeter.model.analysis import Edit
from calcimeter.model.lesion import Category

SIDES = ("left", "right", "midline")
UID = re.compile(r"[0-9]+(\.[0-9]+)+")
EXAMPLE = "{lesion: UID, set: {category: vascular}}, {lesion: UID, reject: true} or {merge: [UID, UID]}"


def load_edits(path: Path) -> tuple[Edit, ...]:
    """Read a file of edits.

    The form, lesions by their tracking UID::

        edits:
          - {lesion: "2.25.1", set: {category: vascular, side: left, label: "femoral artery"}, why: "beaded"}
          - {lesion: "2.25.2", reject: true, why: "suture"}
          - {merge: ["2.25.3", "2.25.4"], why: "one deposit"}

    Parameters
    ----------
    path : Path

    Returns
    -------
    tuple of Edit
        In the file's order; empty where the list is.

    Raises
    ------
    UsageError
        No such file, not of this form, or a key or term that is not known; the message names the nearest ones and
        counts the edits from 1.
    """
    import yaml

    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError("the file of edits can't be read; check its name") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = "" if line is None else f" (line {line + 1})"
        raise UsageError(f"the file of edits is not YAML{where}; expected a list of {EXAMPLE}") from error
    if not isinstance(content, Mapping):
        raise UsageError(f"the file of edits has no list 'edits'; expected a list of {EXAMPLE}")
    _check_keys(content, ("edits",), "the file of edits")
    items = content.get("edits")
    if items is None:
        items = []
    if not isinstance(items, list):
        raise UsageError(f"'edits' is no list; expected a list of {EXAMPLE}")
    edits = tuple(_edit(item, f"edit {k}") for k, item in enumerate(items, start=1))
    _check_contradictions(edits)
    return edits


def _edit(item: Any, where: str) -> Edit:
    """One item of the list."""
    if not isinstance(item, Mapping):
        raise UsageError(f"{where} is no mapping; expected {EXAMPLE}")
    _check_keys(item, ("lesion", "set", "reject", "merge", "why"), where)
    forms = {frozenset({"lesion", "set"}): _set, frozenset({"lesion", "reject"}): _reject, frozenset({"merge"}): _merge}
    form = forms.get(frozenset(item) - {"why"})
    if form is None:
        raise UsageError(f"{where} is none of the three forms; expected {EXAMPLE}")
    return form(item, where)


def _set(item: Mapping[str, Any], where: str) -> Edit:
    changes = item["set"]
    if not isinstance(changes, Mapping) or not changes:
        raise UsageError(f"{where}: 'set' holds nothing to set; expected category, side or label")
    _check_keys(changes, ("category", "side", "label"), f"{where}, 'set'")
    if "category" in changes:
        if changes["category"] is None:
            raise UsageError(f"{where}, category: null is none; leave the key out to keep the one that was found")
        _check_term(changes["category"], [known.value for known in Category], f"{where}, category")
    side = changes.get("side")
    if side is not None:
        _check_term(side, SIDES, f"{where}, side")
    return Edit(
        (_uid(item["lesion"], where),),
        "set",
        category=Category(changes["category"]) if "category" in changes else None,
        side=side,
        label=_text(changes["label"], f"{where}, label") if "label" in changes else None,
        why=_why(item, where),
        side_unknown="side" in changes and side is None,  # null is an answer, unlike a key that is left out
    )


def _reject(item: Mapping[str, Any], where: str) -> Edit:
    if item["reject"] is not True:
        raise UsageError(f"{where}: 'reject' can only be true; leave the edit out to keep the lesion")
    return Edit((_uid(item["lesion"], where),), "reject", why=_why(item, where))


def _merge(item: Mapping[str, Any], where: str) -> Edit:
    uids = item["merge"]
    if not isinstance(uids, list) or len(uids) < 2:
        raise UsageError(f"{where}: 'merge' needs a list of two or more tracking UIDs")
    merged = tuple(_uid(uid, where) for uid in uids)
    if len(set(merged)) < len(merged):
        raise UsageError(f"{where}: 'merge' names a lesion twice")
    return Edit(merged, "merge", why=_why(item, where))


def _uid(value: Any, where: str) -> str:
    if not isinstance(value, str) or not UID.fullmatch(value) or len(value) > 64:
        raise UsageError(f"{where}: the lesion is not named by a tracking UID; copy it from analysis.json, in quotes")
    return value


def _why(item: Mapping[str, Any], where: str) -> str:
    return _text(item["why"], f"{where}, why") if item.get("why") is not None else ""


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{where}: expected text, in quotes")
    return value


def _check_keys(item: Mapping[Any, Any], known: Iterable[str], where: str) -> None:
    for key in item:
        _check_term(key, known, where)


def _check_term(term: Any, known: Iterable[str], where: str) -> None:
    """Refuse what is not known, naming the nearest known ones."""
    known = tuple(known)
    if term not in known:
        near = difflib.get_close_matches(str(term), known, n=3, cutoff=0.5) or known
        raise UsageError(f"{where}: {str(term)[:40]!r} is not known; nearest: {', '.join(near)}")


def _check_contradictions(edits: tuple[Edit, ...]) -> None:
    """Refuse what can't be carried out: a rejected lesion that is changed, one merged or set to two things."""
    rejected = [uid for edit in edits if edit.action == "reject" for uid in edit.tracking_uids]
    merged = [uid for edit in edits if edit.action == "merge" for uid in edit.tracking_uids]
    changed = [uid for edit in edits if edit.action == "set" for uid in edit.tracking_uids]
    for uid in sorted({*rejected, *merged}):
        if rejected.count(uid) > 1 or merged.count(uid) > 1 or (uid in rejected and (uid in merged or uid in changed)):
            raise UsageError(f"the edits contradict each other on lesion {uid}; keep one of them")
    told: dict[tuple[str, str], object] = {}
    for edit in edits:
        for field, value in _fields_set(edit):
            uid = edit.tracking_uids[0]
            if told.setdefault((uid, field), value) != value:
                said = f"the edits contradict each other on lesion {uid}: its {field} is set to two things"
                raise UsageError(f"{said}; keep one of them")


def _fields_set(edit: Edit) -> Iterator[tuple[str, object]]:
    """What a change sets, with the value; "not known" for a side that is set to null."""
    if edit.category is not None:
        yield "category", edit.category
    if edit.side is not None or edit.side_unknown:
        yield "side", "not known" if edit.side is None else edit.side
    if edit.label is not None:
        yield "label", edit.label
