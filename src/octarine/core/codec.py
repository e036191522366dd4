"""Frozen dataclasses to plain JSON values and back, and the hash that keys are made of.

``encode`` leaves out every field that has its default, so a record stays small and adding a field with a
default changes no hash. ``decode`` reads the same type hints strictly: an unknown key, a missing one or a
value of another type is a ``DataError`` that names the path inside the record.
"""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin

from octarine.core.errors import DataError

T = TypeVar("T")
Json = Any
"""A value that ``json.dumps`` takes."""

_NO_DEFAULT = object()
_dumps = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
).encode


def canonical(value: Json) -> str:
    """The one JSON text of ``value``: sorted keys, no spaces, UTF-8 characters as they are."""
    return _dumps(value)


def digest(value: Json) -> str:
    """SHA-256 of ``canonical(value)``, 64 hexadecimal digits. Lone surrogates are hashed as escapes."""
    return hashlib.sha256(canonical(value).encode("utf-8", "backslashreplace")).hexdigest()


class _Slot(typing.NamedTuple):
    """One encodable field of a dataclass. ``verbatim``: its values are JSON values already."""

    name: str
    default: Any
    verbatim: bool


@cache
def _slots(cls: type) -> tuple[_Slot, ...]:
    hints = typing.get_type_hints(cls)
    found = []
    for field in fields(cls):
        if field.metadata.get("transient"):
            continue
        default: Any = _NO_DEFAULT
        if field.default is not MISSING:
            default = field.default
        elif field.default_factory is not MISSING:
            default = field.default_factory()
        found.append(_Slot(field.name, default, hints[field.name] in (str, int, bool)))
    return tuple(found)


def encode(value: Any) -> Json:
    """``value`` as JSON values. Fields marked ``metadata={"transient": True}`` are left out.

    Tuples become lists, sets sorted lists, keys strings, and a float that JSON has no number for (a
    log-probability of minus infinity) one of the strings ``NaN``, ``Infinity``, ``-Infinity``.

    Raises:
        TypeError: for bytes and any other type that JSON has no form for.
    """
    return _encoder(type(value))(value)


def _encoder_for(cls: type) -> Callable[[Any], Json]:
    if issubclass(cls, Enum):
        return lambda value: value.value
    if issubclass(cls, float):
        return _encode_float
    if issubclass(cls, str | int | bool | type(None)):
        return lambda value: value
    if is_dataclass(cls):
        return _dataclass_encoder(cls)
    if issubclass(cls, Mapping):
        return lambda value: {str(key): encode(item) for key, item in value.items()}
    if issubclass(cls, frozenset | set):
        return lambda value: sorted(map(encode, value), key=canonical)
    if issubclass(cls, Sequence) and not issubclass(cls, bytes | bytearray | memoryview):
        return lambda value: [encode(item) for item in value]
    raise TypeError(f"{cls.__name__} cannot be recorded as JSON")


_encoder: Callable[[Any], Callable[[Any], Json]] = cache(_encoder_for)


def _dataclass_encoder(cls: type) -> Callable[[Any], Json]:
    slots = _slots(cls)

    def write(value: Any) -> Json:
        record: dict[str, Json] = {}
        for name, default, verbatim in slots:
            item = getattr(value, name)
            if item is default or item == default:
                continue
            record[name] = item if verbatim else _encoder(type(item))(item)
        return record

    return write


def _encode_float(value: float) -> Json:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def decode(cls: type[T], data: Json, *, path: str = "", line: int | None = None) -> T:
    """The inverse of ``encode``.

    Args:
        cls: a dataclass or any type hint that one may hold.
        data: what ``json.loads`` gave.
        path, line: where ``data`` came from, for the error.

    Raises:
        DataError: naming ``path``, ``line`` and the place inside the record.
    """
    try:
        value: T = _decoder(cls)(data, "")
    except _Mismatch as mismatch:
        where = f"{mismatch.place}: " if mismatch.place else ""
        raise DataError(f"{where}{mismatch.reason}", path=path, line=line) from None
    return value


