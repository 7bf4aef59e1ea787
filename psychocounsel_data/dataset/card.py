"""dataset/README.md: the data card, from facts only. Pure but for reading its own template.

The numbers come from `tally`, the columns from `export`, the words from templates/card.md.j2. What
is not known is left out, never guessed. Every text that others wrote (clients, models, sources) is
escaped where it is printed, so that none of it can become markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

from psychocounsel_data import __version__
from psychocounsel_data.config import Aggregate, GateConfig, PairsConfig, RunConfig, Strategy
from psychocounsel_data.dataset.export import FILES, Column, Kind, Match, Place, TableName
from psychocounsel_data.dataset.parquet import Size
from psychocounsel_data.dataset.tally import BuildSummary
from psychocounsel_data.exchange import Role
from psychocounsel_data.pairs.gates import GATES
from psychocounsel_data.records import Sampling, Split
from psychocounsel_data.rubric import Principle
from psychocounsel_data.terms import Terms, terms

if TYPE_CHECKING:
    import jinja2

    from psychocounsel_data.agreement.result import AgreementResult
    from psychocounsel_data.judge_report.result import JudgeReport
    from psychocounsel_data.provenance import Provenance

Sizes = Mapping[Place, Size]
_MODEL: Final = "language model"
Origin = Literal["language model", "existing answers from the source", "rule-based program"]

TABLES: tuple[TableName, ...] = get_args(TableName)
EXCERPT_CHARS = 300
TAGS = (
    "preference",
    "dpo",
    "reward-model",
    "mental-health",
    "counselling",
    "psychocounsel-data",
    "croissant",
)

STRATEGIES: Mapping[Strategy, str] = {
    "all_pairs": "every two responses to a speech",
    "best_vs_worst": "the highest against the lowest scoring response to a speech",
    "best_vs_rest": "the highest scoring response to a speech against each of the others",
    "best_vs_random": "the highest scoring response to a speech against another drawn at random",
}
RULES: Mapping[Aggregate, str] = {
    "mean": "mean",
    "median": "median",
    "trimmed_mean": "mean without the highest and the lowest of three or more",
}
ABSENT: Mapping[str, str] = {
    "held_for_review": "the speech waits for a person's decision",
    "dropped_in_review": "a person left the speech out",
    "dropped_by_policy": "the speech shows signs of danger and is left out by rule",
    "not_selected": "the speech was not drawn for the balanced set",
}
LEFT_OUT: Mapping[str, str] = {
    "unknown_speech": "answers a speech that is no longer in the data",
    **ABSENT,
    "excluded_model": "its model was excluded from the pairs",
    "finish_stop": "complete, but complete answers were not to be rated",
    "finish_length": "cut off at the token limit",
    "finish_refusal": "refused or blocked",
    "finish_empty": "without text",
    "contested": "its judges disagreed, and a person left it out",
    "not_judged": "not judged",
    "earlier_rubric": "judged with an earlier rubric only",
    "unusable_ratings": "a rating out of range, missing or unknown",
    "superseded": "replaced by a newer one",
    "response_left_out": "of a response that was left out",
    "own_model": "every judge would rate its own model",
    "incomplete_ratings": "rated by too few judges, or not on every principle",
    "not_on_the_panel": "of a judge's own model, or more repeats than are wanted",
    "other_judge": "by another judge",
}
NO_PAIR: Mapping[str, str] = {
    **ABSENT,
    "no_candidate": "no judged response",
    "one_candidate": "one judged response only",
    "all_tied": "all scores equal",
    "within_margin": "no difference as large as the margin",
    "same_text": "the same words on both sides",
    "kept_out": "kept out by a gate",
}


class SourceFacts(NamedTuple):
    """What a source gave."""

    name: str
    license: str | None
    """As run.yaml says; None where it says nothing."""
    hub: str | None
    """`org/name` of the Hub data set it is."""
    kept: int
    """Speeches of it that are in the data."""
    dropped: dict[str, int]
    """Reason to number of rows that cleaning left out."""


class Signs(NamedTuple):
    """What rules found in the speeches while they were loaded."""

    details: dict[str, int]
    """Kind of personal detail to number of speeches with it."""
    flagged: int
    """Speeches with signs of danger."""


class Example(NamedTuple):
    """A pair to show."""

    split: Split
    match: Match


class Facts(NamedTuple):
    """All that a card may say."""

    config: RunConfig
    pairs: PairsConfig
    """The rules that were used, which a flag may have changed from run.yaml's."""
    principles: tuple[Principle, ...]
    summary: BuildSummary
    sources: tuple[SourceFacts, ...]
    columns: Mapping[TableName, tuple[Column, ...]]
    """Of every table, as it was written."""
    sizes: Sizes
    example: Example
    recipe: str
    """Hash of all that decided on the pairs."""
    signs: Signs
    provenance: Provenance | None
    """Where the speeches are from, as `pcdata load` wrote it down."""
    judges: JudgeReport | None
    """What is known of the judges, as `pcdata judge-report` found it; None where it was not asked,
    or of another rubric."""
    agreement: AgreementResult | None
    """What experts said, as `pcdata agreement` found it; None where it was not asked."""


