"""One judge's figures, and a panel's, from arrays of ratings. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from psychocounsel_data.agreement.many_raters import Sheet, alpha_ordinal
from psychocounsel_data.agreement.resampling import Flags, Resamples, interval
from psychocounsel_data.agreement.two_raters import cells, cohen_kappa, quadratic_weights
from psychocounsel_data.config import bare_name, same_model
from psychocounsel_data.judge_report.reading import Floats, Ints, JudgeSheets, Material, Rated
from psychocounsel_data.judge_report.result import (
    ExpectedFigures,
    Figure,
    JudgeFigures,
    LengthEffect,
    PanelFigures,
    PlaceEffect,
    PrincipleFigures,
    SelfPreference,
    Spending,
)
from psychocounsel_data.pricing.cost import NO_TOKENS, Tokens, cost, counted
from psychocounsel_data.pricing.table import Price
from psychocounsel_data.rubric import HIGHEST, LOWEST

_DOMAIN = np.arange(LOWEST, HIGHEST + 1, dtype=np.float64)


def judge_figures(
    material: Material, sheets: JudgeSheets, resamples: Resamples, price: Price | None
) -> JudgeFigures:
    """Everything about one judge.

    Args:
        price: what a token of it costs; None where that is not known.
    """
    rated, principles = material.rated, material.principles
    correlations = _correlations(sheets.mean)
    off_diagonal = correlations[~np.eye(len(principles), dtype=bool)]
    models = dict.fromkeys(rated.models)
    return JudgeFigures(
        judge=sheets.judge,
        judgments=int(np.isfinite(sheets.scores).any(axis=2).sum()),
        responses=int(np.isfinite(sheets.scores).any(axis=(0, 2)).sum()),
        repeats=len(sheets.scores),
        principles={
            one: _principle(sheets.scores[:, :, column], rated, resamples)
            for column, one in enumerate(principles)
        },
        all_fives=_all_fives(sheets.scores),
        tied=_tied(sheets.overall, rated),
        halo=_mean_or_none(off_diagonal),
        correlations={
            one: {
                other: _rounded(correlations[row, column])
                for column, other in enumerate(principles)
                if row != column
            }
            for row, one in enumerate(principles)
        },
        length=length_effect(sheets.overall, rated),
        self_preference=self_preference(material, sheets),
        relatives=tuple(one for one in models if _related(sheets.judge, one)),
        places=place_effect(sheets),
        expected=_expected(sheets),
        spending=_spending(sheets, price),
        failures=dict(_failures(material, sheets.judge)),
        mended=sum(
            bytes.fromhex(one.id) in material.answered
            for one in material.failures
            if one.model == sheets.judge
        ),
    )


def _principle(scores: Floats, rated: Rated, resamples: Resamples) -> PrincipleFigures:
    """Args: scores by repeat and response."""
    given = scores[np.isfinite(scores)]
    first, again, speeches = _twice(scores, rated.speeches)
    return PrincipleFigures(
        counts={int(point): int((given == point).sum()) for point in _DOMAIN},
        mean=float(given.mean()) if len(given) else None,
        retest_exact=float((first == again).mean()) if len(first) else None,
        retest_kappa=_kappa(first, again, speeches, resamples) if len(first) else None,
    )


def _twice(scores: Floats, speeches: Ints) -> tuple[Floats, Floats, Ints]:
    """Every two repeats of one response, side by side."""
    firsts, agains, groups = [np.empty(0)], [np.empty(0)], [np.empty(0, np.int64)]
    for one, other in combinations(scores, 2):
        both = np.isfinite(one) & np.isfinite(other)
        firsts.append(one[both])
        agains.append(other[both])
        groups.append(speeches[both])
    return np.concatenate(firsts), np.concatenate(agains), np.concatenate(groups)


def _kappa(first: Floats, again: Floats, speeches: Ints, resamples: Resamples) -> Figure:
    counted = cells(first, again, speeches, resamples)
    return _figure(cohen_kappa(counted, quadratic_weights(counted.first, counted.second)))


def _figure(draws: Floats) -> Figure:
    """Args: draws: the figure as it is, then one a resample."""
    found = interval(draws[1:])
    low, high = (None, None) if found is None else (round(found.low, 4), round(found.high, 4))
    return Figure(value=_rounded(float(draws[0])), low=low, high=high)


def _rounded(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None


def _mean_or_none(values: Floats) -> float | None:
    defined = values[np.isfinite(values)]
    return _rounded(float(defined.mean())) if len(defined) else None


def _all_fives(scores: Floats) -> float:
    whole = np.isfinite(scores).all(axis=2)
    return float((scores[whole] == HIGHEST).all(axis=1).mean()) if whole.any() else 0.0


def _correlations(mean: Floats) -> Floats:
    """Pearson's, over the responses rated on every principle; NaN where one does not vary."""
    whole = mean[np.isfinite(mean).all(axis=1)]
    size = mean.shape[1]
    found = np.full((size, size), np.nan)
    varies = np.flatnonzero(whole.std(axis=0) > 0) if len(whole) > 1 else np.empty(0, np.int64)
    if len(varies):
        found[np.ix_(varies, varies)] = np.corrcoef(whole[:, varies], rowvar=False)
    return found