def decode_toml(cls: type[T], text: str, *, path: str) -> T:
    """``text`` as TOML, decoded as ``cls``."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"not TOML: {error}", path=path) from None
    return decode(cls, data, path=path)


class _Mismatch(Exception):
    def __init__(self, place: str, reason: str) -> None:
        super().__init__(reason)
        self.place = place
        self.reason = reason


_Decoder = Callable[[Json, str], Any]


def _kind(data: Json) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(data), "a number")


def _decoder_for(hint: Any) -> _Decoder:
    if isinstance(hint, type) and is_dataclass(hint):
        return _dataclass_decoder(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _enum_decoder(hint)
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _union_decoder(get_args(hint))
    if origin in (tuple, frozenset):
        return _sequence_decoder(origin, get_args(hint)[0])
    if origin in (dict, Mapping):
        return _mapping_decoder(get_args(hint)[1])
    if hint in (str, int, float, bool, type(None)):
        return _scalar_decoder(hint)
    if hint is Any:
        return lambda data, place: data
    raise TypeError(f"no decoder for {hint!r}")


_decoder: Callable[[Any], _Decoder] = cache(_decoder_for)


def _dataclass_decoder(cls: type) -> _Decoder:
    hints = typing.get_type_hints(cls)
    slots = {slot.name: slot for slot in _slots(cls)}
    required = [name for name, slot in slots.items() if slot.default is _NO_DEFAULT]
    readers: dict[str, _Decoder] = {}  # filled at the first use: a class may hold itself

    def read(data: Json, place: str) -> Any:
        if not isinstance(data, dict):
            raise _Mismatch(place, f"expected an object, found {_kind(data)}")
        unknown = [key for key in data if key not in slots]
        if unknown:
            known = ", ".join(slots)
            raise _Mismatch(place, f"unknown key '{unknown[0]}' (known: {known})")
        missing = [name for name in required if name not in data]
        if missing:
            raise _Mismatch(place, f"the key '{missing[0]}' is missing")
        if not readers:
            readers.update((name, _decoder(hints[name])) for name in slots)
        prefix = f"{place}." if place else ""
        given = {key: readers[key](item, prefix + key) for key, item in data.items()}
        try:
            return cls(**given)
        except ValueError as error:
            raise _Mismatch(place, str(error)) from None

    return read


def _enum_decoder(cls: type[Enum]) -> _Decoder:
    values = {member.value: member for member in cls}

    def read(data: Json, place: str) -> Any:
        try:
            return values[data]
        except (KeyError, TypeError):
            allowed = ", ".join(str(value) for value in values)
            raise _Mismatch(place, f"{data!r} is none of: {allowed}") from None

    return read


def _union_decoder(options: tuple[Any, ...]) -> _Decoder:
    readers = [_decoder(option) for option in options if option is not type(None)]
    nullable = type(None) in options

    def read(data: Json, place: str) -> Any:
        if data is None and nullable:
            return None
        problems = []
        for reader in readers:
            try:
                return reader(data, place)
            except _Mismatch as mismatch:
                problems.append(mismatch)
        raise problems[0]

    return read


def _sequence_decoder(cls: Callable[[Any], Any], item_hint: Any) -> _Decoder:
    item = _decoder(item_hint)

    def read(data: Json, place: str) -> Any:
        if not isinstance(data, list):
            raise _Mismatch(place, f"expected a list, found {_kind(data)}")
        return cls(item(entry, f"{place}[{index}]") for index, entry in enumerate(data))

    return read


def _mapping_decoder(value_hint: Any) -> _Decoder:
    value = _decoder(value_hint)

    def read(data: Json, place: str) -> Any:
        if not isinstance(data, dict):
            raise _Mismatch(place, f"expected an object, found {_kind(data)}")
        prefix = f"{place}." if place else ""
        return {key: value(entry, prefix + key) for key, entry in data.items()}

    return read


def _scalar_decoder(cls: type) -> _Decoder:
    name = {str: "a string", int: "a whole number", float: "a number", bool: "a boolean"}.get(cls, "null")

    def read(data: Json, place: str) -> Any:
        if cls is float and isinstance(data, int) and not isinstance(data, bool):
            try:
                return float(data)
            except OverflowError:
                raise _Mismatch(place, "too large a number") from None
        if cls is float and isinstance(data, str) and data in _NOT_FINITE:
            return _NOT_FINITE[data]
        if not isinstance(data, cls) or (cls is not bool and isinstance(data, bool)):
            raise _Mismatch(place, f"expected {name}, found {_kind(data)}")
        return data

    return read
