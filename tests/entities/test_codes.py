"""Entity codes: what one wrong symbol or one exchange does to them, how people write them, how they are made."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entities.codes import ALPHABET, LENGTH, code_text, is_sound, new_codes, parse_code, system_random
from entities.errors import Invalid

codes = st.integers(0, 2**32 - 1).map(lambda seed: new_codes(1, np.random.default_rng(seed))[0])


@given(codes)
def test_every_single_substitution_is_caught(code: str) -> None:
    wrong = [code[:at] + other + code[at + 1 :] for at in range(LENGTH) for other in ALPHABET if other != code[at]]
    assert len(wrong) == LENGTH * (len(ALPHABET) - 1)
    assert not any(is_sound(text) for text in wrong)


@given(codes)
def test_every_exchange_of_neighbours_is_caught(code: str) -> None:
    exchanged = [
        code[:at] + right + left + code[at + 2 :] for at, (left, right) in enumerate(pairwise(code)) if left != right
    ]
    assert not any(is_sound(text) for text in exchanged)


@given(codes)
def test_a_code_is_read_back_however_it_is_written(code: str) -> None:
    full_width = "".join(chr(ord(symbol) + 0xFEE0) for symbol in code)
    spaced = f" {code[:4].lower()} - {code[4:8]}\u2014{code[8:]}\n"
    for text in (code, code_text(code), code.lower(), full_width, spaced, code_text(code).replace("-", "−")):
        assert parse_code(text) == code


def test_a_code_is_written_in_groups_of_four() -> None:
    assert code_text("ABCD12345678") == "ABCD-1234-5678"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "code.form.length"),
        ("ABCD-1234-567", "code.form.length"),
        ("ABCD-1234-5678-9", "code.form.length"),
        ("ABCD-1234-567O", "code.form.symbol"),
        ("ABCD-1234-5670", "code.form.symbol"),
        ("ABCD-1234-567中", "code.form.symbol"),
        ("1111-1111-1112", "code.form.check"),
    ],
)
def test_what_is_wrong_is_said_in_both_languages(text: str, rule: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_code(text)
    assert caught.value.rule == rule
    sentence = caught.value.findings[0].sentence
    assert "{" not in sentence.zh + sentence.en
    assert "…" not in sentence.zh + sentence.en


def test_codes_are_sound_different_and_the_same_for_the_same_seed() -> None:
    made = new_codes(5000, np.random.default_rng(7))
    assert len(set(made)) == 5000
    assert all(parse_code(code) == code for code in made)
    assert made == new_codes(5000, np.random.default_rng(7))
    assert made != new_codes(5000, system_random())
    assert set("".join(made)) == set(ALPHABET)
    assert new_codes(0, system_random()) == []


def test_a_code_drawn_twice_is_drawn_again() -> None:
    class Repeating:
        def __init__(self) -> None:
            self.drawn = 0

        def integers(self, low: int, high: int, shape: tuple[int, int], dtype: type) -> np.ndarray:
            self.drawn += 1
            return np.full(shape, min(self.drawn, 3), dtype)

    random = Repeating()
    assert len(set(new_codes(3, random))) == 3
    assert random.drawn == 3
