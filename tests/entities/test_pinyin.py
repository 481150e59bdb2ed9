"""Names in pinyin, as people type them."""

import pytest

from entities.pinyin import is_chinese, plain, spellings


@pytest.mark.parametrize(
    ("name", "letters", "initials"),
    [
        ("长清区", "changqingqu", "cqq"),
        ("经长清大道", "jingchangqingdadao", "jcqdd"),
        ("泉城路188号楼", "quanchenglu188haolou", "qcl188hl"),
        ("KFC（解放路店）", "kfcjiefangludian", "kjfld"),
    ],
)
def test_a_name_is_spelled_whole_and_by_initials(name: str, letters: str, initials: str) -> None:
    assert spellings(name) == (letters, initials)


def test_what_is_typed_is_compared_without_spaces_and_signs() -> None:
    assert plain("Tai'an  Lu-2") == "taianlu2"
    assert is_chinese("A座") and not is_chinese("A-12")
