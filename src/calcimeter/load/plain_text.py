"""YAML or JSON text -> plain dictionaries and lists; a key that stands twice is refused: one of the two is wrong."""

from __future__ import annotations

import json
from typing import Any

from calcimeter.errors import UsageError


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
        It is neither, with the line; or a key stands twice.
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
        _refuse_doubles(root, yaml.MappingNode, what)
        return yaml.safe_load(content)
    except UsageError:
        raise
    except (yaml.YAMLError, ValueError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = "" if line is None else f" (line {line + 1})"
        raise UsageError(f"{what} is not YAML{where}; expected keys with values, such as `sites: [hip]`") from error
    except RecursionError as error:
        raise UsageError(f"{what} is nested too deep to be one") from error


def _refuse_doubles(root: Any, mapping: Any, what: str) -> None:
    """Walk the nodes of a YAML text once; an alias leads to a node that was seen already."""
    waiting: list[Any] = [root]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen or not isinstance(getattr(node, "value", None), list):
            continue
        seen.add(id(node))
        if not isinstance(node, mapping):
            waiting.extend(node.value)
            continue
        keys: set[Any] = set()
        for key, value in node.value:
            name = key.value if isinstance(key.value, str) else id(key)
            if name in keys:
                line = key.start_mark.line + 1
                raise UsageError(f"{what}: {key.value[:40]!r} stands twice in one place (line {line}), expected once")
            keys.add(name)
            waiting.append(value)