def render(facts: Facts) -> str:
    """The whole README.md, front matter first."""
    import yaml

    from psychocounsel_data.agreement.card import card_section
    from psychocounsel_data.judge_report.card import judges_section

    head = yaml.safe_dump(_front_matter(facts), sort_keys=False, allow_unicode=True, width=1000)
    body = _template().render(
        facts=facts,
        summary=facts.summary,
        match=facts.example.match,
        sides=(("train", facts.summary.train), ("test", facts.summary.test)),
        speeches=facts.summary.train.speeches + facts.summary.test.speeches,
        empty=[split for split in ("train", "test") if not facts.sizes["default", split].rows],
        names=list(dict.fromkeys(model.name for model in facts.summary.models)),
        self_judged=not {*facts.summary.judge.models}.isdisjoint(
            one.model for one in facts.summary.models
        ),
        demonstration=made_offline(facts.summary),
        weights=_weights(facts),
        rule=RULES[facts.summary.judge.aggregate],
        terms=[
            (one, models, _Verbatim(f"<{one.address}>"))
            for one, models in _terms(facts.summary).items()
        ],
        strategies=STRATEGIES,
        left_out=LEFT_OUT,
        no_pair=NO_PAIR,
        gates=GATES,
        judges=_Verbatim(judges_section(facts.judges)) if facts.judges else None,
        agreement=_Verbatim(card_section(facts.agreement)) if facts.agreement else None,
        version=__version__,
    )
    return f"---\n{head}---\n\n{body.strip()}\n"


class _Verbatim:
    """Markdown of our own, which is not escaped again where it is printed."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text.strip()


def made_offline(summary: BuildSummary) -> tuple[str, ...]:
    """The rule-based programs that wrote or rated responses, which are no basis for real use."""
    models = {*(model.model for model in summary.models), *summary.judge.models}
    return tuple(sorted(model for model in models if model.startswith("offline:")))


def tags(summary: BuildSummary) -> tuple[str, ...]:
    """What the data set is found by."""
    return (*TAGS, "demonstration") if made_offline(summary) else TAGS


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line: no markup, link, table cell, HTML or math."""
    return re.sub(r"([\\`*_{}\[\]<>#|~!$&:@])", r"\\\1", " ".join(text.split()))


