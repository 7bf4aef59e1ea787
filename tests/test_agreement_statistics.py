"""Agreement statistics against worked examples from the literature, other libraries, and laws.

Every statistic is computed from sums over speeches. That the sums of a resample give what the
statistic gives on the resampled ratings themselves is tested too, because every interval rests
on it.
"""

from collections.abc import Callable

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from psychocounsel_data.agreement import many_raters, margins, systems, two_raters
from psychocounsel_data.agreement.alternative import alternative_annotator_test
from psychocounsel_data.agreement.many_raters import Sheet
from psychocounsel_data.agreement.ratings import Facet
from psychocounsel_data.agreement.resampling import Floats, Resamples, by_group, interval
from psychocounsel_data.errors import ConfigError

POINTS = np.arange(1.0, 6.0)
NAN = np.nan

# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), example C: 4 observers, 12
# units. The same ratings are the worked example of Gwet, "Handbook of Inter-Rater Reliability"
# (2014), for more than two raters.
FOUR_OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
        [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
    ]
).T
# Shrout and Fleiss, "Intraclass correlations" (1979), table 2: 6 targets, 4 judges.
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
)
# Cohen, "A coefficient of agreement for nominal scales" (1960): 200 patients, two psychologists.
COHEN = [[88, 10, 2], [14, 40, 6], [18, 10, 12]]
# The textbook case of high agreement and a kappa below 0 (Gwet, 2008): 125 subjects.
SKEWED = [[118, 5], [2, 0]]
# Ten subjects, 14 raters, 5 categories: how many raters put a subject into each (the example that
# encyclopaedias give for Fleiss, 1971).
FOURTEEN_RATERS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]


def sheet_of(scores: Floats) -> Sheet:
    """Every item a speech of its own."""
    return Sheet(np.asarray(scores, float), np.arange(len(scores)))


def unsampled(items: int) -> Resamples:
    return Resamples(items, 0, seed=0)


def from_table(table: list[list[int]]) -> Floats:
    """Two raters' scores from a cross table."""
    return np.array(
        [
            (row, column)
            for row, counts in enumerate(table)
            for column, count in enumerate(counts)
            for _ in range(count)
        ],
        float,
    )


def cells_of(scores: Floats) -> two_raters.Cells:
    sheet = sheet_of(scores)
    return two_raters.cells(
        sheet.scores[:, 0], sheet.scores[:, 1], sheet.groups, unsampled(len(scores))
    )


def kappa(scores: Floats, weights: Callable[[Floats, Floats], Floats]) -> float:
    cells = cells_of(scores)
    return float(two_raters.cohen_kappa(cells, weights(cells.first, cells.second))[0])


Statistic = Callable[[Floats], float]


def spearman(scores: Floats) -> float:
    return float(two_raters.spearman(cells_of(scores))[0])


def kendall(scores: Floats) -> float:
    return float(two_raters.kendall_tau_b(cells_of(scores))[0])


def nominal_kappa(scores: Floats) -> float:
    return kappa(scores, two_raters.nominal_weights)


def quadratic_kappa(scores: Floats) -> float:
    return kappa(scores, two_raters.quadratic_weights)


def linear_kappa(scores: Floats) -> float:
    return kappa(scores, two_raters.linear_weights)


def fleiss(scores: Floats) -> float:
    sheet = sheet_of(scores)
    domain = np.unique(sheet.scores[np.isfinite(sheet.scores)])
    return float(many_raters.chance_corrected(sheet, domain, unsampled(len(scores))).fleiss[0])


def ac1(scores: Floats) -> float:
    sheet = sheet_of(scores)
    domain = np.unique(sheet.scores[np.isfinite(sheet.scores)])
    return float(many_raters.chance_corrected(sheet, domain, unsampled(len(scores))).gwet[0])


def alpha_nominal(scores: Floats) -> float:
    return float(many_raters.alpha_nominal(sheet_of(scores), POINTS, unsampled(len(scores)))[0])


def alpha_ordinal(scores: Floats) -> float:
    return float(many_raters.alpha_ordinal(sheet_of(scores), POINTS, unsampled(len(scores)))[0])


def alpha_interval(scores: Floats) -> float:
    return float(many_raters.alpha_interval(sheet_of(scores), unsampled(len(scores)))[0])


def icc_c(scores: Floats) -> float:
    return float(many_raters.icc(sheet_of(scores), unsampled(len(scores))).consistency[0])


def icc_a(scores: Floats) -> float:
    return float(many_raters.icc(sheet_of(scores), unsampled(len(scores))).agreement[0])


