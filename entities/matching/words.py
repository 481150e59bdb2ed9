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


def fill(text: Text, **values: object) -> Text:
    """Fill a sentence; a value that is itself a `Text` is said in the sentence's language."""
    zh = {name: value.zh if isinstance(value, Text) else value for name, value in values.items()}
    en = {name: value.en if isinstance(value, Text) else value for name, value in values.items()}
    return Text(text.zh.format_map(zh), text.en.format_map(en))


def percent(share: float) -> int:
    """A share in whole per cent, rounded down, lest it seem to reach a limit that it missed."""
    return int(share * 100 + 0.01)
