"""YAML or JSON text -> plain dictionaries and lists.

A key that stands twice is refused, for one of the two is wrong, and so is a day that does not exist.
"""

from __future__ import annotations

import json
from typing import Any

from calcimeter.errors import UsageError

DAY = "tag:yaml.org,2002:timestamp"
"""The tag that YAML gives what looks like a day."""


def parse(content: str, *, is_json: bool, what: str) -> Any:
    """Read a text.

    Parameters
    ----------
    content : str
    is_json : bool
        Else it is YAML.
    what : str
        What the text is, for the message: "the case file".

    Raises
    ------
    UsageError
        It is neither, with the line; a key stands twice; or a day does not exist.
    """
    return _json(content, what) if is_json else _yaml(content, what)


def _json(content: str, what: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        for k, (key, _) in enumerate(pairs):
            if key in dict(pairs[:k]):
                raise UsageError(f"{what}: {key[:40]!r} stands twice in one place, expected once")
        return dict(pairs)

    try:
        return json.loads(content, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise UsageError(f"{what} is not JSON (line {error.lineno}): {error.msg}") from error
    except RecursionError as error:
        raise UsageError(f"{what} is nested too deep to be one") from error


def _yaml(content: str, what: str) -> Any:
    import yaml

    try:
        root = yaml.compose(content, Loader=yaml.SafeLoader)
        _check_nodes(root, what)
        return yaml.safe_load(content)
    except UsageError:
        raise
    except (yaml.YAMLError, ValueError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = "" if line is None else f" (line {line + 1})"
        raise UsageError(f"{what} is not YAML{where}; expected keys with values, such as `sites: [hip]`") from error
    except RecursionError as error:
        raise UsageError(f"{what} is nested too deep to be one") from error


def _check_nodes(root: Any, what: str) -> None:
    """Walk the nodes of a YAML text once; an alias leads to a node that was seen already."""
    import yaml

    waiting: list[Any] = [root]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen or node is None:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            _refuse_doubles(node, what)
            waiting.extend(part for pair in node.value for part in pair)
        elif isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
        elif node.tag == DAY:
            _refuse_impossible(node, what)


def _refuse_doubles(node: Any, what: str) -> None:
    keys: set[Any] = set()
    for key, _ in node.value:
        name = key.value if isinstance(key.value, str) else id(key)
        if name in keys:
            line = key.start_mark.line + 1
            raise UsageError(f"{what}: {key.value[:40]!r} stands twice in one place (line {line}), expected once")
        keys.add(name)


def _refuse_impossible(node: Any, what: str) -> None:
    """YAML makes a day of what looks like one, and of an impossible one an error without a place."""
    from yaml.constructor import SafeConstructor

    try:
        SafeConstructor().construct_yaml_timestamp(node)
    except (ValueError, OverflowError, AttributeError) as error:  # the last: tagged as a day by hand, and none
        line = node.start_mark.line + 1
        raise UsageError(
            f"{what}: met a day that does not exist (line {line}), expected one such as 2019-05-02; correct it"
        ) from error
