"""Latin names follow Hanyu pinyin's rules for place names."""

import pytest

from tiling.maps.romanise import full, short


@pytest.mark.parametrize(
    ("name", "latin"),
    [
        ("山东省", "Shandong Province"),
        ("济南市", "Jinan City"),
        ("泰安市", "Tai'an City"),
        ("台儿庄区", "Tai'erzhuang District"),
        ("东阿县", "Dong'e County"),
        ("单县", "Shanxian County"),
        ("莘县", "Shenxian County"),
        ("乐陵市", "Laoling City"),
        ("长清区", "Changqing District"),
        ("曲阜市", "Qufu City"),
        ("内蒙古自治区", "Neimenggu Autonomous Region"),
    ],
)
def test_full_names(name: str, latin: str) -> None:
    assert full(name) == latin


def test_labels_leave_the_kind_out() -> None:
    assert (short("历下区"), short("莒县"), short("市中区")) == ("Lixia", "Juxian", "Shizhong")
