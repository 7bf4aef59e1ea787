"""How far a run has come, read from its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from psychocounsel_data import generation, journal
from psychocounsel_data.calls.batches.book import open_calls, read_book
from psychocounsel_data.calls.plan import Plan
from psychocounsel_data.config import KEYWORDS
from psychocounsel_data.failing import standing
from psychocounsel_data.judging import rating
from psychocounsel_data.pricing.cost import Bill
from psychocounsel_data.pricing.estimate import estimate
from psychocounsel_data.pricing.ledger import read_ledger
from psychocounsel_data.pricing.table import PriceTable
from psychocounsel_data.records import Failure, Record, Stage
from psychocounsel_data.risk import asking as risk
from psychocounsel_data.run import Run
from psychocounsel_data.topics import asking as labelling


class ModelCost(Record):
    """What a model costs in a stage, at the prices known now."""

    spent: Bill
    """What its answers and failed calls on record have cost."""
    expected: Bill
    """What it is likely to cost, asked live, to answer what is left."""


class StageStatus(Record):
    """One stage that asks models."""

    stage: Stage
    done: int
    """Planned calls that are answered."""
    left: int
    """Planned calls that are not."""
    failed: int
    """Those left whose last try failed."""
    in_batches: int
    """Those left that are in open batches at providers."""
    tokens: int
    """Tokens of all answers in the journal, as the servers counted them."""
    spent: Bill
    """What all models' answers and failed calls have cost."""
    expected: Bill
    """What is left is likely to cost, asked live."""
    models: dict[str, ModelCost]
    """`backend:model` of all that answered, failed or are still to be asked."""
    left_out: dict[str, int]
    """Reason to number of speeches, or of responses, that the stage passes over."""


class Status(Record):
    """A run folder at a glance."""

    speeches: int
    dropped: int
    stages: tuple[StageStatus, ...]
    """Those that have something to work on."""
    failures: dict[str, int]
    """Kind of failure to number of calls that are still without an answer."""
    dataset: bool
    """Whether a data set has been built."""


def survey(run: Run) -> Status:
    """Look at a run folder. Asks and writes nothing.

    Raises:
        ConfigError: run.yaml, a prompt or a principle cannot be used.
        InputError: a line of a journal is broken.
    """
    open_failures = standing(run)
    return Status(
        speeches=_count(run.speeches),
        dropped=_count(run.dropped),
        stages=tuple(_stages(run, open_failures)),
        failures=dict(sorted(Counter(one.kind for one in open_failures).items())),
        dataset=(run.dataset / "README.md").exists(),
    )


def _stages(run: Run, failures: Sequence[Failure]) -> Iterator[StageStatus]:
    second, topics = run.config.risk.second_opinion, run.config.topics
    if run.speeches.exists() and second is not None:
        with closing(risk.plan(run, second)) as opinions:
            yield _stage(run, opinions, run.opinions, failures, {})
    if run.speeches.exists() and topics.model != KEYWORDS:
        with closing(labelling.plan(run, topics)) as labels:
            yield _stage(run, labels, run.topics, failures, {})
    if run.speeches.exists():
        with closing(generation.plan(run, run.config.generate)) as generate:
            yield _stage(run, generate, run.responses, failures, generate.left_out)
    if run.responses.exists():
        with closing(rating.plan(run, run.config.judge)) as judge:
            yield _stage(run, judge, run.judgments, failures, judge.left_out)


def _stage(
    run: Run,
    plan: Plan,
    answers: Path,
    failures: Sequence[Failure],
    left_out: Mapping[str, int],
) -> StageStatus:
    batches = read_book(run.batches)
    ledger = read_ledger(plan.stage, answers, run.failures)
    table = PriceTable(run.config.prices)
    settings = {model: run.config.backend(model) for model in plan.lanes}
    left = estimate(plan, ledger, table, settings).models
    costs = {
        model: ModelCost(
            spent=ledger.bill(model, table.of(model)),
            expected=Bill.of(left[model].usd, left[model].calls) if model in left else Bill(),
        )
        for model in sorted({*ledger.models, *left})
    }
    return StageStatus(
        stage=plan.stage,
        done=plan.done,
        left=sum(len(lane) for lane in plan.lanes.values()),
        failed=sum(one.stage == plan.stage for one in failures),
        in_batches=len(open_calls(batches, plan.stage)),
        tokens=round(ledger.tokens.input + ledger.tokens.output),
        spent=sum((one.spent for one in costs.values()), Bill()),
        expected=sum((one.expected for one in costs.values()), Bill()),
        models=costs,
        left_out={reason: count for reason, count in sorted(left_out.items()) if count},
    )


def _count(path: Path) -> int:
    return sum(1 for _ in journal.lines(path))