def same_speech_pairs(overall: Floats, rated: Rated) -> Iterator[tuple[int, int]]:
    """Every two responses to one speech that both have an overall score."""
    by_speech: dict[int, list[int]] = {}
    for row in np.flatnonzero(np.isfinite(overall)):
        by_speech.setdefault(int(rated.speeches[row]), []).append(int(row))
    for rows in by_speech.values():
        yield from combinations(rows, 2)


def _tied(overall: Floats, rated: Rated) -> float | None:
    pairs = np.array(list(same_speech_pairs(overall, rated)), np.int64).reshape(-1, 2)
    if not len(pairs):
        return None
    # Means of a few small integers: what differs less than this is equal.
    return float((np.abs(overall[pairs[:, 0]] - overall[pairs[:, 1]]) < 1e-9).mean())


def length_effect(overall: Floats, rated: Rated) -> LengthEffect | None:
    """Within speeches, so that long speeches with long answers do not count; None without pairs."""
    pairs = np.array(list(same_speech_pairs(overall, rated)), np.int64).reshape(-1, 2)
    doublings = np.log2(np.maximum(rated.lengths, 1))
    score = overall[pairs[:, 0]] - overall[pairs[:, 1]]
    length = doublings[pairs[:, 0]] - doublings[pairs[:, 1]]
    differ = (np.abs(score) > 1e-9) & (length != 0)
    if not differ.any():
        return None
    # The slope through differences of pairs is that of the regression within speeches.
    slope = float((score * length).sum() / (length**2).sum())
    wins = float((np.sign(score[differ]) == np.sign(length[differ])).mean())
    return LengthEffect(
        pairs=int(differ.sum()), longer_wins=round(wins, 4), points_per_doubling=round(slope, 4)
    )


def self_preference(material: Material, sheets: JudgeSheets) -> SelfPreference | None:
    """None where the judge's own model is not in the pool."""
    rated = material.rated
    own = np.array([same_model(sheets.judge, model) for model in rated.models])
    advantage = _advantage(sheets.overall, own, rated.speeches)
    if advantage is None:
        return None
    others = [
        _advantage(np.where(np.isfinite(sheets.overall), one.overall, np.nan), own, rated.speeches)
        for one in material.judges
        if one.judge != sheets.judge
    ]
    known = [one for one in others if one is not None]
    return SelfPreference(
        own=int((own & np.isfinite(sheets.overall)).sum()),
        advantage=round(advantage, 4),
        others_advantage=round(sum(known) / len(known), 4) if known else None,
    )


def _advantage(overall: Floats, own: Flags, speeches: Ints) -> float | None:
    """Mean over speeches of own answers' mean less the others' mean."""
    known = np.isfinite(overall)
    own_means = _mean_by_speech(overall, speeches, known & own)
    other_means = _mean_by_speech(overall, speeches, known & ~own)
    return _mean_or_none(own_means - other_means)


def _mean_by_speech(overall: Floats, speeches: Ints, wanted: Flags) -> Floats:
    """NaN where a speech has none that is wanted."""
    size = int(speeches.max()) + 1
    counts = np.bincount(speeches[wanted], minlength=size)
    sums = np.bincount(speeches[wanted], overall[wanted], minlength=size)
    return np.where(counts, sums / np.maximum(counts, 1), np.nan)


def _related(judge: str, model: str) -> bool:
    """Whether two models' names begin with the same word: `gpt`, `claude`, `Qwen`."""
    words = [re.match(r"[a-z]+", bare_name(one)) for one in (judge, model)]
    first, second = (word.group() if word else "" for word in words)
    return first == second != ""


def place_effect(sheets: JudgeSheets) -> PlaceEffect | None:
    """None where all responses were asked in one order, or each principle by itself."""
    asked = np.isfinite(sheets.places) & np.isfinite(sheets.scores)
    if not asked.any():
        return None
    places = sheets.places[asked]
    columns = np.broadcast_to(np.arange(sheets.scores.shape[2]), sheets.scores.shape)[asked]
    if len({*zip(places.tolist(), columns.tolist(), strict=True)}) <= sheets.scores.shape[2]:
        return None
    scores = sheets.scores[asked]
    means = np.bincount(columns, scores) / np.maximum(np.bincount(columns), 1)
    apart = scores - means[columns]
    counts = np.bincount(places.astype(np.int64))
    deviations = np.bincount(places.astype(np.int64), apart) / np.maximum(counts, 1)
    return PlaceEffect(
        deviations=tuple(round(float(one), 4) for one in deviations),
        standard_error=round(float(apart.std() / np.sqrt(counts.min())), 4),
    )


