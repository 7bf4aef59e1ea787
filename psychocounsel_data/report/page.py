"""report.html: figures, browser and plotting library in one file that needs no network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from psychocounsel_data import __version__
from psychocounsel_data.config import PairsConfig
from psychocounsel_data.errors import RunError
from psychocounsel_data.records import Record
from psychocounsel_data.report import figures
from psychocounsel_data.report.experts import agreement
from psychocounsel_data.report.funnel import Step, funnel
from psychocounsel_data.report.gates import Reasons, gates, last_build, left_out
from psychocounsel_data.report.judges import judges
from psychocounsel_data.report.pairs import BLOCK_PAIRS, Packed, pack
from psychocounsel_data.report.scores import (
    Twos,
    by_model,
    distribution,
    length_effect,
    margins,
    twos,
)
from psychocounsel_data.report.section import Section
from psychocounsel_data.report.speeches import dangers, topic_names, topics
from psychocounsel_data.report.spending import cost
from psychocounsel_data.report.tables import Tables, scan
from psychocounsel_data.rubric import Principle
from psychocounsel_data.run import Run
from psychocounsel_data.strength import standing

if TYPE_CHECKING:
    import jinja2


class ReportSummary(Record):
    """What a report shows."""

    path: Path
    pairs: int
    """Pairs that can be looked at in it."""
    of: int
    """Pairs there are."""
    bytes: int


class _Facts(NamedTuple):
    """What the template is given."""

    name: str
    steps: tuple[Step, ...]
    reasons: tuple[Reasons, ...]
    sections: tuple[Section, ...]
    packed: Packed
    names: str
    """The principles' names, as JSON."""
    demonstration: tuple[str, ...]


def write(run: Run, principles: Sequence[Principle]) -> ReportSummary:
    """Write report.html of a run folder anew; the same data gives the same bytes.

    Args:
        principles: the rubric of the run, for names and order.

    Raises:
        RunError: there is no data set yet, or the file cannot be written.
        InputError: a journal, build.json, judge_report.json or agreement.json cannot be read.
    """
    facts = _facts(run, tuple(principles))
    page = _template().render(facts=facts, version=__version__, **_assets())
    content = page.encode()
    _replace(run.report, content)
    return ReportSummary(
        path=run.report, pairs=facts.packed.shown, of=facts.packed.total, bytes=len(content)
    )


def _replace(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise RunError(f"{path} cannot be written: {error.strerror}") from error


def _facts(run: Run, principles: tuple[Principle, ...]) -> _Facts:
    tables = scan(run.dataset)
    known = tuple(one for one in principles if one.id in tables.principles)
    met = twos(tables)
    built = last_build(run)
    return _Facts(
        name=run.config.name,
        steps=funnel(run, _pairs_by_split(tables)),
        reasons=left_out(built) if built else (),
        sections=(
            *(gates(built) if built else ()),
            *_of_scores(tables, met, known, built.pairs if built else run.config.pairs),
            *topics(run),
            *dangers(run),
            *(judges(run, built.summary.judge.rubric) if built else ()),
            *agreement(run),
            *cost(run),
        ),
        packed=pack(tables, topic_names(run)),
        names=json.dumps([one.name for one in known]),
        demonstration=_offline(tables),
    )


def _pairs_by_split(tables: Tables) -> dict[str, int]:
    import polars as pl

    counted = tables.pairs.group_by("split").agg(count=pl.len()).collect()
    counts = dict(counted.iter_rows())
    return {split: counts[split] for split in ("train", "test") if split in counts}


def _offline(tables: Tables) -> tuple[str, ...]:
    import polars as pl

    made = tables.responses.select(pl.concat_list("model", "judge").explode().unique()).collect()
    return tuple(sorted(one for one in made.to_series().to_list() if one.startswith("offline:")))


def _of_scores(
    tables: Tables, met: Twos, principles: Sequence[Principle], pairs: PairsConfig
) -> tuple[Section, ...]:
    names = {one.id: one.name for one in principles}
    ranking = standing(met.frame, tables.models)
    return (
        figures.ratings(distribution(tables), names),
        figures.heat(by_model(tables), names),
        figures.strengths(ranking, met),
        figures.wins(ranking),
        figures.margin(margins(met), met, pairs.train.min_margin),
        figures.length(length_effect(tables, met)),
    )


def _assets() -> dict[str, str]:
    from plotly.offline import get_plotlyjs

    folder = Path(__file__).parent / "assets"
    script = (folder / "report.js").read_text("utf-8")
    return {
        "plotly": get_plotlyjs(),
        "style": (folder / "report.css").read_text("utf-8"),
        "script": script.replace("__BLOCK_PAIRS__", str(BLOCK_PAIRS)),
    }


@cache
def _template() -> jinja2.Template:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "assets"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
    environment.filters["count"] = lambda number: f"{number:,}"
    environment.filters["script_safe"] = _script_safe
    environment.filters["words"] = lambda reason: reason.replace("_", " ")
    return environment.get_template("report.html.j2")


def _script_safe(data: str) -> Markup:
    """JSON that cannot end the element it stands in."""
    return Markup(data.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704  # escaped right here
