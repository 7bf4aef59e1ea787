"""Several ratings of one response: what they come to, exactly, and when they come to nothing."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psychocounsel_data.config import Aggregate
from psychocounsel_data.judging.aggregation import (
    Panel,
    Refusal,
    Seat,
    Verdict,
    Vote,
    combine,
    contested,
    rate,
)

TWO = ("empathy", "safety")
RULES: tuple[Aggregate, ...] = ("mean", "median", "trimmed_mean")
ratings = st.lists(st.integers(1, 5), min_size=1, max_size=9)


def panel(*seats: tuple[str, int], rule: Aggregate = "mean", quorum: int | None = None,
          exclude_self: bool = False) -> Panel:  # fmt: skip
    return Panel(tuple(Seat(*seat) for seat in seats), rule, quorum, exclude_self)


def vote(judge: str, empathy: int, safety: int, repeat: int = 0) -> Vote:
    return Vote(judge, repeat, {"empathy": empathy, "safety": safety})


def verdict(votes: list[Vote], panel: Panel, model: str = "x:z") -> Verdict:
    found = rate(votes, panel=panel, model=model, principles=TWO)
    assert isinstance(found, Verdict), found
    return found


def refusal(votes: list[Vote], panel: Panel, model: str = "x:z") -> Refusal:
    found = rate(votes, panel=panel, model=model, principles=TWO)
    assert isinstance(found, Refusal), found
    return found


def test_one_judge_asked_once_gives_its_own_ratings() -> None:
    """The paper's recipe is the panel of one."""
    found = verdict([vote("x:a", 4, 2)], panel(("x:a", 1)))

    assert found.values == (4, 2)
    assert found.judges == ("x:a",)
    assert found.spread == 0 == found.ratings[0].deviation


def test_a_judge_asked_three_times_has_no_more_say_than_one_asked_once() -> None:
    """Repeats come first, judges after: (5 + 1) / 2, not (5 + 5 + 5 + 1) / 4."""
    votes = [vote("x:a", 5, 3, repeat) for repeat in range(3)] + [vote("x:b", 1, 4)]
    found = verdict(votes, panel(("x:a", 3), ("x:b", 1)))

    assert found.values == (3, Fraction(7, 2))
    assert (found.ratings[0].single, found.ratings[0].spread) == ((5, 5, 5, 1), 4)
    assert found.ratings[0].deviation == pytest.approx(3**0.5)


@pytest.mark.parametrize(
    ("rule", "of", "expected"),
    [
        ("mean", [1, 4, 4], Fraction(3)),
        ("mean", [4, 4, 5], Fraction(13, 3)),
        ("median", [1, 4, 5], Fraction(4)),
        ("median", [1, 2, 5, 5], Fraction(7, 2)),
        ("trimmed_mean", [1, 4, 5, 5], Fraction(9, 2)),
        ("trimmed_mean", [1, 5, 5], Fraction(5)),
        ("trimmed_mean", [1, 4], Fraction(5, 2)),
        ("trimmed_mean", [3], Fraction(3)),
    ],
)
def test_the_rules_are_what_their_names_say(
    rule: Aggregate, of: list[int], expected: Fraction
) -> None:
    """Exact: 13/3 is no float."""
    assert combine(of, rule) == expected


@given(st.sampled_from(RULES), ratings, st.randoms())
def test_the_order_of_ratings_means_nothing_and_the_result_lies_among_them(
    rule: Aggregate, of: list[int], random: object
) -> None:
    """No rule goes beyond what some judge said; equal ratings stay what they are."""
    shuffled = sorted(of, key=lambda _: random.random())  # type: ignore[attr-defined]

    assert combine(of, rule) == combine(shuffled, rule)
    assert min(of) <= combine(of, rule) <= max(of)
    assert combine([of[0]] * len(of), rule) == of[0]


@given(st.sampled_from(RULES), ratings)
def test_turning_the_scale_round_turns_the_result_round(rule: Aggregate, of: list[int]) -> None:
    """No rule leans to the high or the low end."""
    assert combine([6 - rating for rating in of], rule) == 6 - combine(of, rule)


def test_no_ratings_come_to_nothing() -> None:
    """There is no default."""
    with pytest.raises(ValueError, match="no rating"):
        combine([], "mean")