few = settings(max_examples=25, deadline=None)

OF_TWO: tuple[Statistic, ...] = (spearman, kendall, nominal_kappa, linear_kappa, quadratic_kappa)
OF_MANY: tuple[Statistic, ...] = (
    fleiss,
    ac1,
    alpha_nominal,
    alpha_ordinal,
    alpha_interval,
    icc_c,
    icc_a,
)


def ratings(raters: int, least: int = 4) -> st.SearchStrategy[Floats]:
    """Whole scores from 1 to 5."""
    size = st.integers(least, 25)
    return size.flatmap(
        lambda items: arrays(np.float64, (items, raters), elements=st.integers(1, 5).map(float))
    )


class TestWorkedExamples:
    def test_cohen_kappa_of_cohens_two_psychologists(self) -> None:
        assert nominal_kappa(from_table(COHEN)) == pytest.approx(0.492, abs=5e-4)

    def test_kappa_falls_below_zero_where_ac1_does_not(self) -> None:
        """118 of 125 agree; kappa calls it worse than chance (Gwet, 2008)."""
        assert nominal_kappa(from_table(SKEWED)) == pytest.approx(-0.0234, abs=5e-5)
        assert ac1(from_table(SKEWED)) == pytest.approx(0.9408, abs=5e-5)

    def test_fleiss_kappa_of_fourteen_raters(self) -> None:
        scores = [np.repeat(np.arange(5), counts) for counts in FOURTEEN_RATERS]

        assert fleiss(np.array(scores, float)) == pytest.approx(0.210, abs=5e-4)

    def test_alpha_of_krippendorffs_four_observers(self) -> None:
        assert alpha_nominal(FOUR_OBSERVERS) == pytest.approx(0.743, abs=5e-4)
        assert alpha_ordinal(FOUR_OBSERVERS) == pytest.approx(0.815, abs=5e-4)
        assert alpha_interval(FOUR_OBSERVERS) == pytest.approx(0.849, abs=5e-4)

    def test_gwets_figures_for_the_same_four_observers(self) -> None:
        """With missing scores: an item that one observer scored counts for the shares."""
        assert ac1(FOUR_OBSERVERS) == pytest.approx(0.77544, abs=5e-6)
        assert fleiss(FOUR_OBSERVERS) == pytest.approx(0.76117, abs=5e-6)

    def test_icc_of_shrout_and_fleiss(self) -> None:
        """Their ICC(3,1) and ICC(2,1) are ICC(C,1) and ICC(A,1) of McGraw and Wong."""
        assert icc_c(SHROUT_FLEISS) == pytest.approx(0.71, abs=5e-3)
        assert icc_a(SHROUT_FLEISS) == pytest.approx(0.29, abs=5e-3)


class TestOtherLibraries:
    @few
    @given(ratings(2))
    def test_kappas_are_those_of_scikit_learn(self, scores: Floats) -> None:
        if np.ptp(scores) == 0:
            return
        for weights, name in (
            (nominal_kappa, None),
            (linear_kappa, "linear"),
            (quadratic_kappa, "quadratic"),
        ):
            theirs = cohen_kappa_score(*scores.T, weights=name, labels=POINTS)

            assert weights(scores) == pytest.approx(theirs, abs=1e-9, nan_ok=True)

    @few
    @given(ratings(2))
    def test_correlations_are_those_of_scipy(self, scores: Floats) -> None:
        if np.ptp(scores, axis=0).min() == 0:
            return
        assert spearman(scores) == pytest.approx(stats.spearmanr(*scores.T).statistic)
        assert kendall(scores) == pytest.approx(stats.kendalltau(*scores.T).statistic)

    def test_kendall_of_more_values_than_fit_a_grid(self) -> None:
        draw = np.random.default_rng(1)
        scores = draw.normal(size=(200, 2)).round(2) + draw.normal(size=(200, 1)).round(2)
        cells = cells_of(scores)

        assert len(cells.first) * len(cells.second) > two_raters.LARGEST_GRID
        assert kendall(scores) == pytest.approx(stats.kendalltau(*scores.T).statistic)

    @few
    @given(ratings(3), st.integers(0, 2**32 - 1))
    def test_alphas_with_gaps_are_those_of_the_krippendorff_package(
        self, scores: Floats, seed: int
    ) -> None:
        gaps = np.random.default_rng(seed).random(scores.shape) < 0.2
        scores = np.where(gaps, NAN, scores)
        pairable = scores[np.isfinite(scores).sum(axis=1) > 1]
        if len(np.unique(pairable[np.isfinite(pairable)])) < 2:
            return
        for ours, level in (
            (alpha_nominal, "nominal"),
            (alpha_ordinal, "ordinal"),
            (alpha_interval, "interval"),
        ):
            theirs = krippendorff.alpha(scores.T, level_of_measurement=level)

            assert ours(scores) == pytest.approx(theirs, abs=1e-9)


