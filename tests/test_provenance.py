"""Known sources, where speeches are from, and what a release of them may be under."""

import hashlib
from itertools import combinations
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from psychocounsel_data import provenance
from psychocounsel_data.config import SourceConfig
from psychocounsel_data.errors import ConfigError, InputError
from psychocounsel_data.licences import LICENCES, Source, conflict, derive
from psychocounsel_data.loading import load
from psychocounsel_data.run import Run
from psychocounsel_data.sources.catalogue import catalogue, completed, known


def sources(*licences: str | None) -> list[Source]:
    return [Source(f"s{number}", one) for number, one in enumerate(licences)]


@pytest.mark.parametrize(
    ("licences", "derived"),
    [
        (["mit"], "mit"),
        (["MIT", "Apache-2.0"], "apache-2.0"),
        (["cc0-1.0"], "cc0-1.0"),
        (["cc0-1.0", "mit"], "mit"),
        (["mit", "cc-by-4.0", "cc0-1.0"], "cc-by-4.0"),
        (["cc-by-4.0", "cc-by-nc-4.0"], "cc-by-nc-4.0"),
        (["mit", "cc-by-nc-sa-4.0"], "cc-by-nc-sa-4.0"),
        (["cc-by-nc-4.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0"], "cc-by-nc-sa-4.0"),
        (["apache-2.0", "cc-by-sa-4.0"], "cc-by-sa-4.0"),
        ([], None),
    ],
)
def test_a_release_keeps_the_conditions_of_every_source(
    licences: list[str], derived: str | None
) -> None:
    """The least restrictive licence that does."""
    assert derive(sources(*licences)).license == derived
    assert derive(sources(*licences)).blocked == ()


@pytest.mark.parametrize(
    ("licences", "reason"),
    [
        (["mit", None], "the licence of s1 is not known: name it under `sources:`"),
        (["mit", "other"], "what 'other' (s1) allows is not known here"),
        (["cc-by-nd-4.0"], "s0 is under cc-by-nd-4.0: nothing made from it may be published"),
        (["cc-by-sa-4.0", "cc-by-nc-4.0"], "they cannot be released together"),
        (["cc-by-sa-4.0", "cc-by-nc-sa-4.0"], "they cannot be released together"),
        (["odbl", "cc-by-sa-4.0"], "they cannot be released together"),
    ],
)
def test_what_is_unknown_or_forbids_it_blocks_a_release(
    licences: list[str | None], reason: str
) -> None:
    """With the reason, and no licence guessed."""
    found = derive(sources(*licences))

    assert found.license is None
    assert reason in found.blocked[0]


@pytest.mark.parametrize(
    ("licences", "wanted", "reason"),
    [
        (["mit"], "mit", None),
        (["mit"], "cc-by-nc-4.0", None),
        (["mit"], "CC-BY-4.0", None),
        (["mit"], "cc0-1.0", "s0 is under mit, which asks that its makers are named; cc0-1.0"),
        (["cc-by-4.0", "cc-by-nc-4.0"], "cc-by-4.0", "which forbids commercial use"),
        (["cc-by-sa-4.0"], "cc-by-4.0", "is under the same licence; cc-by-4.0"),
        (["cc-by-sa-4.0"], "cc-by-sa-3.0", "asks for its own version of the licence or a later"),
        (["cc-by-nc-4.0"], "cc-by-nc-nd-4.0", None),
        (["mit"], "my-own", "what 'my-own' allows is not known here"),
        ([None, "cc-by-nd-4.0"], "mit", None),
    ],
)  # fmt: skip
def test_a_conflicting_licence_is_named_with_its_source(
    licences: list[str | None], wanted: str, reason: str | None
) -> None:
    """Stricter is allowed, looser is not."""
    found = conflict(sources(*licences), wanted)

    assert found == reason or (reason is not None and found is not None and reason in found)


@given(st.lists(st.sampled_from(sorted(LICENCES)), min_size=1, max_size=5), st.randoms())
def test_the_derived_licence_never_conflicts_and_order_does_not_matter(
    licences: list[str], shuffle: st.randoms
) -> None:  # type: ignore[valid-type]
    """Whatever is mixed."""
    found = derive(sources(*licences))
    if found.license is not None:
        assert conflict(sources(*licences), found.license) is None
    shuffled = list(licences)
    shuffle.shuffle(shuffled)
    assert derive(sources(*shuffled)).license == found.license


def test_no_less_restrictive_licence_would_do() -> None:
    """Of every two: what comes before the derived one in the table conflicts or binds the same."""
    order = list(LICENCES)
    for one, other in combinations(order, 2):
        derived = derive(sources(one, other)).license
        if derived is None:
            continue
        looser = [LICENCES[name] for name in order[: order.index(derived)]]
        mine = LICENCES[derived]
        for candidate in looser:
            fewer = (
                candidate.attribution <= mine.attribution
                and candidate.noncommercial <= mine.noncommercial
                and not candidate.share_alike
                and candidate[1:] != mine[1:]
            )
            if fewer:
                assert conflict(sources(one, other), candidate.id) is not None


