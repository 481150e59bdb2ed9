"""Reading settings: a YAML file becomes a dataclass, each value held against what its annotation allows."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints

import yaml

from entities.errors import Invalid

_TRUTHS: Final = MappingProxyType({"true": True, "false": False})


def read(kind: type[Any], path: Path) -> Any:
    """A file's settings as a dataclass of this kind; `Invalid` (`config.file`, `config.name`, `config.value`)."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise Invalid.because("config.file", file=path, why=error.strerror) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Invalid.because("config.file", file=path, why=" ".join(str(error).split())) from error
    return kind() if node is None else _Reader(path.name).value(kind, node, "")


class _Reader:
    """Makes settings of YAML nodes, which know the line they stand on."""

    def __init__(self, file: str) -> None:
        self.file = file

    def value(self, kind: Any, node: yaml.Node, name: str) -> Any:
        options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
        if node.tag == "tag:yaml.org,2002:null":
            return None if type(None) in options else self.refuse(node, name, "null")
        wanted = options[0]
        if get_origin(wanted) is tuple:
            return self.listed(get_args(wanted)[0], node, name)
        return self.section(wanted, node, name) if is_dataclass(wanted) else self.scalar(wanted, node, name)

    def listed(self, kind: Any, node: yaml.Node, name: str) -> Any:
        if not isinstance(node, yaml.SequenceNode):
            self.refuse(node, name, "[…]")
        return tuple(self.value(kind, part, f"{name}[{place}]") for place, part in enumerate(node.value))

    def section(self, kind: Any, node: yaml.Node, name: str) -> Any:
        parts = self.parts(kind, node, name)
        try:
            return kind(**parts)
        except TypeError:
            return self.refuse(node, name, ", ".join(part.name for part in fields(kind)))

    def parts(self, kind: Any, node: yaml.Node, name: str) -> dict[str, Any]:
        if not isinstance(node, yaml.MappingNode):
            self.refuse(node, name, "name: value")
        kinds = _kinds(kind)
        return {
            self.known(key, kinds, name): self.value(kinds[key.value], part, _dotted(name, key))
            for key, part in node.value
        }

    def known(self, key: yaml.Node, kinds: Mapping[str, Any], name: str) -> str:
        if key.value not in kinds:
            line, names = key.start_mark.line + 1, ", ".join(kinds)
            raise Invalid.because("config.name", file=self.file, line=line, name=_dotted(name, key), names=names)
        return str(key.value)

    def scalar(self, kind: Any, node: yaml.Node, name: str) -> Any:
        plain, *checks = get_args(kind) if get_origin(kind) is Annotated else (kind,)
        wanted = ", ".join(map(str, checks or (_TRUTHS if plain is bool else ()))) or plain.__name__
        if not isinstance(node, yaml.ScalarNode):
            self.refuse(node, name, wanted)
        try:
            value = _TRUTHS[node.value] if plain is bool else plain(node.value)
        except (ValueError, KeyError):
            return self.refuse(node, name, wanted)
        return value if all(check(value) for check in checks) else self.refuse(node, name, wanted)

    def refuse(self, node: yaml.Node, name: str, wanted: str) -> Any:
        line = node.start_mark.line + 1
        raise Invalid.because("config.value", file=self.file, line=line, name=name, value=node.value, wanted=wanted)


@cache
def _kinds(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _dotted(name: str, key: yaml.Node) -> str:
    return f"{name}.{key.value}" if name else str(key.value)
