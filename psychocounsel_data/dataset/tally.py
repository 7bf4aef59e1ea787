"""What a build says of itself, counted from the columns of `pairs`. Pure.

Every number of the data card that depends on the rows is counted here, once, so that card,
command line and report cannot disagree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from psychocounsel_data.config import Aggregate, PairRule, released_name
from psychocounsel_data.pairs.deciding import SPLITS, Decided
from psychocounsel_data.pairs.gates import GATES, bit, in_use
from psychocounsel_data.pairs.reading import Pool
from psychocounsel_data.records import Record, Sampling, Split

if TYPE_CHECKING:
    import polars as pl

    from psychocounsel_data.config import PairsConfig


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
    kept_out: dict[str, int]
    """Gate to number of pairs that it cost, each under the first gate against it."""
    against: dict[str, int]
    """Gate to number of those pairs that it speaks against, be it the first or not."""
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
    """`backend:model`; of a panel, all of them."""
    models: tuple[str, ...]
    """Each judge."""
    repeats: tuple[int, ...] = ()
    """How often each of them rated a response."""
    quorum: int | None = None
    """The least number of them that had to be complete; None for all of them."""
    excludes_self: bool = False
    """Whether none of them rated answers of its own model."""
    aggregate: Aggregate
    """What several ratings come to: `mean`, `median` or `trimmed_mean`."""
    instead_of: str | None
    """The judge that was asked for, where that one has rated nothing."""
    rubric: str
    """`prompt@version`."""
    responses: int
    """Responses that they have rated."""
    judgments: int
    """Judgments of them with this rubric."""
    sampling: tuple[Sampling, ...]
    """The parameters they were made with."""
    served_models: tuple[str, ...]
    """What the server called itself, where it said."""

    @property
    def several(self) -> bool:
        """Whether a response got more than one rating on a principle."""
        return sum(self.repeats) > 1


class BuildSummary(Record):
    """What a build made, and what it left out."""

    train: SideSummary
    test: SideSummary
    gates: tuple[str, ...]
    """The gates that were on, in the order they were asked."""
    models: tuple[ModelSummary, ...]
    """By number of responses, most first."""
    judge: JudgeSummary
    whole_ratings: bool
    """Whether every rating is a whole number; the mean of several judges need not be."""
    responses_left_out: dict[str, int]
    """Reason to number of responses."""
    judgments_left_out: dict[str, int]
    """Reason to number of judgments."""

    @property
    def responses(self) -> int:
        """Judged responses that count."""
        return self.judge.responses


def most_first(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts in an order that depends on nothing else; zeros are left out."""
    pairs = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return {name: count for name, count in pairs if count}


def summarise(
    pool: Pool, decided: Decided, pairs: PairsConfig, *, rubric: str, principles: Sequence[str]
) -> BuildSummary:
    """Everything that is counted.

    Args:
        rubric: `prompt@version` of the judgments.
        principles: in the order of the released columns.
    """
    sides = {split: _side(pool, decided, pairs, split, principles) for split in SPLITS}
    return BuildSummary(
        train=sides["train"],
        test=sides["test"],
        gates=tuple(in_use(pairs.gates)),
        models=_models(pool, decided),
        judge=_judge(pool, decided, rubric),
        whole_ratings=pool.unit == 1,
        responses_left_out=most_first(pool.responses_left_out),
        judgments_left_out=most_first(pool.judgments_left_out),
    )


def no_pair(pool: Pool, decided: Decided) -> pl.DataFrame:
    """Why each speech without a pair has none: `speech`, `split`, `reason`.

    Why it takes no part (`participation.Reason`), or `no_candidate`, `one_candidate`, `all_tied`,
    `within_margin`, `same_text` (nothing but the same
    words on both sides), `kept_out` (by a gate or a limit).
    """
    import polars as pl

    answers = decided.answers.group_by("speech").agg(
        count=pl.len(), spread=pl.col("points").max() - pl.col("points").min()
    )
    twos = decided.twos.group_by("speech").agg(
        pl.col("picked").any(), words=(pl.col("against") == bit("same_text")).all()
    )
    speeches = pool.speeches.select("speech", "split", "absent")
    known = speeches.join(answers, on="speech", how="left").join(twos, on="speech", how="left")
    reason = (
        pl.when(pl.col("absent").is_not_null())
        .then(pl.col("absent"))
        .when(pl.col("count").is_null())
        .then(pl.lit("no_candidate"))
        .when(pl.col("count") == 1)
        .then(pl.lit("one_candidate"))
        .when(pl.col("spread") == 0)
        .then(pl.lit("all_tied"))
        .when(pl.col("picked").is_null())
        .then(pl.lit("within_margin"))
        .when(pl.col("words"))
        .then(pl.lit("same_text"))
        .otherwise(pl.lit("kept_out"))
    )
    without = known.filter(~pl.col("picked").fill_null(value=False))
    return without.select("speech", "split", reason=reason)


