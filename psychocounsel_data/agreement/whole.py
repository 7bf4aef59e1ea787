"""One result of everything a source of ratings holds. Pure."""

from __future__ import annotations

from psychocounsel_data.agreement.reading import Table
from psychocounsel_data.agreement.result import AgreementResult, Subject
from psychocounsel_data.agreement.study import (
    Settings,
    by_means,
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
