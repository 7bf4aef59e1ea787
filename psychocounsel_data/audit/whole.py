"""Every check in one list, and the audit that makes them all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from psychocounsel_data.audit import between, bias, licence, pairwise, sensitive
from psychocounsel_data.audit.finding import Audit, Finding, Lengths, Level, Models, Place
from psychocounsel_data.audit.pairwise import PHRASES, Lacking, Scale
from psychocounsel_data.audit.reading import Pairs
from psychocounsel_data.audit.sensitive import Looked

if TYPE_CHECKING:
    import polars as pl

TELLING: Final = 0.6
"""From which share of pairs guessed right a length or a name tells too much. Ours."""
_GRAVEST: Final[dict[Level, int]] = {"error": 0, "warning": 1, "note": 2}


class Check(NamedTuple):
    """A check of every pair."""

    name: str
    level: Level
    fixable: bool
    says: str
    """What is the matter with a pair that fails it."""
    failing: Callable[[Pairs], pl.Series | Lacking]


def checks(scale: Scale) -> tuple[Check, ...]:
    """The checks of pairs."""
    return (
        Check("empty_text", "error", True, "the question or an answer is empty",
              pairwise.empty_text),
        Check("out_of_range", "error", True,
              f"a rating or score is not within {scale.low:g} to {scale.high:g}",
              partial(pairwise.out_of_range, scale=scale)),
        Check("missing_number", "error", True, "a rating or score is missing",
              pairwise.missing_number),
        Check("rated_below", "error", True, "the rejected answer is scored higher",
              pairwise.rated_below),
        Check("rated_equal", "warning", True, "both answers are scored the same",
              pairwise.rated_equal),
        Check("safety_inversion", "error", True, "the rejected answer is rated safer",
              pairwise.safety_inversion),
        Check("identical", "error", True, "both answers have the same words",
              pairwise.identical),
        Check("near_identical", "warning", True, "both answers say nearly the same",
              pairwise.near_identical),
        Check("other_language", "warning", True,
              "an answer is in another language or script than the question",
              pairwise.other_language),
        Check("duplicate", "warning", True, "the pair is in its split already",
              between.duplicate),
        Check("contradictory", "error", True,
              "another pair has the same answers to the same question the other way round",
              between.contradictory),
        Check("leaked", "error", True, "the question is in a later split too",
              between.leaked),
        Check("nearly_leaked", "error", True, "a later split has nearly the same question",
              between.nearly_leaked),
        *_phrase_checks(),
    )  # fmt: skip


def _phrase_checks() -> Iterator[Check]:
    """A phrase on the chosen side is learnt; on the rejected side it is a hint, and often right."""
    for name, (phrases, says) in PHRASES.items():
        level: Level = "error" if name == "persona_leak" else "warning"
        on_chosen = partial(pairwise.phrase_chosen, phrases=phrases)
        on_rejected = partial(pairwise.phrase_rejected, phrases=phrases)
        yield Check(f"{name}_chosen", level, True, f"the chosen answer {says}", on_chosen)
        yield Check(
            f"{name}_rejected", "note", False, f"only the rejected answer {says}", on_rejected
        )


def audit(pairs: Pairs, name: str, *, scale: Scale | None = None) -> Audit:
    """Make every check.

    Args:
        pairs: the data set.
        name: what it is called in the result.
        scale: the ends of the scale of ratings and scores; 1 to 5 where left out.
    """
    passed: list[str] = []
    not_checked: dict[str, str] = {}
    findings: list[Finding] = []
    for check in checks(scale or Scale()):
        failing = check.failing(pairs)
        if isinstance(failing, Lacking):
            not_checked[check.name] = failing.what
        elif not failing.any():
            passed.append(check.name)
        else:
            findings.append(_finding(pairs, check, failing))
    lengths, models = bias.lengths(pairs), bias.models(pairs)
    if models is None:
        not_checked["model_bias"] = "the models' names"
    if pairs.folder is None:
        not_checked["licence"] = "a folder with a data card"
    if models is None:
        not_checked["model_terms"] = "the models' names"
    misfits = licence.misfits(pairs)
    if misfits is None:
        not_checked["licence_sources"] = "a source whose licence is known"
    whole = {
        "personal": _looked(
            pairs,
            "personal",
            "warning",
            "the question holds something that may point to a person",
            sensitive.personal(pairs),
        ),
        "danger": _looked(
            pairs,
            "danger",
            "note",
            "the question shows a sign of danger: see that the chosen answer meets it",
            sensitive.danger(pairs),
        ),
        "length_bias": _length_bias(lengths, pairs.frame.height),
        "model_bias": _model_bias(models),
        "licence": _of_whole("licence", "warning", _stated(pairs)),
        "licence_sources": _of_whole("licence_sources", "warning", misfits or ()),
        "model_terms": _of_whole("model_terms", "note", licence.model_terms(pairs)),
    }
    findings += [one for one in whole.values() if one is not None]
    passed += [key for key, one in whole.items() if one is None and key not in not_checked]
    return Audit(
        dataset=name,
        pairs=dict(pairs.frame.group_by("split", maintain_order=True).len().iter_rows()),
        columns=pairs.columns,
        findings=tuple(sorted(findings, key=lambda one: (_GRAVEST[one.level], -one.count))),
        passed=tuple(passed),
        not_checked=not_checked,
        lengths=lengths,
        models=models,
        margins=bias.margins(pairs),
    )


def _finding(pairs: Pairs, check: Check, failing: pl.Series) -> Finding:
    rows = places(pairs, failing)
    return Finding(
        name=check.name,
        level=check.level,
        count=len(rows),
        of=pairs.frame.height,
        says=check.says,
        rows=rows,
        fixable=check.fixable,
    )


def places(pairs: Pairs, mask: pl.Series) -> tuple[Place, ...]:
    """Where the pairs of a mask stand."""
    rows = pairs.frame.filter(mask).select("split", "row", "id").iter_rows()
    return tuple(Place(*row) for row in rows)


def _looked(pairs: Pairs, name: str, level: Level, says: str, found: Looked) -> Finding | None:
    """A finding about what the clients' words hold."""
    if not found.kinds:
        return None
    rows = places(pairs, found.mask)
    return Finding(
        name=name,
        level=level,
        count=len(rows),
        of=pairs.frame.height,
        says=says,
        detail=f"different questions with: {found.kinds}",
        rows=rows,
    )


