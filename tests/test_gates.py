"""What keeps a pair out although its scores differ enough. All texts are invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import orjson
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged_runs import JUDGE, RUBRIC, Given, build_run, judged_run

from psychocounsel_data import journal
from psychocounsel_data.config import PairGates, PairsConfig
from psychocounsel_data.dataset.building import Build, Recipe, explained
from psychocounsel_data.dataset.tally import BuildSummary
from psychocounsel_data.errors import ConfigError, RunError
from psychocounsel_data.judging.aggregation import Panel, Seat
from psychocounsel_data.pairs.gates import GATES, RatingGates, bit, first_reason, in_use, reasons
from psychocounsel_data.pairs.limits import largest_cap, limited
from psychocounsel_data.records import RejectedPair, RiskFlag
from psychocounsel_data.resources import load_rubric
from psychocounsel_data.risk.policy import passes_veto
from psychocounsel_data.run import Run

BEST, GOOD, POOR = [5] * 7, [4] * 7, [2] * 7
LONG = "You have carried this for a long time. " * 3


def safe(rating: int, others: int) -> list[int]:
    """Ratings with one for safety and the same for all others."""
    return [others, others, others, rating, others, others, others]


def gated(
    tmp_path: Path, answers: Sequence[Given], gates: Mapping[str, object], **more: object
) -> tuple[Run, BuildSummary]:
    """One speech with these answers, and one beside it that always has a pair."""
    beside = [
        Given("x", BEST, "What would help you now?"),
        Given("y", POOR, "Get over it."),
    ]
    given_ = {"s-0": answers, "s-1": beside}
    config = {"test_fraction": 0, "gates": {"preset": "published", **gates}, **more}
    run = judged_run(tmp_path, given_, pairs=config)
    return run, build_run(run)


def kept_out(run: Run) -> list[tuple[str, str, tuple[str, ...]]]:
    """Of the first speech: rejected answer's id is left out, the reasons stand."""
    return [
        (one.speech_id, one.reason, one.also)
        for one in journal.read(run.rejected_pairs, RejectedPair)
    ]


CASES: dict[str, tuple[Mapping[str, object], Given, Given]] = {
    "safety_floor": ({"safety_floor": 3}, Given("a", safe(2, 5)), Given("b", safe(1, 1))),
    "safety_veto": ({"safety_veto": True}, Given("a", safe(4, 5)), Given("b", safe(5, 1))),
    "principle_floor": ({"floors": {"empathy": 5}}, Given("a", GOOD), Given("b", POOR)),
    "principle_margin": ({"margins": {"empathy": 3}}, Given("a", GOOD), Given("b", POOR)),
    "refusal": (
        {"refusal": "either"},
        Given("a", GOOD),
        Given("b", POOR, "I cannot help with this."),
    ),
    "boilerplate": (
        {"boilerplate": "chosen"},
        Given("a", GOOD, "As an AI, I care."),
        Given("b", POOR),
    ),
    "persona_leak": (
        {"persona_leak": True},
        Given("a", GOOD),
        Given("b", POOR, "As a therapist, I ask."),
    ),
    "other_language": (
        {"other_language": "either"},
        Given("a", GOOD),
        Given("b", POOR, "你好, 我在听你说话."),
    ),
    "too_long": ({"max_tokens": 20}, Given("a", GOOD, LONG), Given("b", POOR, "No.")),
    "length_ratio": ({"max_length_ratio": 2}, Given("a", GOOD, LONG), Given("b", POOR, "No.")),
    "near_identical": (
        {"near_identical": 0.6},
        Given("a", GOOD, "You are tired. It is hard. Who helps you. Tell me."),
        Given("b", POOR, "You are tired. It is hard. Who helps you. Go."),
    ),
}


@pytest.mark.parametrize("gate", CASES)
def test_each_gate_keeps_out_its_pair_and_says_so(tmp_path: Path, gate: str) -> None:
    """In the summary, in rejected_pairs.jsonl and in build.json; the other speech's pair stays."""
    config, better, worse = CASES[gate]
    run, summary = gated(tmp_path, [better, worse], config)

    assert summary.train.kept_out == {gate: 1}
    assert summary.train.against == {gate: 1}
    assert summary.train.unpaired == {"kept_out": 1}
    assert kept_out(run) == [("s-0", gate, ())]
    assert gate in summary.gates
    built = Build.model_validate_json(run.build.read_bytes())
    assert built.summary == summary
    assert [one.speech_id for one in built.examples[gate]] == ["s-0"]


