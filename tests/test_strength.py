"""Bradley-Terry strengths: right where the answer is known, and honest where little is known."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psychocounsel_data.strength import standing

SCHEMA = {"ID": pl.String, "name_a": pl.String, "name_b": pl.String, "score_a": pl.Float64}


def twos(*rows: tuple[str, str, str, float, float]) -> pl.DataFrame:
    """`(speech, model, model, score, score)` each."""
    return pl.DataFrame(rows, schema={**SCHEMA, "score_b": pl.Float64}, orient="row")


def test_two_models_have_the_share_of_their_wins() -> None:
    """With many contests the added tie fades: 300 of 400 won is odds of 3 to 1."""
    rows = [(f"s-{i}", "a", "b", *((4.0, 2.0) if i % 4 else (2.0, 4.0))) for i in range(400)]
    found = {one.name: one for one in standing(twos(*rows), ["a", "b"]).strengths}

    # Against a model of mean strength (the geometric mean of 3 and 1), not against the other one.
    odds = 3**0.5
    assert found["a"].win_rate == pytest.approx(odds / (1 + odds), abs=0.005)
    assert found["a"].win_rate + found["b"].win_rate == pytest.approx(1)
    assert found["a"].low < found["a"].win_rate < found["a"].high
    assert found["a"].comparisons == 400


def test_who_never_loses_is_first_and_finite() -> None:
    """One contest says little: the interval is not to look sure."""
    found = standing(twos(("s-1", "a", "b", 5.0, 1.0)), ["a", "b", "c"]).strengths

    assert [one.name for one in found] == ["a", "c", "b"]
    assert 0.5 < found[0].win_rate < 1
    assert found[1].comparisons == 0


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from("ab"), st.sampled_from("bc"),
                  st.integers(1, 5), st.integers(1, 5)),
        max_size=30,
    )
)  # fmt: skip
def test_the_order_of_rows_and_of_sides_means_nothing(
    rows: list[tuple[int, str, str, int, int]],
) -> None:
    """Which of two answers is called the first is chance."""
    there = [(f"s-{s}", a, b, float(x), float(y)) for s, a, b, x, y in rows]
    back = [(s, b, a, y, x) for s, a, b, x, y in reversed(there)]
    one = standing(twos(*there), ["a", "b", "c"]).strengths
    other = {s.name: s for s in standing(twos(*back), ["a", "b", "c"]).strengths}

    for found in one:
        assert found.win_rate == pytest.approx(other[found.name].win_rate)
        assert found.low <= found.win_rate + 1e-9 or found.comparisons == 0