class TestLaws:
    @few
    @given(ratings(3), st.randoms(use_true_random=False))
    def test_the_order_of_raters_and_items_means_nothing(self, scores: Floats, random) -> None:
        raters, items = [0, 1, 2], list(range(len(scores)))
        random.shuffle(raters)
        random.shuffle(items)
        shuffled = scores[items][:, raters]
        for statistic in OF_MANY:
            assert statistic(shuffled) == pytest.approx(statistic(scores), abs=1e-9, nan_ok=True)
        for statistic in OF_TWO:
            swapped = scores[items][:, [1, 0]]

            assert statistic(swapped) == pytest.approx(
                statistic(scores[:, :2]), abs=1e-9, nan_ok=True
            )

    @few
    @given(ratings(1))
    def test_perfect_agreement_is_one(self, scores: Floats) -> None:
        if np.ptp(scores) == 0:
            return
        for statistic in (*OF_TWO, *OF_MANY):
            assert statistic(np.repeat(scores, 2, axis=1)) == pytest.approx(1)

    def test_ratings_by_lot_are_near_zero(self) -> None:
        scores = np.random.default_rng(0).integers(1, 6, (5_000, 2)).astype(float)
        for statistic in (*OF_TWO, *OF_MANY):
            assert abs(statistic(scores)) < 0.05

    @few
    @given(ratings(2))
    def test_a_stricter_rater_changes_agreement_but_not_consistency(self, scores: Floats) -> None:
        shifted = scores + np.array([0.0, 2.0])

        assert icc_c(shifted) == pytest.approx(icc_c(scores), abs=1e-9, nan_ok=True)
        assert spearman(shifted) == pytest.approx(spearman(scores), abs=1e-9, nan_ok=True)

    def test_what_does_not_vary_has_no_kappa(self) -> None:
        """Two raters who always say 5 agree, but nothing shows that they could disagree."""
        always = np.full((10, 2), 5.0)
        for statistic in (nominal_kappa, quadratic_kappa, spearman, kendall, icc_c, alpha_nominal):
            assert np.isnan(statistic(always))

    @few
    @given(ratings(2), st.integers(1, 5))
    def test_items_scored_once_do_not_change_alpha(self, scores: Floats, score: int) -> None:
        single = np.vstack([scores, [score, NAN]])

        assert alpha_ordinal(single) == pytest.approx(alpha_ordinal(scores), abs=1e-9, nan_ok=True)


class TestResampling:
    @settings(max_examples=20, deadline=None)
    @given(ratings(3, least=8), st.integers(0, 2**16))
    def test_sums_of_a_resample_give_what_its_ratings_give(self, scores: Floats, seed: int) -> None:
        """Drawing the speeches' items out in full gives the same figures."""
        groups = np.arange(len(scores)) // 3
        resamples = Resamples(int(groups.max()) + 1, 4, seed)
        sheet = Sheet(scores, groups)
        cells = two_raters.cells(scores[:, 0], scores[:, 1], groups, resamples)
        weights = two_raters.quadratic_weights(cells.first, cells.second)
        icc = many_raters.icc(sheet, resamples)
        domain = np.unique(scores)
        chance = many_raters.chance_corrected(sheet, domain, resamples)
        ours = {
            spearman: two_raters.spearman(cells),
            kendall: two_raters.kendall_tau_b(cells),
            quadratic_kappa: two_raters.cohen_kappa(cells, weights),
        }
        of_three = {
            alpha_ordinal: many_raters.alpha_ordinal(sheet, POINTS, resamples),
            alpha_interval: many_raters.alpha_interval(sheet, resamples),
            icc_c: icc.consistency,
            icc_a: icc.agreement,
            lambda drawn: float(
                many_raters.chance_corrected(sheet_of(drawn), domain, unsampled(len(drawn))).fleiss[
                    0
                ]
            ): chance.fleiss,
        }
        times = resamples.sums(
            by_group(
                groups,
                np.arange(len(groups)),
                np.ones(len(groups)),
                (resamples.groups, len(groups)),
            )
        ).astype(int)
        for place in range(1, 5):
            drawn = np.repeat(scores, times[place], axis=0)
            for statistic, values in ours.items():
                assert values[place] == pytest.approx(
                    statistic(drawn[:, :2]), abs=1e-9, nan_ok=True
                )
            for statistic, values in of_three.items():
                assert values[place] == pytest.approx(statistic(drawn), abs=1e-9, nan_ok=True)

    def test_speeches_are_drawn_whole(self) -> None:
        """Every resample has as many speeches as there are."""
        resamples = Resamples(7, 50, seed=3)
        ones = by_group(np.arange(7), np.zeros(7, int), np.ones(7), (7, 1))

        assert resamples.sums(ones).ravel().tolist() == [7.0] * 51

    def test_items_of_one_speech_widen_the_interval(self) -> None:
        """Ten copies of each item are no ten items."""
        draw = np.random.default_rng(0)
        one = draw.integers(1, 6, 60).astype(float)
        two = np.clip(one + draw.integers(-1, 2, 60), 1, 5)
        copies = np.repeat(np.column_stack([one, two]), 10, axis=0)

        def width(groups: np.ndarray) -> float:
            resamples = Resamples(int(groups.max()) + 1, 500, seed=0)
            found = interval(many_raters.icc(Sheet(copies, groups), resamples).agreement[1:])
            assert found is not None
            return found.high - found.low

        assert width(np.repeat(np.arange(60), 10)) > 2 * width(np.arange(600))

    def test_no_interval_from_one_speech_or_from_undefined_values(self) -> None:
        assert interval(np.full(100, NAN)) is None
        assert interval(np.array([0.5])) is None