def _length_bias(found: Lengths, pairs: int) -> Finding | None:
    share = found.chosen_longer
    if not _telling(share, pairs):
        return None
    which = "longer" if share > 0.5 else "shorter"
    return Finding(
        name="length_bias",
        level="warning",
        count=round(max(share, 1 - share) * pairs),
        of=pairs,
        says=f"the {which} answer is the chosen one",
        detail=f"chosen answers have {found.mean_chosen:,.0f} characters on average, rejected ones "
        f"{found.mean_rejected:,.0f}; length alone tells chosen from rejected with an AUC of "
        f"{found.auc:.2f}",
    )


def _model_bias(found: Models | None) -> Finding | None:
    if found is None or not _telling(found.guessed, found.pairs) or found.guessed < 0.5:
        return None
    first = max(found.shares, key=lambda one: (one.chosen - one.rejected, one.name))
    return Finding(
        name="model_bias",
        level="warning",
        count=round(found.guessed * found.pairs),
        of=found.pairs,
        says="the models' names alone tell which answer is chosen",
        detail=f"AUC {found.auc:.2f}; {first.name} is chosen in {first.chosen:,} pairs and "
        f"rejected in {first.rejected:,}",
    )


def _telling(share: float, pairs: int) -> bool:
    """Whether a share is far from a half, and not by chance (95%)."""
    off = abs(share - 0.5)
    return off >= TELLING - 0.5 and off > 1.96 * 0.5 / math.sqrt(pairs)


def _stated(pairs: Pairs) -> tuple[str, ...]:
    fault = licence.stated_fault(pairs.card) if pairs.folder else None
    return (fault,) if fault else ()


def _of_whole(name: str, level: Level, said: tuple[str, ...]) -> Finding | None:
    """A finding about the set as a whole, in one or several sentences."""
    if not said:
        return None
    return Finding(name=name, level=level, count=0, of=0, says=said[0], detail="\n".join(said[1:]))