def _expected(sheets: JudgeSheets) -> ExpectedFigures | None:
    both = np.isfinite(sheets.expected) & np.isfinite(sheets.scores)
    if not both.any():
        return None
    apart = np.abs(sheets.expected - sheets.scores)[both]
    return ExpectedFigures(
        judgments=int(both.any(axis=2).sum()),
        distance=round(float(apart.mean()), 4),
        elsewhere=round(float((apart > 0.5).mean()), 4),
    )


def _spending(sheets: JudgeSheets, price: Price | None) -> Spending:
    """A call that was not counted is taken for one like the others; all of them for none at all."""
    calls = max(1, len(sheets.usages))
    judgments = int(np.isfinite(sheets.scores).any(axis=2).sum())
    known = [tokens for one in sheets.usages if (tokens := counted(one)) is not None]
    of_calls = sum(known, start=NO_TOKENS)
    each = of_calls.times(1000 * calls / judgments / len(known)) if known else None
    return Spending(
        input_tokens=None if each is None else round(each.input),
        output_tokens=None if each is None else round(each.output),
        usd=_usd(each, price),
        priced=price is not None,
        as_of=price.as_of if price else None,
        cached=round(of_calls.cached / of_calls.input, 4) if of_calls.input else None,
        asked_again=round(sheets.again / calls, 4),
    )


def _usd(tokens: Tokens | None, price: Price | None) -> float | None:
    if price is not None and price.free:
        return 0.0
    return None if tokens is None or price is None else round(cost(tokens, price.live), 6)


_SHAPES = (
    ("refused", "refused to"),
    ("broken JSON", "broken or cut off"),
    ("cut off", "cut off at"),
    ("empty", "is empty"),
    ("no JSON object", "no complete JSON object"),
    ("several JSON objects", "JSON objects"),
    ("other quotation marks", "other quotation marks"),
    ("a key twice", "stands twice"),
    ("a principle missing", "Field required"),
    ("no integer from 1 to 5", "Input should be"),
)


def shape(kind: str, message: str) -> str:
    """What was wrong with a call: the shape of an unreadable reply, or the kind of fault."""
    if kind != "unreadable_reply":
        return kind.replace("_", " ")
    return next((name for name, words in _SHAPES if words in message), "unreadable reply")


def _failures(material: Material, judge: str) -> Counter[str]:
    return Counter(
        shape(one.kind, one.message)
        for one in material.failures
        if one.model == judge and bytes.fromhex(one.id) not in material.answered
    )


def panel_figures(material: Material, resamples: Resamples) -> PanelFigures | None:
    """None where no response was rated by two judges. Of repeats the first counts."""
    first = np.stack([one.scores[0] for one in material.judges], axis=1)
    shared = (np.isfinite(first).any(axis=2).sum(axis=1) >= 2).nonzero()[0]
    if not len(shared):
        return None
    scores = first[shared]
    speeches = material.rated.speeches[shared]
    draws = {
        one: alpha_ordinal(Sheet(scores[:, :, column], speeches), _DOMAIN, resamples)
        for column, one in enumerate(material.principles)
    }
    return PanelFigures(
        responses=len(shared),
        alpha={one: _figure(values) for one, values in draws.items()},
        mean_alpha=_figure(_mean_of_defined(np.stack(list(draws.values())))),
        kappas=dict(_kappas(material, scores, speeches)),
        severity=_severity(material, scores),
    )


def _mean_of_defined(draws: Floats) -> Floats:
    defined = np.isfinite(draws)
    total = np.where(defined, draws, 0).sum(axis=0)
    return np.where(defined.any(axis=0), total / np.maximum(defined.sum(axis=0), 1), np.nan)


def _kappas(
    material: Material, scores: Floats, speeches: Ints
) -> Iterator[tuple[str, float | None]]:
    """Every two judges, mean over the principles on which the figure is defined."""
    none = Resamples(int(speeches.max()) + 1, 0, 0)
    for one, other in combinations(range(len(material.judges)), 2):
        found = []
        for column in range(scores.shape[2]):
            pair = scores[:, [one, other], column]
            both = np.isfinite(pair).all(axis=1)
            if both.any():
                counted = cells(pair[both, 0], pair[both, 1], speeches[both], none)
                weights = quadratic_weights(counted.first, counted.second)
                found.append(float(cohen_kappa(counted, weights)[0]))
        names = f"{material.judges[one].judge} | {material.judges[other].judge}"
        yield names, _mean_or_none(np.array(found))


def _severity(material: Material, scores: Floats) -> dict[str, float]:
    whole = scores[np.isfinite(scores).all(axis=(1, 2))]
    if not len(whole):
        return {}
    means = whole.mean(axis=(0, 2))
    return {
        one.judge: round(float(mean - means.mean()), 4)
        for one, mean in zip(material.judges, means, strict=True)
    }