def _side(
    pool: Pool, decided: Decided, pairs: PairsConfig, split: Split, principles: Sequence[str]
) -> SideSummary:
    import polars as pl

    on_side = pl.col("split") == split
    made = decided.pairs(split)
    chosen, rejected = (decided.answers[made[side]] for side in ("chosen", "rejected"))
    unpaired = no_pair(pool, decided).filter(on_side)["reason"].to_list()
    speeches = pool.speeches.filter(on_side)
    kept_out = decided.kept_out().filter(on_side)
    twos = decided.twos.filter(on_side)
    lengths = {"chosen": int(chosen["chars"].sum()), "rejected": int(rejected["chars"].sum())}
    return SideSummary(
        rule=_rule(pairs, split),
        speeches=speeches.height,
        paired=speeches.height - len(unpaired),
        unpaired=most_first(Counter(unpaired)),
        kept_out=_in_order(kept_out["reason"].to_list()),
        against={
            gate: count
            for gate in GATES
            if (count := int((kept_out["against"] & bit(gate) > 0).sum()))
        },
        pairs=made.height,
        tied=decided.tied[split],
        same_text=int((twos["against"] & bit("same_text") > 0).sum()),
        shared_best=_shared_best(decided.answers, speeches),
        mean_margin=_mean(int(made["points"].sum()) / decided.scale.total, made.height),
        mean_chars_chosen=_mean(lengths["chosen"], made.height),
        mean_chars_rejected=_mean(lengths["rejected"], made.height),
        chosen_longer=int((chosen["chars"] > rejected["chars"]).sum()),
        rejected_higher={one: int((rejected[one] > chosen[one]).sum()) for one in principles},
        chosen_models=_names(pool, chosen),
        rejected_models=_names(pool, rejected),
    )


def _rule(pairs: PairsConfig, split: Split) -> PairRule:
    return pairs.train if split == "train" else pairs.test


def _in_order(reasons: Sequence[str]) -> dict[str, int]:
    """Counts in the order of the gates."""
    counts = Counter(reasons)
    return {gate: counts[gate] for gate in GATES if gate in counts}


def _shared_best(answers: pl.DataFrame, speeches: pl.DataFrame) -> int:
    """Speeches whose best score several answers have."""
    import polars as pl

    here = answers.join(speeches.select("speech"), on="speech", how="semi")
    best = here.group_by("speech").agg(shared=(pl.col("points") == pl.col("points").max()).sum())
    return int((best["shared"] > 1).sum())


def _names(pool: Pool, answers: pl.DataFrame) -> dict[str, int]:
    """Released name to number of answers."""
    counts: Counter[str] = Counter()
    for maker, count in answers["maker"].value_counts().iter_rows():
        counts[pool.makers[maker].name] += count
    return most_first(counts)


def _models(pool: Pool, decided: Decided) -> tuple[ModelSummary, ...]:
    import polars as pl

    groups: dict[tuple[str, str], list[tuple[int, int, int, int]]] = {}
    totals = decided.answers.group_by("maker").agg(
        pl.len(), pl.col("points").sum(), pl.col("chars").cast(pl.Int64).sum()
    )
    for row in totals.sort("maker").iter_rows():
        maker = pool.makers[row[0]]
        groups.setdefault((maker.model, maker.name), []).append(row)
    summaries = [_model(pool, decided, model, name, rows) for (model, name), rows in groups.items()]
    return tuple(sorted(summaries, key=lambda one: (-one.responses, one.model, one.name)))


def _model(
    pool: Pool, decided: Decided, model: str, name: str, rows: Sequence[tuple[int, int, int, int]]
) -> ModelSummary:
    makers = [pool.makers[row[0]] for row in rows]
    responses = sum(row[1] for row in rows)
    points = sum(row[2] for row in rows)
    return ModelSummary(
        model=released_name(model),
        name=name,
        responses=responses,
        mean_score=round(points / decided.scale.total / responses, 4),
        mean_chars=round(sum(row[3] for row in rows) / responses, 4),
        prompts=tuple(sorted({one.prompt for one in makers})),
        sampling=_samplings(one.sampling for one in makers),
        served_models=_served(one.served_model for one in makers),
    )


def _judge(pool: Pool, decided: Decided, rubric: str) -> JudgeSummary:
    models = tuple(released_name(seat.judge) for seat in pool.panel.seats)
    return JudgeSummary(
        model=" + ".join(models),
        models=models,
        repeats=tuple(seat.repeats for seat in pool.panel.seats),
        quorum=pool.panel.quorum,
        excludes_self=pool.panel.exclude_self,
        aggregate=pool.panel.rule,
        instead_of=pool.instead_of and released_name(pool.instead_of),
        rubric=rubric,
        responses=decided.answers.height,
        judgments=sum(count for _, count in pool.raters),
        sampling=_samplings(one.sampling for one, _ in pool.raters),
        served_models=_served(one.served_model for one, _ in pool.raters),
    )


def _samplings(all_: Iterable[Sampling]) -> tuple[Sampling, ...]:
    """Each once; by their fields as text, because a record that holds a dictionary has no hash."""
    return tuple(one for _, one in sorted({str(one): one for one in all_}.items()))


def _served(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if name is not None}))


def _mean(total: float, count: int) -> float | None:
    return round(total / count, 4) if count else None
