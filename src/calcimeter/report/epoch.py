"""The creation date of what is written, as its user sets it."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from calcimeter.errors import UsageError


def source_date_epoch() -> int | None:
    """SOURCE_DATE_EPOCH in seconds since 1970; None where it is not set.

    Raises
    ------
    UsageError
        It is set to something else.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        return None if epoch is None else int(datetime.fromtimestamp(int(epoch), tz=UTC).timestamp())
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            "SOURCE_DATE_EPOCH is not a number of seconds since 1970: set it to one, or unset it"
        ) from None
