"""One result of everything a source of ratings holds. Pure."""

from __future__ import annotations

import numpy as np

from psychocounsel_data.agreement.annotated import Annotated
from psychocounsel_data.agreement.ratings import Ratings
from psychocounsel_data.agreement.reading import Table
from psychocounsel_data.agreement.resampling import Resamples
from psychocounsel_data.agreement.result import AgreementResult, LeftOut, Subject
from psychocounsel_data.agreement.study import (
    Settings,
    by_means,
    margin_curve,
    margin_curves,
    self_consistency,
    study,
)


def of_table(table: Table, source: str, settings: Settings) -> AgreementResult:
    """Everything that can be said of a table of ratings.

    Args:
        table: the ratings.
        source: what they are called.
        settings: how the study is done.
    """
    ratings = table.ratings
    subject: Subject = "labels" if ratings.labels else "ratings"
    return AgreementResult(
        source=source,
        judges=ratings.judges,
        humans=ratings.humans,
        resamples=settings.resamples,
        seed=settings.seed,
        parts=(study(ratings, subject, table.left_out, settings),),
        margins=margin_curves(ratings, settings),
        means=by_means(ratings, table.facet, settings) if table.facet else (),
        consistency=self_consistency(table.repeats, labels=bool(ratings.labels)),
        filtered=table.filtered,
    )


def of_annotations(said: Annotated, source: str, settings: Settings) -> AgreementResult:
    """Everything that can be said of what experts annotated in a run.

    Args:
        said: their annotations and the data set's labels.
        source: what the run is called.
        settings: how the study is done.
    """
    preferences, ratings = said.preferences, said.ratings
    parts = [study(preferences, "preference", _missing(preferences), settings)]
    if ratings is not None:
        # Rating is optional: what was not rated is not missing.
        parts.append(study(ratings, "ratings", (), settings))
    resamples = Resamples(preferences.group_count, settings.resamples, settings.seed)
    return AgreementResult(
        source=source,
        judges=preferences.judges,
        humans=preferences.humans,
        resamples=settings.resamples,
        seed=settings.seed,
        parts=tuple(parts),
        margins=(margin_curve(said.judge, said.seen, said.pool, resamples, settings),),
        means=by_means(ratings, said.facet, settings) if ratings and said.facet else (),
        consistency=self_consistency(said.repeats, labels=True),
        skipped=said.skipped,
        unknown=said.unknown,
        unsafe=said.unsafe,
    )


def _missing(ratings: Ratings) -> tuple[LeftOut, ...]:
    """How much of it each rater has scored."""
    counted = np.isfinite(ratings.scores).sum(axis=(0, 1))
    everything = ratings.scores.shape[0] * ratings.scores.shape[1]
    return tuple(
        LeftOut(
            rater=rater,
            scores=int(count),
            missing=everything - int(count),
            out_of_range=0,
            unreadable=0,
            repeated=0,
        )
        for rater, count in zip(ratings.raters, counted, strict=True)
    )