@pytest.mark.parametrize("gate", CASES)
def test_without_its_gate_the_pair_is_there(tmp_path: Path, gate: str) -> None:
    """The published recipe has none of them."""
    _, better, worse = CASES[gate]
    run, summary = gated(tmp_path, [better, worse], {})

    assert summary.train.pairs == 2
    assert summary.gates == ("same_text",)
    assert kept_out(run) == []


def test_an_answer_in_another_language_is_kept_out_where_that_is_sure(tmp_path: Path) -> None:
    """Same script; from the second sentence on is enough, one word is not."""
    english = "I have not slept for weeks, and my work is suffering from it."
    spanish = "Siento mucho que estés pasando por esto, y me pregunto quién te ayuda en casa."
    answers = {
        "s-0": [Given("a", GOOD, "What keeps you awake?"), Given("b", POOR, spanish)],
        "s-1": [Given("a", GOOD, "What keeps you awake?"), Given("b", POOR, "Mañana.")],
    }
    run = judged_run(
        tmp_path,
        answers,
        pairs={"gates": {"preset": "published", "other_language": "either"}},
        texts=dict.fromkeys(answers, english),
    )

    assert build_run(run).train.kept_out == {"other_language": 1}
    assert kept_out(run) == [("s-0", "other_language", ())]


def test_the_first_gate_is_the_reason_and_the_others_stand_beside_it(tmp_path: Path) -> None:
    """In the order of `GATES`, whatever run.yaml's order."""
    worse = Given("b", safe(5, 1), "As a therapist, I ask.")
    config = {"persona_leak": "either", "safety_veto": True, "safety_floor": 3}
    run, summary = gated(tmp_path, [Given("a", safe(2, 5)), worse], config)

    assert kept_out(run) == [("s-0", "safety_floor", ("safety_veto", "persona_leak"))]
    assert summary.train.kept_out == {"safety_floor": 1}
    assert summary.train.against == {"safety_floor": 1, "safety_veto": 1, "persona_leak": 1}


def test_a_fault_may_only_bar_the_chosen_side(tmp_path: Path) -> None:
    """`chosen` lets a model learn that such an answer is the worse one."""
    worse = Given("b", POOR, "As an AI, I do not know.")
    _, summary = gated(tmp_path, [Given("a", GOOD), worse], {"boilerplate": "chosen"})

    assert summary.train.pairs == 2


def test_the_best_is_the_best_that_may_be_chosen(tmp_path: Path) -> None:
    """A barred answer does not cost a speech its test pair."""
    answers = [Given("a", BEST, "As an AI, I care."), Given("b", GOOD), Given("c", POOR)]
    rule = {"strategy": "best_vs_worst", "min_margin": 0}
    run, summary = gated(tmp_path, answers, {"boilerplate": "chosen"}, train=rule)

    assert summary.train.chosen_models == {"b": 1, "x": 1}
    assert kept_out(run) == [("s-0", "boilerplate", ())]


def flagged(run: Run) -> None:
    """Give the first speech a risk flag."""
    lines = [orjson.loads(line.data) for line in journal.lines(run.speeches)]
    flag = RiskFlag(kind="crisis", tier="ideation", rule="r", start=0, end=1)
    lines[0]["flags"] = [flag.model_dump(exclude_none=True)]
    run.speeches.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))


def test_a_flagged_speech_has_a_veto_of_its_own(tmp_path: Path) -> None:
    """Safe enough elsewhere is not safe enough there."""
    answers = [Given("a", safe(3, 5)), Given("b", safe(3, 1))]
    run, summary = gated(tmp_path, answers, {"risk_veto": True})
    assert summary.train.pairs == 2

    flagged(run)
    assert build_run(run).train.kept_out == {"risk_veto": 1}


def test_a_speech_that_waits_for_a_person_has_no_pair(tmp_path: Path) -> None:
    """Nor has one that a person or a rule left out; its answers are counted under the reason."""
    run, _ = gated(tmp_path, [Given("a", GOOD), Given("b", POOR)], {})
    flagged(run)
    config = orjson.loads((run.folder / "run.yaml").read_bytes())
    (run.folder / "run.yaml").write_bytes(orjson.dumps({**config, "risk": {"crisis": "hold"}}))
    summary = build_run(Run(run.folder))

    assert summary.train.unpaired == {"held_for_review": 1}
    assert summary.responses_left_out == {"held_for_review": 2}
    assert summary.train.pairs == 1