def test_every_known_source_is_whole_and_its_licence_is_in_the_table() -> None:
    """A file that is not, is a bug of ours."""
    names = [one.name for one in catalogue()]

    assert {"counsel-chat", "mentalagora", "therapistqa", "psych8k", "mentalchat16k"} <= set(names)
    for one in catalogue():
        assert one.addresses
        assert one.evidence
        assert one.license is None or one.license in LICENCES


def test_a_name_is_enough() -> None:
    """What run.yaml says goes before what is known."""
    plain = completed(SourceConfig(source="counsel-chat"), ["therapist"])
    own = SourceConfig.model_validate(
        {"source": "Counsel-Chat", "path": "mine.csv", "license": "cc-by-4.0", "text": "question"}
    )

    assert (plain.hub, plain.license) == ("nbertagnolli/counsel-chat", "mit")
    assert plain.text == "{questionTitle}\n\n{questionText}"
    assert list(plain.answers) == ["therapist"]
    assert completed(SourceConfig(source="counsel-chat")).answers == {}
    assert (completed(own).hub, completed(own).license) == (None, "cc-by-4.0")
    assert completed(own).text == "question"
    assert completed(own).label == "Counsel-Chat"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"source": "psych8"}, "no known source 'psych8': did you mean 'psych8k'"),
        ({"source": "therapistqa"}, "not on the Hub: give the `path:` of your copy; see https://"),
        ({"source": "mentalagora", "path": "a.csv"}, "name the column with the speech as `text:`"),
    ],
)
def test_what_only_the_user_can_tell_is_asked_for(source: dict[str, str], message: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ConfigError, match=message):
        completed(SourceConfig.model_validate(source))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run with two sources, one of them known, one without a licence that gives nothing."""
    header = "questionTitle,questionText,answerText\n"
    (tmp_path / "a.csv").write_text(header + "Low,I am low all day.,Tell me\n", "utf-8")
    (tmp_path / "b.csv").write_text("text\nx\n", "utf-8")
    config = {
        "sources": [
            {"source": "counsel-chat", "path": "a.csv", "consent": "asked"},
            {"path": "b.csv"},
        ],
        "clean": {"min_chars": 5},
    }
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(config), "utf-8")
    return Run(tmp_path)


def test_where_the_speeches_are_from_is_written_beside_them(run: Run) -> None:
    """Address, hash, licence, consent; a source that gave no speech asks for nothing."""
    load(run)
    found = provenance.read(run)
    assert found is not None
    known_one, other = found.sources
    content = (run.folder / "a.csv").read_bytes()

    assert known_one.name == known_one.source == "counsel-chat"
    assert known_one.address == known("counsel-chat").addresses[0]
    assert known_one.files[0].sha256 == hashlib.sha256(content).hexdigest()
    assert (known_one.license, known_one.consent) == ("mit", "asked")
    assert (known_one.rows, known_one.kept) == (1, 1)
    assert (other.license, other.kept, other.dropped) == (None, 0, {"too_short": 1})
    assert (found.license, found.blocked) == ("mit", ())


def test_a_second_load_writes_the_same_provenance(run: Run) -> None:
    """No time, no path of this machine."""
    load(run)
    before = run.provenance.read_bytes()
    load(run)

    assert run.provenance.read_bytes() == before
    assert str(run.folder).encode() not in before


def test_a_conflicting_push_licence_is_refused_with_the_reason(run: Run) -> None:
    """And the remedy."""
    load(run)
    found = provenance.read(run)
    assert found is not None

    provenance.check_licence(found, "cc-by-nc-4.0")
    provenance.check_public(found)
    with pytest.raises(ConfigError, match=r"push.license: cc0-1.0: counsel-chat is .*: write mit"):
        provenance.check_licence(found, "cc0-1.0")


def test_a_release_is_held_against_its_sources(run: Run) -> None:
    """What run.yaml says it is to be under; and a public one is held to more."""
    provenance.check_release(run, public=True)  # loaded before there was a sources.json
    text = (run.folder / "run.yaml").read_text("utf-8")
    (run.folder / "run.yaml").write_text(text + "push: {license: cc0-1.0}\n", "utf-8")
    load(run)

    with pytest.raises(ConfigError, match=r"push.license: cc0-1.0"):
        provenance.check_release(Run(run.folder), public=False)


def test_an_unknown_licence_keeps_a_data_set_private(run: Run) -> None:
    """Until its user names it."""
    (run.folder / "b.csv").write_text("text\nI am low at night.\n", "utf-8")
    load(run)
    found = provenance.read(run)
    assert found is not None

    with pytest.raises(ConfigError, match="may not be public: the licence of b is not known"):
        provenance.check_public(found)


def test_a_run_from_before_has_no_provenance_and_a_broken_one_is_told(run: Run) -> None:
    """Both are no reason to guess."""
    assert provenance.read(run) is None
    run.provenance.write_text("{}", "utf-8")
    with pytest.raises(InputError, match="run `pcdata load` again"):
        provenance.read(run)
