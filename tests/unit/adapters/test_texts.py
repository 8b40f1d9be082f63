"""Long texts in and out of attributes."""

from __future__ import annotations

import zlib
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.adapters.aws import _texts
from crmbridge.adapters.aws._texts import LONG, packed, unpacked


@given(st.text(), st.integers(1, 300))
def test_every_text_comes_back_as_it_was(text, times):
    attribute = packed(text * times)
    assert unpacked(attribute) == text * times
    if "B" in attribute:
        assert unpacked({"B": b64encode(attribute["B"]).decode()}) == text * times
        assert len(attribute["B"]) < len((text * times).encode())


def test_short_texts_stay_readable():
    assert packed("x" * (LONG - 1)) == {"S": "x" * (LONG - 1)}
    assert list(packed("x" * LONG)) == ["B"]


def test_texts_compressed_without_a_dictionary_are_read():
    assert unpacked({"B": zlib.compress(b"long " * 200)}) == "long " * 200


def test_a_dictionary_of_a_newer_library_is_told_of():
    packer = zlib.compressobj(zdict=b"words of tomorrow")
    with pytest.raises(ValueError, match="update the layer"):
        unpacked({"B": packer.compress(b"long " * 200) + packer.flush()})


def test_the_dictionary_is_the_one_that_stored_texts_name():
    assert list(_texts._DICTIONARIES) == [int.from_bytes(packed("long " * 200)["B"][2:6], "big")]
    assert zlib.adler32(_texts._COMMON) == 342823841  # never changes
