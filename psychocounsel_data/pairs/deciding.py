"""Which pairs there will be, and why others not: margin, gates, strategy, limits, in this order.

Pure: what counts was read by `reading`; the texts are read back by who writes the tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from psychocounsel_data.config import PairRule, PairsConfig
from psychocounsel_data.pairs import gates as faults
from psychocounsel_data.pairs.limits import limited
from psychocounsel_data.pairs.meeting import ranked, twos
from psychocounsel_data.pairs.reading import Pool
from psychocounsel_data.pairs.scale import Scale
from psychocounsel_data.pairs.strategies import STRATEGIES, Field, Lot, lots
from psychocounsel_data.records import Split

if TYPE_CHECKING:
    import polars as pl

SPLITS: Final[tuple[Split, ...]] = ("train", "test")
_KEY: Final = ["speech", "chosen", "rejected"]


class Decided(NamedTuple):
    """Everything that is decided before a text is read back."""

    scale: Scale
    answers: pl.DataFrame
    """`Pool.answers` speech by speech, best first, with `answer` (its number) and `points`;
    `chosen` and `either` say why one may not be chosen, or may be on neither side."""
    twos: pl.DataFrame
    """Every two that have the margin: `speech`, `split`, `chosen`, `rejected`, `points`, `against`
    (the mask of gates that speak against it), `wanted` (whether the strategy would pick it if there
    were no gates), `picked` (whether it is a pair)."""
    tied: dict[Split, int]
    """Twos with equal scores, on each side."""

    def pairs(self, split: Split) -> pl.DataFrame:
        """The pairs of one side, best chosen first within a speech."""
        import polars as pl

        return self.twos.filter("picked", pl.col("split") == split)

    def kept_out(self) -> pl.DataFrame:
        """The pairs that gates or limits cost, each with its `reason`: the first against it."""
        import polars as pl

        return self.twos.filter("wanted", ~pl.col("picked"), pl.col("against") > 0).with_columns(
            reason=faults.first_reason(pl.col("against"))
        )


def decide(pool: Pool, pairs: PairsConfig, principles: Sequence[str]) -> Decided:
    """Decide on every two answers of a pool.

    Raises:
        ConfigError: a weight, margin or gate is not clear.
        RunError: a limit cannot be kept.
    """
    import polars as pl

    scale = Scale(principles, pairs.weights, unit=pool.unit)
    rating_gates = faults.RatingGates(pairs.gates, principles, pool.unit)
    answers = ranked(pool.answers, scale, principles).with_columns(
        chosen=pl.col("chosen") | pl.col("either") | rating_gates.faults_of_chosen()
    )
    sides = pool.speeches.select("speech", "split", "veto")
    every = twos(answers).join(sides, on="speech", how="left", maintain_order="left")
    ties = every.filter(pl.col("points") == 0)["split"].value_counts()
    rules = {"train": pairs.train, "test": pairs.test}
    apart = every.filter(
        pl.col("points")
        >= pl.col("split").replace_strict(
            {split: scale.threshold(rule.min_margin) for split, rule in rules.items()},
            return_dtype=pl.Int64,
        )
    )
    judged = _against(apart, answers, pairs, rating_gates).with_columns(
        model=pl.col("maker").replace_strict(_models(pool), return_dtype=pl.UInt32)
    )
    lot = lots(pairs.seed, pool.speeches["id"], answers["response_id"])
    sides_decided = [
        _side(judged.filter(pl.col("split") == split), answers, rules[split], pairs, lot)
        for split in SPLITS
    ]
    return Decided(
        scale,
        answers,
        pl.concat(sides_decided).sort("chosen", "rejected", descending=[False, True]),
        dict.fromkeys(SPLITS, 0) | dict(ties.iter_rows()),
    )


def _models(pool: Pool) -> dict[int, int]:
    """Maker to a number of its model's released name."""
    names = {
        name: number for number, name in enumerate(dict.fromkeys(one.name for one in pool.makers))
    }
    return {number: names[maker.name] for number, maker in enumerate(pool.makers)}


def _against(
    apart: pl.DataFrame,
    answers: pl.DataFrame,
    pairs: PairsConfig,
    rating_gates: faults.RatingGates,
) -> pl.DataFrame:
    """Every two with the mask of what speaks against it, whoever picks it."""
    import polars as pl

    columns = ["text", "chars", *rating_gates.reads]
    if pairs.gates.near_identical is not None:
        columns.append("sentences")
    better = answers[apart["chosen"]].select("either", "maker", *columns, fault="chosen")
    worse = answers[apart["rejected"]].select("either", *columns)
    wide = pl.concat(
        [
            apart,
            better.rename({name: f"chosen_{name}" for name in ("either", *columns)}),
            worse.rename({name: f"rejected_{name}" for name in ("either", *columns)}),
        ],
        how="horizontal",
    )
    against = (
        pl.col("fault")
        | pl.col("rejected_either")
        | faults.faults_of_words(pairs.gates)
        | rating_gates.faults_of_two()
    )
    longer = pl.col("chosen_chars").cast(pl.Int64) - pl.col("rejected_chars").cast(pl.Int64)
    return wide.select(*apart.columns, "maker", longer=longer, against=against)


def _side(
    twos: pl.DataFrame,
    answers: pl.DataFrame,
    rule: PairRule,
    pairs: PairsConfig,
    lot: Lot,
) -> pl.DataFrame:
    """One side of the split, decided."""
    import polars as pl

    strategy = STRATEGIES[rule.strategy]
    without_gates = strategy(_field(twos, answers, lot, gates=False))
    with_gates = strategy(_field(twos.filter(pl.col("against") == 0), answers, lot, gates=True))
    kept = _limited(with_gates, pairs, lot)
    decided = twos.join(
        without_gates.select(*_KEY, wanted=pl.lit(value=True)),
        on=_KEY,
        how="left",
        maintain_order="left",
    ).join(kept, on=_KEY, how="left", maintain_order="left")
    limit = pl.col("limit").fill_null(0)
    return decided.select(
        "speech",
        "split",
        "chosen",
        "rejected",
        "points",
        against=pl.col("against") | limit,
        wanted=pl.col("wanted").fill_null(value=False) | pl.col("limit").is_not_null(),
        picked=(pl.col("limit") == 0).fill_null(value=False),
    )


def _field(twos: pl.DataFrame, answers: pl.DataFrame, lot: Lot, *, gates: bool) -> Field:
    import polars as pl

    may_win = answers.filter(pl.col("chosen") == 0) if gates else answers
    may_lose = answers.filter(pl.col("either") == 0) if gates else answers
    return Field(
        twos,
        may_win.group_by("speech").agg(chosen=pl.col("answer").min()),
        may_lose.group_by("speech").agg(rejected=pl.col("answer").max()),
        lot,
    )


def _limited(twos: pl.DataFrame, pairs: PairsConfig, lot: Lot) -> pl.DataFrame:
    """Speech, chosen and rejected of the strategy's picks, with the limit that each one meets."""
    import polars as pl

    gates = pairs.gates
    if gates.max_per_model or gates.max_model_share or gates.max_mean_length_difference is not None:
        drawn = [
            int.from_bytes(lot(speech, chosen)[:4] + lot(speech, rejected)[:4])
            for speech, chosen, rejected in twos.select(_KEY).iter_rows()
        ]
    else:
        drawn = [0] * twos.height
    picks = twos.with_columns(lot=pl.Series(drawn, dtype=pl.UInt64)).with_row_index("pair")
    return limited(picks, gates).select(*_KEY, "limit")
