"""Which files there are, and which columns are in them: `distribution` and `recordSet`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, get_args

from psychocounsel_data.dataset.export import FILES, Column, Kind, Place, TableName
from psychocounsel_data.exchange import Role
from psychocounsel_data.rubric import Principle

Json = dict[str, object]

PARQUET: Final = "application/x-parquet"
"""As readers of Croissant call it; the registered name is unknown to them."""
_TYPES: Final[Mapping[Kind, str]] = {
    "string": "sc:Text",
    "int64": "sc:Integer",
    "float64": "sc:Float",
}
_ABOUT: Final[Mapping[str, str]] = {
    "default": "A pair, in the columns of PsychoCounsel-Preference.",
    "preference": "A pair as message lists, with scores and margin.",
    "responses": "A judged response with its ratings, the judge's reasons and what made it.",
}


def distribution(hashes: Mapping[Place, str], sizes: Mapping[Place, int]) -> list[Json]:
    """Every table's file, where it lies beside croissant.json and what its bytes hash to."""
    return [
        {
            "@type": "cr:FileObject",
            "@id": FILES[place],
            "name": FILES[place],
            "contentUrl": FILES[place],
            "contentSize": f"{sizes[place]} B",
            "encodingFormat": PARQUET,
            "sha256": sha256,
        }
        for place, sha256 in hashes.items()
    ]


def record_sets(
    places: Sequence[Place],
    columns: Mapping[TableName, Sequence[Column]],
    principles: Sequence[Principle],
) -> list[Json]:
    """One set of records for each table and split.

    Splits of a table stand apart: one set over both would need a container of files, of which no
    hash can be given.
    """
    questions = {f"{one.id}_rating": one.question for one in principles}
    return [
        {
            "@type": "cr:RecordSet",
            "@id": f"{table}/{split}",
            "name": f"{table}/{split}",
            "description": _ABOUT[table],
            "key": {
                "@id": f"{table}/{split}/{'response_id' if table == 'responses' else 'prefID'}"
            },
            "field": [_field((table, split), one, questions) for one in columns[table]],
        }
        for table, split in places
    ]


def _field(place: Place, column: Column, questions: Mapping[str, str]) -> Json:
    name = f"{'/'.join(place)}/{column.name}"
    if column.kind in get_args(Role):
        return {
            "@type": "cr:Field",
            "@id": name,
            "name": column.name,
            "description": "Messages, each with its role and content.",
            "repeated": True,
            "subField": list(_parts(place, column)),
        }
    asked = questions.get(column.name.removeprefix("chosen_").removeprefix("rejected_"))
    return {
        "@type": "cr:Field",
        "@id": name,
        "name": column.name,
        **({"description": f"A rating from 1 to 5: {asked}"} if asked else {}),
        "dataType": _TYPES[column.kind],
        "source": _source(place, column),
    }


def _parts(place: Place, column: Column) -> Iterator[Json]:
    """Role and content of a message list."""
    for part in ("role", "content"):
        yield {
            "@type": "cr:Field",
            "@id": f"{'/'.join(place)}/{column.name}/{part}",
            "name": part,
            "dataType": "sc:Text",
            "source": {**_source(place, column), "transform": {"jsonPath": part}},
        }


def _source(place: Place, column: Column) -> Json:
    return {"fileObject": {"@id": FILES[place]}, "extract": {"column": column.name}}