def test_principles_asked_one_by_one_are_put_together() -> None:
    """A judgment then holds one rating."""
    votes = [Vote("x:a", 0, {"safety": 2}), Vote("x:a", 0, {"empathy": 5})]

    assert verdict(votes, panel(("x:a", 1))).values == (5, 2)


@pytest.mark.parametrize(
    ("votes", "reason", "detail"),
    [
        ([], "not_judged", "x:a has not rated empathy, safety; x:b has not rated empathy, safety"),
        ([vote("x:a", 4, 4)], "incomplete_ratings", "x:b has not rated empathy, safety"),
        (
            [vote("x:a", 4, 4), Vote("x:b", 0, {"safety": 1})],
            "incomplete_ratings",
            "x:b has not rated empathy",
        ),
        ([vote("x:a", 4, 4), vote("x:b", 6, 4)], "unusable_ratings", "x:b has not rated"),
        ([vote("x:a", 4, 4), vote("x:b", 0, 4)], "unusable_ratings", "x:b has not rated"),
        (
            [vote("x:a", 4, 4), Vote("x:b", 0, {"empathy": 4, "safety": 4, "wit": 4})],
            "unusable_ratings",
            "x:b has not rated",
        ),
        ([vote("x:a", 4, 4), vote("x:b", 4, 4, repeat=1)], "incomplete_ratings", "x:b"),
        ([vote("x:a", 4, 4), vote("x:c", 4, 4)], "incomplete_ratings", "x:b"),
    ],
)
def test_what_is_missing_is_never_made_up(votes: list[Vote], reason: str, detail: str) -> None:
    """Neither a judge, nor a repeat, nor a principle; the refusal says which."""
    found = refusal(votes, panel(("x:a", 1), ("x:b", 1)))

    assert found.reason == reason
    assert detail in found.detail


def test_a_quorum_lets_a_judge_be_missing_and_says_who_counted() -> None:
    """A judge that refuses certain subjects would otherwise take them out of the data."""
    votes = [vote("x:a", 5, 5), vote("x:c", 2, 3), Vote("x:b", 0, {"safety": 1})]
    found = verdict(votes, panel(("x:a", 1), ("x:b", 1), ("x:c", 1), quorum=2))

    assert found.judges == ("x:a", "x:c")
    assert found.values == (Fraction(7, 2), 4)
    assert refusal(votes[1:], panel(("x:a", 1), ("x:b", 1), ("x:c", 1), quorum=2))


def test_a_judge_has_no_seat_where_its_own_model_answered() -> None:
    """Its vote is left aside even where an earlier run has asked for it."""
    votes = [vote("openai:gpt-4o", 5, 5), vote("x:b", 2, 2)]
    seats = panel(("openai:gpt-4o", 1), ("x:b", 1), exclude_self=True)

    assert verdict(votes, seats, "openai:gpt-4o-2024-08-06").values == (2, 2)
    assert verdict(votes, seats, "openai:gpt-4o-mini").values == (Fraction(7, 2), Fraction(7, 2))
    assert verdict(votes, seats._replace(exclude_self=False), "openai:gpt-4o").spread == 3


def test_a_response_that_only_its_own_model_could_rate_is_refused() -> None:
    """It has no rating, and the reason is not that nobody was asked."""
    seats = panel(("x:a", 1), exclude_self=True)

    assert refusal([vote("x:a", 5, 5)], seats, "x:a").reason == "own_model"


def test_a_quorum_larger_than_the_seats_left_asks_for_all_of_them() -> None:
    """Where a judge has no seat it cannot be waited for."""
    seats = panel(("x:a", 1), ("x:b", 1), quorum=2, exclude_self=True)

    assert verdict([vote("x:b", 3, 3)], seats, "x:a").judges == ("x:b",)


def test_the_newest_of_several_ratings_counts() -> None:
    """As everywhere in a journal."""
    votes = [vote("x:a", 1, 1), vote("x:a", 4, 5)]

    assert verdict(votes, panel(("x:a", 1))).values == (4, 5)


def test_disagreement_is_found_by_principle() -> None:
    """What is sent to review, and why."""
    votes = [vote("x:a", 5, 4), vote("x:b", 2, 3)]
    found = verdict(votes, panel(("x:a", 1), ("x:b", 1)))

    assert contested(found, TWO, 3) == ("empathy",)
    assert contested(found, TWO, 1) == TWO
    assert contested(found, TWO, 4) == ()