def bullets(lines: Iterable[str]) -> str:
    """A list of sentences."""
    return "\n".join(f"- {escaped(line)}" for line in lines)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; the header is our own words, the cells may be anybody's."""
    lines = [header, ["---"] * len(header), *([escaped(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def excerpt(text: str) -> str:
    """The beginning of a long text."""
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT_CHARS else f"{line[:EXCERPT_CHARS].rstrip()} …"


def origin(model: str) -> Origin:
    """What wrote the responses of a `backend:model`."""
    if model.startswith("column:"):
        return "existing answers from the source"
    return "rule-based program" if model.startswith("offline:") else "language model"


def _front_matter(facts: Facts) -> dict[str, object]:
    """The YAML that the Hub and `datasets` read; a licence only where one was chosen."""
    chosen = facts.config.push.license
    rows = facts.summary.train.pairs + facts.summary.test.pairs
    tables = [(table, _splits(facts.sizes, table)) for table in TABLES]
    return {
        **({"license": chosen} if chosen else {}),
        **({"language": list(facts.config.push.languages)} if facts.config.push.languages else {}),
        "pretty_name": facts.config.name,
        "task_categories": ["text-generation", "text-classification"],
        "size_categories": [size_category(rows)],
        "tags": list(tags(facts.summary)),
        "configs": [_config(table, sizes) for table, sizes in tables],
        "dataset_info": [_info(table, sizes, facts.columns[table]) for table, sizes in tables],
        **(_gate(facts.config.push.gate) if facts.config.push.gate else {}),
    }


def _gate(gate: GateConfig) -> dict[str, object]:
    """The form that readers fill in, as the Hub's page reads it; the gate itself is set by push."""
    fields = {
        question: kind if isinstance(kind, str) else {"type": "select", "options": list(kind)}
        for question, kind in gate.fields.items()
    }
    said: dict[str, object] = {
        "extra_gated_heading": gate.heading,
        "extra_gated_description": gate.description,
        "extra_gated_prompt": gate.prompt,
        "extra_gated_button_content": gate.button,
        "extra_gated_fields": fields,
    }
    return {key: value for key, value in said.items() if value}


def _splits(sizes: Sizes, table: TableName) -> dict[Split, Size]:
    """The splits of a table that have rows: `datasets` refuses to load one that has none."""
    return {split: size for (name, split), size in sizes.items() if name == table and size.rows}


def _config(table: TableName, sizes: Mapping[Split, Size]) -> dict[str, object]:
    files = [
        {"split": split, "path": FILES[table, split].replace("-00000-of-00001.parquet", "-*")}
        for split in sizes
    ]
    return {"config_name": table, "data_files": files}


def _info(
    table: TableName, sizes: Mapping[Split, Size], made: Sequence[Column]
) -> dict[str, object]:
    splits = [
        {"name": split, "num_bytes": size.memory_bytes, "num_examples": size.rows}
        for split, size in sizes.items()
    ]
    return {
        "config_name": table,
        "features": [_feature(one.name, one.kind) for one in made],
        "splits": splits,
        "download_size": sum(size.file_bytes for size in sizes.values()),
        "dataset_size": sum(size.memory_bytes for size in sizes.values()),
    }


def _feature(name: str, kind: Kind) -> dict[str, object]:
    if kind not in get_args(Role):
        return {"name": name, "dtype": kind}
    fields = [{"name": field, "dtype": "string"} for field in ("role", "content")]
    return {"name": name, "list": fields}


def size_category(rows: int) -> str:
    """The Hub's word for a number of rows."""
    bounds = ((10**3, "1K"), (10**4, "10K"), (10**5, "100K"), (10**6, "1M"), (10**7, "10M"))
    least = ""
    for bound, word in bounds:
        if rows < bound:
            return f"{least}n<{word}"
        least = f"{word}<"
    return "n>10M"


def _weights(facts: Facts) -> list[str]:
    """Every principle's weight; none where all are equal."""
    weights = {one.id: facts.pairs.weights.get(one.id, 1.0) for one in facts.principles}
    return (
        [f"{one} {weight:g}" for one, weight in weights.items()]
        if len(set(weights.values())) > 1
        else []
    )


def _terms(summary: BuildSummary) -> dict[Terms, tuple[str, ...]]:
    """What is known of the terms of the language models that wrote responses."""
    return terms(one.name for one in summary.models if origin(one.model) == _MODEL)


def _sampling(sampling: Sampling) -> str:
    """`temperature 1.0, max_tokens 1024`, the parameters that were sent."""
    sent = sampling.model_dump(exclude_none=True)
    extra = sent.pop("extra")
    return ", ".join(f"{name} {value}" for name, value in {**sent, **extra}.items())


def _reasons(counts: Mapping[str, int]) -> list[str]:
    return [f"{reason.replace('_', ' ')} {count:,}" for reason, count in counts.items()]


def _count(number: int) -> str:
    return f"{number:,}"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "-"


def _mean(value: float | None, digits: int = 2) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


@cache
def _template() -> jinja2.Template:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("psychocounsel_data.dataset"),
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: escaped(value) if isinstance(value, str) else value,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701  Markdown, not HTML: `finalize` escapes every value
    )
    environment.filters.update(
        count=_count,
        share=_share,
        mean=_mean,
        sampling=_sampling,
        reasons=_reasons,
        excerpt=excerpt,
        origin=origin,
    )
    return environment.get_template("card.md.j2")