RATING = st.integers(1, 5)


@given(RATING, RATING, st.integers(1, 4))
def test_the_risk_veto_is_the_policys(chosen: int, rejected: int, unit: int) -> None:
    """Said once in columns and once for a person to read."""
    gates = RatingGates(PairGates(safety_veto=False), ("safety",), unit)
    frame = pl.DataFrame({"chosen_safety": [chosen], "rejected_safety": [rejected], "veto": [True]})
    mask = frame.select(gates.faults_of_two()).item()
    passes = passes_veto(
        chosen_safety=Fraction(chosen, unit), rejected_safety=Fraction(rejected, unit)
    )

    assert (mask == 0) == passes


@given(st.lists(st.sampled_from(list(GATES)), unique=True))
def test_a_mask_names_its_gates_in_order(names: list[str]) -> None:
    """And the first of them is the reason."""
    mask = sum(bit(name) for name in names)
    first = pl.DataFrame({"m": [mask]}, schema={"m": pl.UInt32}).select(first_reason(pl.col("m")))

    assert set(reasons(mask)) == set(names)
    assert first.item() == (reasons(mask)[0] if names else None)


def test_gates_that_name_nothing_are_refused(tmp_path: Path) -> None:
    """A misspelt principle would be no gate at all."""
    with pytest.raises(ConfigError, match=r"pairs.gates.floors: .* did you mean 'empathy'"):
        gated(tmp_path, [Given("a", GOOD), Given("b", POOR)], {"floors": {"empaty": 3}})


def test_the_preset_and_the_switches_are_what_they_say() -> None:
    """`off` in YAML is a boolean; a named gate stays on under `published`."""
    published = PairGates.model_validate({"preset": "published", "safety_veto": True})
    off = PairGates.model_validate({"persona_leak": False, "refusal": True})

    assert list(in_use(published)) == ["same_text", "safety_veto"]
    assert off.persona_leak is None
    assert off.refusal == "either"
    assert list(in_use(PairGates())) == [
        "same_text",
        "near_identical",
        "safety_floor",
        "safety_veto",
        "risk_veto",
        "refusal",
        "boilerplate",
        "persona_leak",
        "other_language",
    ]


# --- limits -------------------------------------------------------------------------------------


@st.composite
def splits(draw: st.DrawFn) -> pl.DataFrame:
    """The pairs of one split as `deciding` has them."""
    rows = draw(
        st.lists(
            st.tuples(
                st.integers(0, 5), st.integers(1, 9), st.integers(0, 3), st.integers(-90, 90)
            ),
            min_size=1,
            max_size=30,
        )
    )
    rows.sort()
    return pl.DataFrame(
        {
            "speech": [one[0] for one in rows],
            "chosen": [one[0] * 10 + one[1] // 4 for one in rows],
            "points": [one[1] for one in rows],
            "model": [one[2] for one in rows],
            "longer": [one[3] for one in rows],
            "lot": [hash((7, number)) % 2**63 for number in range(len(rows))],
        },
        schema_overrides={"lot": pl.UInt64},
    ).with_row_index("pair")


def left(pairs: pl.DataFrame, **gates: object) -> pl.DataFrame:
    return limited(pairs, PairGates.model_validate(gates)).filter(pl.col("limit") == 0)


@given(splits(), st.integers(1, 4))
def test_caps_keep_as_many_as_they_may(pairs: pl.DataFrame, most: int) -> None:
    """Of a speech and of an answer the clearest, of a model drawn ones."""
    for key, gate in (
        ("speech", "max_per_speech"),
        ("chosen", "max_times_chosen"),
        ("model", "max_per_model"),
    ):
        kept = left(pairs, **{gate: most})
        for value, count in pairs[key].value_counts().iter_rows():
            of_it = kept.filter(pl.col(key) == value)
            assert of_it.height == min(count, most)
            if key != "model":
                gone = pairs.filter(pl.col(key) == value).join(of_it, on="pair", how="anti")
                assert gone.is_empty() or gone["points"].max() <= of_it["points"].min()


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.fractions(Fraction(1, 5), 1))
def test_the_share_of_a_model_is_kept_with_the_largest_cap(
    counts: list[int], share: Fraction
) -> None:
    """One more pair a model would break it."""

    def holds(cap: int) -> bool:
        kept = [min(count, cap) for count in counts]
        return max(kept) <= share * sum(kept)

    if not holds(1):
        with pytest.raises(RunError, match="max_model_share"):
            largest_cap(counts, share)
        return
    cap = largest_cap(counts, share)
    assert holds(cap)
    assert cap == max(counts) or not holds(cap + 1)


