"""Which two responses of a speech meet. The properties are the specification."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple, get_args

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from psychocounsel_data.config import PairRule, PairsConfig, Strategy
from psychocounsel_data.dataset.tally import no_pair
from psychocounsel_data.errors import ConfigError
from psychocounsel_data.judging.aggregation import Panel, Seat
from psychocounsel_data.pairs.deciding import decide
from psychocounsel_data.pairs.reading import Maker, Pool
from psychocounsel_data.pairs.scale import Scale
from psychocounsel_data.records import Sampling

PRINCIPLES = ("empathy", "relevance", "clarity", "safety", "exploration", "autonomy", "staging")
WEIGHTS = st.dictionaries(
    st.sampled_from(PRINCIPLES), st.sampled_from([0.1, 0.3, 0.5, 1.0, 1.25, 2.0, 3.0])
)
MARGINS = st.sampled_from([0.0, 0.1, 0.3, 0.5, 1.0, 1.5, 2.0])
STRATEGIES = st.sampled_from(get_args(Strategy))


class Candidate(NamedTuple):
    """An answer to the one speech there is."""

    response_id: str
    ratings: tuple[int, ...]
    text: int
    """Equal for equal texts."""


class Duel(NamedTuple):
    """A pair."""

    chosen: Candidate
    rejected: Candidate
    points: int


class Paired(NamedTuple):
    """What became of the answers."""

    duels: tuple[Duel, ...]
    reason: str | None


@st.composite
def pools(draw: st.DrawFn) -> list[Candidate]:
    """The judged responses of one speech; some share their words, many their score."""
    ratings = st.tuples(*[st.integers(1, 5)] * len(PRINCIPLES))
    drawn = draw(st.lists(st.tuples(ratings, st.integers(0, 5)), max_size=6))
    return [Candidate(f"{number:032x}", *one) for number, one in enumerate(drawn)]


def mean(candidate: Candidate, weights: dict[str, float]) -> Fraction:
    """The weighted mean as school arithmetic has it."""
    exact = [Fraction(str(weights.get(name, 1))) for name in PRINCIPLES]
    total = sum(w * rating for w, rating in zip(exact, candidate.ratings, strict=True))
    return Fraction(total, sum(exact))


def columns(candidates: list[Candidate]) -> Pool:
    """The answers as `reading` has them."""
    answers = pl.DataFrame(
        {
            "response_id": [one.response_id for one in candidates],
            "text": [one.text for one in candidates],
            **{name: [one.ratings[n] for one in candidates] for n, name in enumerate(PRINCIPLES)},
        },
        schema={"response_id": pl.String, "text": pl.UInt64, **dict.fromkeys(PRINCIPLES, pl.Int64)},
    ).with_columns(
        speech=pl.lit(0, pl.UInt32),
        maker=pl.lit(0, pl.UInt32),
        chars=pl.lit(10, pl.UInt32),
        either=pl.lit(0, pl.UInt32),
        chosen=pl.lit(0, pl.UInt32),
    )
    speeches = pl.DataFrame(
        {"speech": [0], "id": ["s-0"], "split": ["train"], "veto": [False], "absent": [None]},
        schema_overrides={
            "absent": pl.String,
            "speech": pl.UInt32,
            "split": pl.Enum(["train", "test"]),
        },
    )
    panel = Panel((Seat("a:judge", 1),), "mean", None, exclude_self=False)
    maker = Maker("a:m", "m", "p@1", Sampling(), None)
    left_out = answers.head(0)
    return Pool(speeches, answers, left_out, 1, (maker,), (), panel, None, Counter(), Counter())


def paired(
    candidates: list[Candidate],
    *,
    strategy: Strategy = "all_pairs",
    margin: float = 1.0,
    weights: dict[str, float] | None = None,
    seed: int = 0,
) -> Paired:
    """The pairs of one speech under the published rule, without gates."""
    rule = PairRule(strategy=strategy, min_margin=margin)
    config = PairsConfig.model_validate(
        {"train": rule, "weights": weights or {}, "seed": seed, "gates": {"preset": "published"}}
    )
    pool = columns(candidates)
    decided = decide(pool, config, PRINCIPLES)
    by_id = {one.response_id: one for one in candidates}
    ids = decided.answers["response_id"]
    duels = [
        Duel(by_id[ids[chosen]], by_id[ids[rejected]], points)
        for chosen, rejected, points in decided.pairs("train")
        .select("chosen", "rejected", "points")
        .iter_rows()
    ]
    reasons = no_pair(pool, decided)["reason"].to_list()
    return Paired(tuple(duels), reasons[0] if reasons else None)


@given(pools(), STRATEGIES, MARGINS, WEIGHTS)
def test_chosen_outscores_rejected_by_at_least_the_margin(
    pool: list[Candidate], strategy: Strategy, margin: float, weights: dict[str, float]
) -> None:
    """As exact fractions; equal scores never pair, not even where the margin is 0."""
    for duel in paired(pool, strategy=strategy, margin=margin, weights=weights).duels:
        difference = mean(duel.chosen, weights) - mean(duel.rejected, weights)

        assert difference >= Fraction(str(margin))
        assert difference > 0


@given(pools(), STRATEGIES, MARGINS)
def test_no_response_meets_itself_its_own_words_or_another_twice(
    pool: list[Candidate], strategy: Strategy, margin: float
) -> None:
    """A pair with the same words on both sides teaches nothing."""
    duels = paired(pool, strategy=strategy, margin=margin).duels

    assert all(duel.chosen.text != duel.rejected.text for duel in duels)
    assert all(duel.chosen.response_id != duel.rejected.response_id for duel in duels)
    twos = [frozenset((duel.chosen.response_id, duel.rejected.response_id)) for duel in duels]
    assert len(twos) == len(set(twos))


@given(pools(), STRATEGIES, MARGINS, WEIGHTS, st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(
    pool: list[Candidate],
    strategy: Strategy,
    margin: float,
    weights: dict[str, float],
    shuffling: random.Random,
) -> None:
    """Journals are in the order in which answers arrived, which is nobody's choice."""
    shuffled = shuffling.sample(pool, len(pool))
    one = paired(pool, strategy=strategy, margin=margin, weights=weights)

    assert paired(shuffled, strategy=strategy, margin=margin, weights=weights) == one


