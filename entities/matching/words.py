"""The sentences in which matching gives its reasons."""

from typing import Final

from entities.text import Text

PARTLY: Final = Text(
    "覆盖实体{code}的{of_entity}%，本身被它覆盖{of_feature}%；都达到{accept}%才自动认定",
    "covers {of_entity} % of entity {code}, is covered {of_feature} % by it; accepted from {accept} %",
)
TWICE: Final = Text(
    "与实体{code}重合{iou}%，而第{row}行已经是它",
    "agrees {iou} % with entity {code}, which row {row} is already",
)
REPEATED: Final = Text(
    "与第{row}行重合{iou}%，可能是同一事物", "agrees {iou} % with row {row}, which may be the same thing"
)
APART: Final = Text(
    "距实体{code} {metres}米；{limit}米以内才自动认定", "{metres} m from entity {code}; accepted within {limit} m"
)
OFF: Final = Text(
    "边界平均相差{metres}米；{limit}米以内也可认定",
    "its outline is {metres} m off on average; accepted within {limit} m as well",
)
KEPT: Final = Text("原边界的{kept}%未动", "{kept} % of the outline stands as it was")
RISEN: Final = Text("高度{old}→{new}米", "height {old} → {new} m")
RIVAL: Final = Text(
    "与实体{code}相距{metres}米，但附近还有同样像的，分不清哪个是哪个",
    "{metres} m from entity {code}, but others near here fit nearly as well: nobody can tell which is which",
)
REBUILT: Final = Text(
    "在实体{code}原址重建：覆盖其{of_entity}%，原边界只剩{kept}%，高度{old}→{new}米",
    "rebuilt where entity {code} stood: covers {of_entity} % of it, {kept} % of its outline is left, "
    "height {old} → {new} m",
)
EXTENDED: Final = Text(
    "扩建：占地增加{percent}%，原边界的{kept}%未动",
    "extended: takes up {percent} % more ground, {kept} % of its outline stands as it was",
)
REDUCED: Final = Text(
    "局部拆除：占地减少{percent}%，剩余边界的{kept}%未动",
    "partly pulled down: takes up {percent} % less ground, {kept} % of what is left of its outline stands as it was",
)
SHIFTED: Final = Text(
    "测量在此处整体比库中偏{shift}，比较前已扣除",
    "the survey lies {shift} of the base here; removed before comparing",
)
OTHERS: Final = Text("另与{count}个实体部分重叠", "partly overlaps {count} more entities")
SPLIT: Final = Text(
    "占实体{code}的{of_entity}%；{count}个要素合占{together}%",
    "takes {of_entity} % of entity {code}; {count} features together take {together} %",
)
MERGED: Final = Text(
    "由{count}个实体合成，它们合占本要素的{together}%",
    "made of {count} entities, which together take {together} % of it",
)
MOVED: Final = Text("边界最多移动{metres}米", "its outline moved by up to {metres} m")
PLACED: Final = Text("位置移动{metres}米", "it moved by {metres} m")
RESHAPED: Final = Text("图形类型由{old}变为{new}", "its geometry changed from {old} to {new}")
LEVEL: Final = Text("线上各点高程最多变动{metres}米", "the heights along it changed by up to {metres} m")
GAINED_LEVEL: Final = Text("线上各点有了高程", "it gained heights along it")
LOST_LEVEL: Final = Text("线上各点没有了高程", "it lost the heights along it")
HEIGHT: Final = Text("高度{old}→{new}", "height {old} → {new}")
GROUND: Final = Text("地面高程{old}→{new}", "ground height {old} → {new}")
CLASS: Final = Text("分类{old}→{new}", "class {old} → {new}")
NAME: Final = Text("名称{old}→{new}", "name {old} → {new}")
ATTRIBUTES: Final = Text("属性变更：{names}", "attributes changed: {names}")
SURFACES: Final = Text("三维表面变更", "its surfaces in 3D changed")

NOTHING: Final = Text("无", "none")
KIND_WORDS: Final = (Text("点", "a point"), Text("线", "a line"), Text("面", "an area"))


def measured(metres: float) -> str:
    """A height to the centimetre, without noughts at its end."""
    return f"{metres:.2f}".rstrip("0").rstrip(".")


def fill(text: Text, **values: object) -> Text:
    """Fill a sentence; a value that is itself a `Text` is said in the sentence's language."""
    zh = {name: value.zh if isinstance(value, Text) else value for name, value in values.items()}
    en = {name: value.en if isinstance(value, Text) else value for name, value in values.items()}
    return Text(text.zh.format_map(zh), text.en.format_map(en))


def percent(share: float) -> int:
    """A share in whole per cent, rounded down, lest it seem to reach a limit that it missed."""
    return int(share * 100 + 0.01)


def direction(east: float, north: float) -> Text:
    """A shift in words: so far east or west, so far north or south."""
    aside = Text("东" if east > 0 else "西", "east" if east > 0 else "west")
    along = Text("北" if north > 0 else "南", "north" if north > 0 else "south")
    parts = [(abs(one), word) for one, word in ((east, aside), (north, along)) if abs(one) >= 0.005]
    zh = "、".join(f"{word.zh}{metres:.2f}米" for metres, word in parts)
    return Text(zh, ", ".join(f"{metres:.2f} m {word.en}" for metres, word in parts))
