"""What a build counts while it writes, and the records it hands on. Pure.

Every number of the data card that depends on the rows is counted here, once, so that card,
command line and report cannot disagree.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from psychocounsel_data.config import PairRule
from psychocounsel_data.export import Answer
from psychocounsel_data.pairing import Paired
from psychocounsel_data.records import PreferencePair, Record, Sampling


class SideSummary(Record):
    """One side of the split."""

    rule: PairRule
    """How its pairs were made."""
    speeches: int
    """Speeches on this side."""
    paired: int
    """Those with at least one pair."""
    unpaired: dict[str, int]
    """Reason to number of the others."""
    pairs: int
    """Rows of the table."""
    tied: int
    """Twos of responses to one speech with equal scores, which never pair."""
    same_text: int
    """Twos that differ by the margin and have the same words, which never pair."""
    shared_best: int
    """Speeches whose best score is shared by several responses."""
    mean_margin: float | None
    """Mean difference of scores; None without pairs, like those below."""
    mean_chars_chosen: float | None
    """Mean length of the chosen responses in characters."""
    mean_chars_rejected: float | None
    """Mean length of the rejected responses in characters."""
    chosen_longer: int
    """Pairs whose chosen response is the longer one."""
    rejected_higher: dict[str, int]
    """Principle id to number of pairs whose rejected response is rated higher on it."""
    chosen_models: dict[str, int]
    """Released name to number of pairs it is chosen in, most first."""
    rejected_models: dict[str, int]
    """Released name to number of pairs it is rejected in, most first."""


class ModelSummary(Record):
    """The judged responses of one model."""

    model: str
    """`backend:model`."""
    name: str
    """Its released name."""
    responses: int
    """Judged responses of it that count."""
    mean_score: float
    """Their mean rating over the principles."""
    mean_chars: float
    """Their mean length in characters."""
    prompts: tuple[str, ...]
    """`name@version` of the prompts they were made with."""
    sampling: tuple[Sampling, ...]
    """The parameters they were made with."""
    served_models: tuple[str, ...]
    """What the server called itself, where it said."""


class JudgeSummary(Record):
    """Who rated."""

    model: str
    """`backend:model`."""
    instead_of: str | None
    """The judge that was asked for, where that one has rated nothing."""
    rubric: str
    """`prompt@version`."""
    judgments: int
    """Judgments that count."""
    sampling: tuple[Sampling, ...]
    """The parameters they were made with."""
    served_models: tuple[str, ...]
    """What the server called itself, where it said."""


class BuildSummary(Record):
    """What a build made, and what it left out."""

    train: SideSummary
    test: SideSummary
    models: tuple[ModelSummary, ...]
    """By number of responses, most first."""
    judge: JudgeSummary
    responses_left_out: dict[str, int]
    """Reason to number of responses."""
    judgments_left_out: dict[str, int]
    """Reason to number of judgments."""

    @property
    def responses(self) -> int:
        """Judged responses that count."""
        return self.judge.judgments


def most_first(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts in an order that depends on nothing else; zeros are left out."""
    pairs = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return {name: count for name, count in pairs if count}


