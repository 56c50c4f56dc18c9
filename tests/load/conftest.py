"""Two planar images of a neck, as files."""

from __future__ import annotations

import pytest

from calcimeter.phantom.neck import make_neck, neck_of, write_neck


@pytest.fixture(scope="package")
def neck():
    return make_neck(neck_of("scintigraphy"))


@pytest.fixture
def pair(neck, tmp_path):
    return write_neck(neck, tmp_path / "neck")