class TestAlternativeAnnotatorTest:
    @few
    @given(st.integers(0, 2**16), st.floats(0, 0.9), st.booleans())
    def test_with_one_item_a_speech_it_is_the_papers_procedure(
        self, seed: int, noise: float, categorical: bool
    ) -> None:
        """Section 3 of arXiv 2501.10970, written out item by item."""
        draw = np.random.default_rng(seed)
        truth = draw.integers(0, 3, 60)
        people = np.where(draw.random((60, 3)) < 0.3, draw.integers(0, 3, (60, 3)), truth[:, None])
        judge = np.where(draw.random(60) < noise, draw.integers(0, 3, 60), truth).astype(float)
        experts = people.astype(float)

        outcome = alternative_annotator_test(
            judge, experts, np.arange(60), epsilon=0.2, categorical=categorical
        )

        def match(score: float, rest: Floats) -> float:
            if categorical:
                return float(np.mean(rest == score))
            return -float(np.sqrt(np.mean((rest - score) ** 2)))

        p_values = []
        for expert, trial in enumerate(outcome.trials):
            rest = np.delete(experts, expert, axis=1)
            ours = [match(judge[item], rest[item]) for item in range(60)]
            theirs = [match(experts[item, expert], rest[item]) for item in range(60)]
            wins = np.array([a >= b - 1e-9 for a, b in zip(ours, theirs, strict=True)], float)
            losses = np.array([b >= a - 1e-9 for a, b in zip(ours, theirs, strict=True)], float)
            p_values.append(stats.ttest_1samp(losses - wins, 0.2, alternative="less").pvalue)

            assert trial.judge_advantage == pytest.approx(wins.mean())
            assert trial.p_value == pytest.approx(p_values[-1], abs=1e-9)
        ranked = np.sort(p_values)
        bounds = np.arange(1, 4) / 3 * 0.05 / (1 + 1 / 2 + 1 / 3)
        below = np.flatnonzero(ranked <= bounds)
        rejected = 0 if not len(below) else below[-1] + 1

        assert outcome.winning_rate == pytest.approx(rejected / 3)
        assert outcome.passed == (rejected / 3 >= 0.5)

    def test_a_judge_that_says_what_all_experts_say_may_stand_in(self) -> None:
        truth = np.random.default_rng(0).integers(1, 6, 50).astype(float)
        outcome = alternative_annotator_test(
            truth,
            np.repeat(truth[:, None], 3, axis=1),
            np.arange(50),
            epsilon=0.2,
            categorical=False,
        )

        assert outcome.winning_rate == 1
        assert outcome.advantage == 1

    def test_a_judge_by_lot_may_not(self) -> None:
        draw = np.random.default_rng(0)
        truth = draw.integers(1, 6, 200).astype(float)
        experts = np.repeat(truth[:, None], 3, axis=1)
        judge = draw.integers(1, 6, 200).astype(float)

        outcome = alternative_annotator_test(
            judge, experts, np.arange(200), epsilon=0.2, categorical=False
        )

        assert outcome.winning_rate == 0
        assert outcome.passed is False

    def test_an_expert_with_fewer_than_30_shared_items_is_not_tested(self) -> None:
        outcome = alternative_annotator_test(
            np.ones(29), np.ones((29, 3)), np.arange(29), epsilon=0.2, categorical=True
        )

        assert outcome.untested == 3
        assert outcome.passed is None

    def test_copies_of_items_do_not_make_a_judge_pass(self) -> None:
        """30 items of 3 speeches are not 30 pieces of evidence."""
        draw = np.random.default_rng(4)
        truth = draw.integers(1, 6, 3).astype(float)
        experts = np.repeat(truth[:, None] + draw.integers(-1, 2, (3, 3)), 40, axis=0)
        judge = np.repeat(truth, 40)
        apart = alternative_annotator_test(
            judge, experts, np.arange(120), epsilon=0.2, categorical=False
        )
        together = alternative_annotator_test(
            judge, experts, np.repeat(np.arange(3), 40), epsilon=0.2, categorical=False
        )

        assert all(
            alone.p_value >= many.p_value
            for alone, many in zip(together.trials, apart.trials, strict=True)
        )


