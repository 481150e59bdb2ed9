"""A stored content is plain gzip to whoever reads it, and tells its extent to the next build."""

import gzip
import subprocess
import zlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tiling.encoding.wrapping import extent_of, packed

numbers = st.integers(-(2**31), 2**31 - 1)


@given(st.binary(max_size=2_000), st.lists(numbers, min_size=6, max_size=6))
def test_content_and_extent_are_read_back(data: bytes, extent: list[int]) -> None:
    stored = packed(data, np.array(extent, np.int32))
    assert gzip.decompress(stored) == data
    assert zlib.decompressobj(wbits=31).decompress(stored) == data  # as web servers and browsers do
    found = extent_of(stored)
    assert found is not None and found.tolist() == extent
    assert packed(data, np.array(extent, np.int32)) == stored


def test_another_program_finds_it_sound() -> None:
    stored = packed(b"glTF" * 10_000, np.arange(6, dtype=np.int32))
    assert subprocess.run(["gzip", "-dc"], input=stored, stdout=subprocess.PIPE, check=True).stdout == b"glTF" * 10_000


def test_what_was_stored_without_an_extent_has_none() -> None:
    stored = packed(b"x", np.zeros(6, np.int32))
    for other in (gzip.compress(b"x", mtime=0), b"", stored[:20], stored.replace(b"SK", b"XX", 1)):
        assert extent_of(other) is None