@given(pools(), MARGINS, WEIGHTS)
def test_all_pairs_leaves_out_nothing_that_has_the_margin(
    pool: list[Candidate], margin: float, weights: dict[str, float]
) -> None:
    """The paper's rule for training: every two, not a selection."""
    least = max(Fraction(str(margin)), Fraction(1, 10**9))
    expected = sum(
        abs(mean(a, weights) - mean(b, weights)) >= least and a.text != b.text
        for a, b in combinations(pool, 2)
    )

    assert len(paired(pool, margin=margin, weights=weights).duels) == expected


@given(pools(), MARGINS)
def test_other_strategies_choose_among_all_pairs(pool: list[Candidate], margin: float) -> None:
    """One best response each; the worst, the rest, or one of the rest against it."""
    everything = paired(pool, margin=margin).duels
    rest = paired(pool, strategy="best_vs_rest", margin=margin).duels
    worst = paired(pool, strategy="best_vs_worst", margin=margin).duels
    drawn = paired(pool, strategy="best_vs_random", margin=margin).duels

    assert set(worst) <= set(rest) <= set(everything)
    assert set(drawn) <= set(rest)
    assert len({duel.chosen for duel in rest}) <= 1
    assert len(worst) <= 1
    assert len(drawn) == min(1, len(rest))
    assert all(
        sum(duel.rejected.ratings) == min(sum(one.ratings) for one in pool) for duel in worst
    )


@given(pools(), MARGINS)
def test_the_first_pair_of_a_speech_is_its_clearest(pool: list[Candidate], margin: float) -> None:
    """Best chosen first, and for each the lowest rejected first: of different words."""
    different = [one._replace(text=number) for number, one in enumerate(pool)]
    duels = paired(different, margin=margin).duels
    order = [(-sum(one.chosen.ratings), one.chosen.response_id) for one in duels]

    assert order == sorted(order)
    assert not duels or duels[0].points == max(duel.points for duel in duels)


@given(pools(), MARGINS)
def test_a_speech_without_a_pair_has_the_reason(pool: list[Candidate], margin: float) -> None:
    """And one with a pair has none."""
    found = paired(pool, margin=margin)
    scores = {sum(one.ratings) for one in pool}

    assert (found.reason is None) == bool(found.duels)
    assert (found.reason == "no_candidate") == (len(pool) == 0)
    assert (found.reason == "one_candidate") == (len(pool) == 1)
    assert (found.reason == "all_tied") == (len(pool) > 1 and len(scores) == 1)


@given(pools(), st.integers(0, 50))
def test_one_more_candidate_wins_the_draw_or_leaves_it(pool: list[Candidate], lot: int) -> None:
    """So that a further model in the pool moves few rows of a released set."""
    further = Candidate("f" * 32, (1,) * len(PRINCIPLES), 99)
    before = paired(pool, strategy="best_vs_random", seed=lot).duels
    after = paired([*pool, further], strategy="best_vs_random", seed=lot).duels

    if before:
        assert after[0] in (before[0], after[0]._replace(rejected=further))
        assert after[0] == before[0] or after[0].rejected == further


def test_a_margin_that_is_met_exactly_is_met() -> None:
    """16/7 - 9/7 is below 1 in floats and 1 on paper."""
    better = Candidate("a", (2, 2, 2, 2, 2, 3, 3), 0)
    worse = Candidate("b", (1, 1, 1, 1, 1, 2, 2), 1)

    assert 16 / 7 - 9 / 7 < 1
    assert len(paired([worse, better]).duels) == 1


def test_a_weight_is_taken_for_what_is_written() -> None:
    """0.1 is a tenth: three tenths on one side are as much as 0.3 on the other."""
    scale = Scale(("a", "b"), {"a": 0.1, "b": 0.3})
    rated = pl.DataFrame({"a": [4, 1], "b": [1, 2]})
    points = rated.select(scale.points([pl.col("a"), pl.col("b")])).to_series().to_list()

    assert points[0] == points[1]
    assert scale.threshold(1.0) == scale.total


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ({"empaty": 2.0}, "did you mean 'empathy'"),
        ({"empathy": float("inf")}, "not a finite number"),
        (dict.fromkeys(PRINCIPLES, 0.0), "every weight is 0"),
    ],
)
def test_weights_that_mean_nothing_are_refused(weights: dict[str, float], says: str) -> None:
    """Before anything is built."""
    with pytest.raises(ConfigError, match=says):
        Scale(PRINCIPLES, weights)