class TestMargins:
    def test_the_curve_of_a_small_table(self) -> None:
        """Two speeches; worked out by hand."""
        groups = np.array([0, 0, 0, 1, 1])
        judge = np.array([1.0, 2.0, 3.0, 5.0, 5.0])
        person = np.array([[1.0], [1.0], [2.0], [3.0], [4.0]])

        seen = margins.contests(groups, judge, person)
        points = margins.curve(seen, seen.margins, Resamples(2, 0, seed=0))

        assert [point.least for point in points[::4]] == [0.0, 1.0, 2.0]
        assert [point.pairs for point in points[::4]] == [3, 3, 1]
        assert [point.compared for point in points[::4]] == [2, 2, 1]
        assert [point.undecided for point in points[::4]] == [1, 1, 0]
        assert [point.label[0] for point in points[::4]] == [1.0, 1.0, 1.0]

    def test_a_margin_that_is_met_exactly_is_met(self) -> None:
        """16/7 - 9/7 is a little less than 1 in floats."""
        seen = margins.contests(
            np.zeros(2, int), np.array([16 / 7, 9 / 7]), np.array([[3.0], [1.0]])
        )
        points = margins.curve(seen, seen.margins, Resamples(1, 0, seed=0))

        assert points[-1].least == 1.0
        assert points[-1].pairs == 1

    def test_bands_shown_more_often_than_they_occur_weigh_as_they_occur(self) -> None:
        """People saw one narrow and one wide pair; the pool has 9 narrow ones for each wide one."""
        seen = margins.Contests(np.array([0, 1]), np.array([0.3, 2.1]), np.array([[-1.0], [1.0]]))
        pool = np.array([0.3] * 9 + [2.1])

        points = margins.curve(seen, pool, Resamples(2, 0, seed=0))

        assert points[0].label[0] == pytest.approx(0.1)
        assert points[-1].label[0] == 1.0
        assert points[0].pairs == 10

    def test_two_people_agree_where_they_prefer_the_same_side(self) -> None:
        seen = margins.Contests(
            np.arange(4),
            np.full(4, 1.0),
            np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [0.0, 1.0]]),
        )

        point = margins.curve(seen, seen.margins, Resamples(4, 0, seed=0))[0]

        assert point.human[0] == pytest.approx(2 / 3)
        assert point.human_compared == 3
        assert point.undecided == 1

    def test_items_that_share_no_speech_have_no_curve(self) -> None:
        seen = margins.contests(np.arange(3), np.ones(3), np.ones((3, 2)))

        assert len(seen.margins) == 0

    def test_one_speech_for_everything_is_refused(self) -> None:
        """Else a missing --group would ask for billions of pairs."""
        items = 7_000
        with pytest.raises(ConfigError, match="--group"):
            margins.contests(np.zeros(items, int), np.ones(items), np.ones((items, 1)))


def test_means_by_writer_use_only_items_that_both_have_scored() -> None:
    """The judge's high score of an item the person left out must not lift the writer's mean."""
    first = np.array([1.0, 5.0, 2.0, 3.0])
    second = np.array([2.0, NAN, 3.0, 5.0])
    facet = Facet("model", ("a", "b"), np.array([0, 0, 1, 1]))

    found = systems.means(first, second, np.arange(4), facet, unsampled(4))

    assert found.items == 3
    assert found.first[0].tolist() == [1.0, 2.5]
    assert found.second[0].tolist() == [2.0, 4.0]