@dataclass
class SideTally:
    """Counts one side while its pairs are written."""

    rule: PairRule
    speeches: int = 0
    pairs: int = 0
    tied: int = 0
    same_text: int = 0
    shared_best: int = 0
    chosen_longer: int = 0
    chars_chosen: int = 0
    chars_rejected: int = 0
    margins: float = 0.0
    unpaired: Counter[str] = field(default_factory=Counter)
    rejected_higher: Counter[str] = field(default_factory=Counter)
    chosen_models: Counter[str] = field(default_factory=Counter)
    rejected_models: Counter[str] = field(default_factory=Counter)

    def speech(self, paired: Paired) -> None:
        """Count a speech and what became of its candidates."""
        self.speeches += 1
        self.tied += paired.tied
        self.same_text += paired.same_text
        self.shared_best += paired.shared_best
        if paired.reason is not None:
            self.unpaired[paired.reason] += 1

    def pair(self, pair: PreferencePair, chosen: Answer, rejected: Answer) -> None:
        """Count a pair."""
        lengths = len(chosen.response.text), len(rejected.response.text)
        self.pairs += 1
        self.margins += pair.score_margin
        self.chars_chosen += lengths[0]
        self.chars_rejected += lengths[1]
        self.chosen_longer += lengths[0] > lengths[1]
        self.chosen_models[chosen.response.name] += 1
        self.rejected_models[rejected.response.name] += 1
        for principle, rating in chosen.judgment.ratings.items():
            self.rejected_higher[principle] += rejected.judgment.ratings[principle] > rating

    def summary(self) -> SideSummary:
        """What was counted."""
        return SideSummary(
            rule=self.rule,
            speeches=self.speeches,
            paired=self.speeches - self.unpaired.total(),
            unpaired=most_first(self.unpaired),
            pairs=self.pairs,
            tied=self.tied,
            same_text=self.same_text,
            shared_best=self.shared_best,
            mean_margin=_mean(self.margins, self.pairs),
            mean_chars_chosen=_mean(self.chars_chosen, self.pairs),
            mean_chars_rejected=_mean(self.chars_rejected, self.pairs),
            chosen_longer=self.chosen_longer,
            rejected_higher=dict(self.rejected_higher),
            chosen_models=most_first(self.chosen_models),
            rejected_models=most_first(self.rejected_models),
        )


@dataclass
class _Made:
    """What made a number of records."""

    sampling: dict[str, Sampling] = field(default_factory=dict)
    """By its fields as text, because a record that holds a dictionary has no hash."""
    prompts: set[str] = field(default_factory=set)
    served_models: set[str] = field(default_factory=set)

    def add(self, prompt: str, sampling: Sampling, served_model: str | None) -> None:
        self.prompts.add(prompt)
        self.sampling[str(sampling)] = sampling
        if served_model is not None:
            self.served_models.add(served_model)

    @property
    def samplings(self) -> tuple[Sampling, ...]:
        return tuple(one for _, one in sorted(self.sampling.items()))


@dataclass
class _ModelTally:
    responses: int = 0
    scores: float = 0.0
    chars: int = 0
    made: _Made = field(default_factory=_Made)


class AnswerTally:
    """Counts the judged responses, by model, and their judgments."""

    def __init__(self) -> None:
        self._models: defaultdict[tuple[str, str], _ModelTally] = defaultdict(_ModelTally)
        self._judge = _Made()

    def add(self, answer: Answer) -> None:
        """Count one."""
        response, judgment, score = answer
        model = self._models[response.model, response.name]
        model.responses += 1
        model.scores += score
        model.chars += len(response.text)
        model.made.add(response.prompt, response.sampling, response.served_model)
        self._judge.add(judgment.rubric, judgment.sampling, judgment.served_model)

    def models(self) -> tuple[ModelSummary, ...]:
        """Each model's responses."""
        return tuple(
            ModelSummary(
                model=model,
                name=name,
                responses=tally.responses,
                mean_score=round(tally.scores / tally.responses, 4),
                mean_chars=round(tally.chars / tally.responses, 4),
                prompts=tuple(sorted(tally.made.prompts)),
                sampling=tally.made.samplings,
                served_models=tuple(sorted(tally.made.served_models)),
            )
            for (model, name), tally in sorted(
                self._models.items(), key=lambda one: (-one[1].responses, one[0])
            )
        )

    def judge(self, model: str, *, asked: str, rubric: str) -> JudgeSummary:
        """The judge's judgments."""
        return JudgeSummary(
            model=model,
            instead_of=None if model == asked else asked,
            rubric=rubric,
            judgments=sum(tally.responses for tally in self._models.values()),
            sampling=self._judge.samplings,
            served_models=tuple(sorted(self._judge.served_models)),
        )


def _mean(total: float, count: int) -> float | None:
    return round(total / count, 4) if count else None
