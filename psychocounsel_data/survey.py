"""How far a run has come, read from its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import orjson

from psychocounsel_data import generation, journal, judging
from psychocounsel_data.calls.plan import Plan
from psychocounsel_data.config import KEYWORDS
from psychocounsel_data.failing import standing
from psychocounsel_data.records import Failure, Record, Stage
from psychocounsel_data.risk import asking as risk
from psychocounsel_data.run import Run
from psychocounsel_data.topics import asking as labelling


class StageStatus(Record):
    """One stage that asks models."""

    stage: Stage
    done: int
    """Planned calls that are answered."""
    left: int
    """Planned calls that are not."""
    failed: int
    """Those left whose last try failed."""
    tokens: int
    """Tokens of all answers in the journal, as the servers counted them."""
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
        yield _stage(risk.plan(run, second), run.opinions, failures, {})
    if run.speeches.exists() and topics.model != KEYWORDS:
        yield _stage(labelling.plan(run, topics), run.topics, failures, {})
    if run.speeches.exists():
        generate = generation.plan(run, run.config.generate)
        yield _stage(generate, run.responses, failures, generate.left_out)
    if run.responses.exists():
        judge = judging.plan(run, run.config.judge)
        yield _stage(judge, run.judgments, failures, judge.left_out)


def _stage(
    plan: Plan, answers: Path, failures: Sequence[Failure], left_out: Mapping[str, int]
) -> StageStatus:
    plan.close()
    return StageStatus(
        stage=plan.stage,
        done=plan.done,
        left=sum(len(lane) for lane in plan.lanes.values()),
        failed=sum(one.stage == plan.stage for one in failures),
        tokens=_tokens(answers),
        left_out={reason: count for reason, count in sorted(left_out.items()) if count},
    )


def _tokens(path: Path) -> int:
    usages = (orjson.loads(line.data).get("usage", {}) for line in journal.lines(path))
    return sum(one.get("input_tokens", 0) + one.get("output_tokens", 0) for one in usages)


def _count(path: Path) -> int:
    return sum(1 for _ in journal.lines(path))
