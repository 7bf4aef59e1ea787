"""Journals of millions of lines, each held to its record at a third of pydantic's price.

The decoders are msgspec's, made from the records, so that a field is written down once. What a
decoder does not take goes to pydantic, which names the mistake, or takes the line after all:
pydantic stays the authority on what a record is. The records that come out have the fields of
theirs and no methods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path
from types import UnionType
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
)

import msgspec
from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from psychocounsel_data import journal
from psychocounsel_data.records import Record

R = TypeVar("R", bound=Record)

_UNREADABLE = (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError)
_BOUNDS: Mapping[type, str] = {Ge: "ge", Gt: "gt", Le: "le", Lt: "lt"}


class Batch(NamedTuple, Generic[R]):
    """Some lines of a journal, in its order."""

    positions: list[int]
    """The byte each line starts at."""
    records: list[R]
    """With the fields of theirs; no methods."""


def batches(path: Path, kind: type[R]) -> Iterator[Batch[R]]:
    """Every record of a journal; nothing where the file does not exist.

    Raises:
        InputError: a line is not a record of this kind; names file and line.
    """
    decode = decoder(kind)
    position, number = 0, 0
    for lines in journal.blocks(path):
        starts = list(accumulate(map(len, lines), initial=position))
        position = starts.pop()
        try:
            yield Batch(starts, list(map(decode, lines)))
        except _UNREADABLE:
            yield _one_by_one(path, kind, number, starts, lines)
        number += len(lines)


def positioned(path: Path, kind: type[R]) -> Iterator[tuple[int, R]]:
    """Every record with the byte its line starts at; see `batches`."""
    for batch in batches(path, kind):
        yield from zip(batch.positions, batch.records, strict=True)


def _one_by_one(
    path: Path, kind: type[R], number: int, starts: Sequence[int], lines: Sequence[bytes]
) -> Batch[R]:
    """A block in which a line is empty, or is for pydantic to take or to refuse."""
    decode = decoder(kind)
    batch: Batch[R] = Batch([], [])
    for place, (start, line) in enumerate(zip(starts, lines, strict=True), start=number + 1):
        if line.strip():
            batch.positions.append(start)
            batch.records.append(_record(decode, line, kind, f"{path}:{place}"))
    return batch


def _record(decode: Callable[[bytes], R], data: bytes, kind: type[R], place: str) -> R:
    try:
        return decode(data)
    except _UNREADABLE:
        return journal.parse(data, kind, place)


@cache
def decoder(kind: type[R]) -> Callable[[bytes], R]:
    """What turns a line into a record of a kind; raises msgspec's errors."""
    return cast(
        "Callable[[bytes], R]", msgspec.json.Decoder(_struct(kind), dec_hook=_by_pydantic).decode
    )


def _by_pydantic(kind: type, value: object) -> object:
    """A part of a record that has rules of its own, which only pydantic knows."""
    try:
        return kind.model_validate(value)  # type: ignore[attr-defined]  # only Records come here
    except ValidationError as error:
        raise ValueError("not valid") from error


@cache
def _struct(kind: type[BaseModel]) -> type:
    """A closed struct with the fields of a record."""
    fields = [_field(name, info) for name, info in kind.model_fields.items()]
    return msgspec.defstruct(
        kind.__name__, fields, forbid_unknown_fields=True, kw_only=True, gc=False
    )


def _field(name: str, info: FieldInfo) -> tuple[str, Any] | tuple[str, Any, Any]:
    kind = _limited(_mirrored(info.annotation), info.metadata)
    if info.is_required():
        return (name, kind)
    if info.default_factory is not None:
        make = cast("Callable[[], Any]", info.default_factory)
        return (name, kind, msgspec.field(default_factory=make))
    return (name, kind, msgspec.field(default=info.default))  # shared: what records hold is frozen


def _limited(kind: Any, limits: Sequence[object]) -> Any:
    """A number, or a number or None, that keeps its bounds."""
    if not limits:
        return kind
    meta = msgspec.Meta(**{_BOUNDS[type(one)]: getattr(one, _BOUNDS[type(one)]) for one in limits})
    number, *none = get_args(kind) or (kind,)
    return Union[(Annotated[number, meta], *none)]


def _mirrored(kind: Any) -> Any:
    """A type with every record in it as a struct."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        decorators = kind.__pydantic_decorators__
        own_rules = decorators.model_validators or decorators.field_validators
        return kind if own_rules else _struct(kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is None or origin is Literal:
        return kind
    mirrored = tuple(one if one is Ellipsis else _mirrored(one) for one in arguments)
    return Union[mirrored] if origin in (Union, UnionType) else origin[mirrored]  # noqa: UP007  not known here