@given(splits(), st.integers(0, 40))
def test_length_is_matched(pairs: pl.DataFrame, bound: int) -> None:
    """In whichever direction the lengths differ."""
    kept = left(pairs, max_mean_length_difference=bound)

    assert abs(kept["longer"].sum()) <= bound * kept.height


@given(splits(), st.integers(0, 40))
def test_for_length_the_fewest_pairs_are_given_up(pairs: pl.DataFrame, bound: int) -> None:
    """Leaving out one pair less, whichever those are, would not do."""
    longer = pairs.with_columns(pl.col("longer").abs())
    kept = left(longer, max_mean_length_difference=bound)
    given_up = pairs.height - kept.height
    shortest = sorted(longer["longer"].to_list())[: kept.height + 1]

    assert not given_up or sum(shortest) > bound * len(shortest)


@given(splits())
def test_limits_that_upset_each_other_hold_in_the_end(pairs: pl.DataFrame) -> None:
    """Pairs that one takes away can break the other."""
    try:
        kept = left(pairs, max_model_share=0.6, max_mean_length_difference=10)
    except RunError:
        return
    if kept.height:
        assert kept["model"].value_counts()["count"].max() <= 0.6 * kept.height
        assert abs(kept["longer"].sum()) <= 10 * kept.height


# --- explaining ---------------------------------------------------------------------------------


def explanation(run: Run, speech_id: str = "s-0"):
    recipe = Recipe(
        Panel((Seat(JUDGE, 1),), "mean", None, exclude_self=False),
        RUBRIC,
        run.config.pairs,
        load_rubric(run.folder).principles,
    )
    return explained(run, recipe, speech_id)


def test_every_two_answers_are_explained(tmp_path: Path) -> None:
    """Pair, kept out, too close, tied: each with its reason in words."""
    answers = [
        Given("a", BEST),
        Given("b", BEST),
        Given("c", safe(5, 4)),
        Given("leak", POOR, "As a therapist, I ask you."),
        Given("cut", POOR, finish="length"),
    ]
    run, _ = gated(tmp_path, answers, {"persona_leak": "either"})
    found = explanation(run)
    outcomes = {
        frozenset((by_id(found, two.chosen), by_id(found, two.rejected))): two for two in found.twos
    }

    assert outcomes[frozenset("ab")].outcome == "tied"
    assert outcomes[frozenset("ac")].outcome == "too_close"
    leak = outcomes[frozenset(("a", "leak"))]
    assert (leak.outcome, leak.gates) == ("kept_out", ("persona_leak",))
    assert "As a therapist" in leak.why
    assert [one.name for one in found.left_out] == ["cut"]
    assert found.left_out[0].reason == "finish_length"
    assert found.candidates[-1].phrases == {"persona_leak": "As a therapist, I"}
    assert [two.outcome for two in explanation(run, "s-1").twos] == ["pair"]


def by_id(found, response_id: str) -> str:
    return next(one.name for one in found.candidates if one.response_id == response_id)


def test_a_speech_that_is_not_there_is_named_with_the_nearest(tmp_path: Path) -> None:
    """A slip of the keyboard is the commonest reason."""
    run, _ = gated(tmp_path, [Given("a", GOOD), Given("b", POOR)], {})
    with pytest.raises(RunError, match=r"no speech 's-00' .* did you mean 's-0'"):
        explanation(run, "s-00")


def test_gates_do_not_depend_on_the_order_in_which_they_are_written() -> None:
    """The recipe's hash is the same for the same rules."""
    one = PairsConfig.model_validate({"gates": {"max_per_speech": 2, "safety_veto": True}})
    other = PairsConfig.model_validate({"gates": {"safety_veto": True, "max_per_speech": 2}})
    panel = Panel((), "mean", None, exclude_self=False)

    assert Recipe(panel, RUBRIC, one, ()).hash == Recipe(panel, RUBRIC, other, ()).hash
