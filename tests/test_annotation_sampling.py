"""Which pairs experts see: strata, turns, repeats, and always the same."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from psychocounsel_data.annotation.sampling import BANDS, Contest, draw, with_repeats

MODELS = ("ant", "bee", "cat", "dog")


def contest(number: int, margin: float = 1.2, **changes: object) -> Contest:
    pair = (MODELS[number % 4], MODELS[(number + 1) % 4])
    base = Contest(
        f"s{number}", (f"r{number}a", f"r{number}b"), (1.0, 1.0 + margin), pair, None, False
    )
    return base._replace(**changes)  # type: ignore[arg-type]


@st.composite
def pools(draw_: st.DrawFn) -> list[Contest]:
    size = draw_(st.integers(0, 40))
    return [
        Contest(
            f"s{draw_(st.integers(0, 15))}",
            (f"r{number}a", f"r{number}b"),
            (draw_(st.integers(7, 35)) / 7, draw_(st.integers(7, 35)) / 7),
            (draw_(st.sampled_from(MODELS)), draw_(st.sampled_from(MODELS))),
            draw_(st.sampled_from((None, "sleep", "work"))),
            draw_(st.booleans()),
        )
        for number in range(size)
    ]


@given(pools(), st.integers(1, 30), st.floats(0, 1), st.integers(0, 3), st.randoms())
def test_a_sample_depends_on_the_seed_and_not_on_the_order_of_the_input(
    pool: list[Contest], items: int, share: float, seed: int, random: object
) -> None:
    """Nothing is shown twice, equal scores never, and as many as there are."""
    sample = draw(pool, items=items, flagged_share=share, seed=seed)
    mixed = list(pool)
    random.shuffle(mixed)  # type: ignore[attr-defined]

    assert draw(mixed, items=items, flagged_share=share, seed=seed) == sample
    assert len(set(sample)) == len(sample)
    assert len(sample) == min(items, sum(one.band is not None for one in pool))
    assert all(one.scores[0] != one.scores[1] for one in sample)


def test_margin_bands_have_equal_shares() -> None:
    """Nine tenths of all pairs have a small margin, and a fifth of the sample has."""
    margins = [0.2] * 180 + [0.6, 1.1, 1.6, 2.4] * 5
    pool = [contest(number, margin) for number, margin in enumerate(margins)]
    sample = draw(pool, items=25, flagged_share=0, seed=0)

    assert Counter(one.band for one in sample) == dict.fromkeys([name for name, _ in BANDS], 5)


def test_a_band_that_has_too_few_is_filled_up_from_the_others() -> None:
    """A sample of the size that was asked for, where there is one."""
    pool = [contest(number, 0.2) for number in range(20)] + [contest(99, 2.5)]
    sample = draw(pool, items=10, flagged_share=0, seed=0)

    assert Counter(one.band for one in sample) == {"0-0.5": 9, "2+": 1}


def test_a_margin_on_the_edge_belongs_to_the_band_above() -> None:
    """In floats 16/7 - 9/7 is a little less than 1."""
    assert contest(1)._replace(scores=(9 / 7, 16 / 7)).band == "1-1.5"
    assert contest(1)._replace(scores=(3.0, 3.0)).band is None


def test_flagged_speeches_get_their_share() -> None:
    """They are few, and what is said to them matters most."""
    pool = [contest(number, flagged=number < 10) for number in range(200)]
    sample = draw(pool, items=40, flagged_share=0.2, seed=0)

    assert sum(one.flagged for one in sample) == 8


def test_speeches_topics_and_models_take_turns() -> None:
    """No speech twice while there is another, and no topic or model left out by chance."""
    pool = [
        contest(number, topic="rare" if number % 10 == 0 else "common", speech_id=f"s{number // 2}")
        for number in range(100)
    ]
    sample = draw(pool, items=20, flagged_share=0, seed=0)

    assert len({one.speech_id for one in sample}) == 20
    assert Counter(one.topic for one in sample) == {"rare": 10, "common": 10}
    counts = Counter(model for one in sample for model in one.models)
    assert max(counts.values()) - min(counts.values()) <= 2


@given(st.lists(st.integers(), unique=True, max_size=200), st.floats(0, 0.5))
def test_repeats_stand_well_after_what_they_repeat(order: list[int], share: float) -> None:
    """About half a sequence lies between, and nothing is repeated twice or lost."""
    shown = with_repeats(order, share)
    firsts = [one for one, repeat in shown if not repeat]
    repeats = [one for one, repeat in shown if repeat]

    assert firsts == order
    assert len(repeats) == len(set(repeats)) == min(round(len(order) * share), len(order) // 2)
    for one in repeats:
        assert shown.index((one, True)) - shown.index((one, False)) >= len(order) // 2
