"""The data card says what was done to the data, and what was not."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest
import yaml

from psychocounsel_data import journal
from psychocounsel_data.agreement.result import AgreementResult
from psychocounsel_data.cli import main
from psychocounsel_data.dataset.card import escaped
from psychocounsel_data.judge_report.result import JudgeReport
from psychocounsel_data.run import Run


def pcdata(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["pcdata", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The quickstart, judged."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        pcdata(patch, "init", str(folder))
        for command in ("load", "generate", "judge"):
            assert pcdata(patch, command, "--run", str(folder)) == 0
    return folder


def card(folder: Path, monkeypatch: pytest.MonkeyPatch, more: str = "") -> str:
    """The card after another build, with some sections of run.yaml replaced."""
    path = folder / "run.yaml"
    before = path.read_text("utf-8")
    sections = {**yaml.safe_load(before), **(yaml.safe_load(more) or {})}
    path.write_text(yaml.safe_dump(sections), "utf-8")
    try:
        assert pcdata(monkeypatch, "build-pairs", "--run", str(folder)) == 0
    finally:
        path.write_text(before, "utf-8")
    return " ".join((folder / "dataset" / "README.md").read_text("utf-8").split())


def test_it_says_what_was_looked_for_and_what_not(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words are `scrubbed` and `not certified`; nothing is called anonymous or safe."""
    flagged = card(folder, monkeypatch)
    off = card(folder, monkeypatch, "privacy: {pii: off}\nrisk: {flag: false}")

    assert "| safety veto | the rejected answer is rated safer | 0 | 0 |" in flagged
    assert "The texts are neither scrubbed nor certified" in flagged
    assert "a text without one has not been found safe" in flagged
    assert "Nothing was done to find or remove personal details" in off
    assert "were not looked through for signs of danger" in off


def test_the_parameters_are_those_that_were_sent(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the defaults of a record."""
    text = card(folder, monkeypatch)

    assert f"parameters: {escaped('temperature 0.0, max_tokens 4096')}" in text
    assert "was rated by offline\\:rubric, by itself" in text


def test_what_experts_said_is_in_it_once_they_were_asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And until then, that nobody was."""
    before = card(folder, monkeypatch)
    found = AgreementResult(
        source="invented", judges=("label",), humans=("ada", "ben"), resamples=1000, seed=0,
        parts=(), margins=(), means=(), consistency=(),
    )  # fmt: skip
    journal.replace(Run(folder).agreement, [found])
    after = card(folder, monkeypatch)

    assert "Clinicians who reviewed this data set: none recorded." in before
    assert "## Agreement with experts" not in before
    assert "## Agreement with experts" in after
    assert "none recorded" not in after


def test_what_is_known_of_the_judge_is_in_it_once_it_was_computed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Facts without advice; nothing where the report is of an earlier rubric."""
    before = card(folder, monkeypatch)
    assert pcdata(monkeypatch, "judge-report", "--run", str(folder)) == 0
    after = card(folder, monkeypatch)
    run = Run(folder)
    report = next(journal.read(run.judge_report, JudgeReport))
    journal.replace(run.judge_report, [report.model_copy(update={"rubric": "judge@0"})])
    earlier = card(folder, monkeypatch)
    run.judge_report.unlink()

    assert "## What is known of the judges" not in before
    assert f"### Ratings by {escaped('offline:rubric')}" in after
    assert all(escaped(one.fact) in after for one in report.findings)
    assert not any(escaped(one.meaning) in after for one in report.findings if one.meaning)
    assert earlier == before


def test_a_gate_is_described_as_the_hub_reads_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form is in the card; the gate itself is set by push."""
    push = (
        "push: {license: cc-by-nc-4.0, languages: [en], contact: data@clinic.example, gate: "
        "{prompt: Treat nobody with this., fields: {I agree: checkbox, Purpose: [study, review]}}}"
    )
    text = card(folder, monkeypatch, push)

    assert "extra_gated_prompt: Treat nobody with this." in text
    assert "I agree: checkbox Purpose: type: select options: - study - review" in text
    assert "language: - en" in text
    assert "identify a person: data\\@clinic.example" in text


def test_the_recipe_changes_with_the_rules(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And is the same for the same."""

    def recipe(text: str) -> str:
        return text.split("Recipe: ")[1].split(",")[0]

    one, again = card(folder, monkeypatch), card(folder, monkeypatch)
    pcdata(monkeypatch, "build-pairs", "--run", str(folder), "--min-margin", "2")
    other = " ".join((folder / "dataset" / "README.md").read_text("utf-8").split())

    assert recipe(one) == recipe(again) != recipe(other)


def test_it_says_where_the_speeches_are_from(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The very file, by its hash; and what nobody recorded is called that."""
    text = card(folder, monkeypatch)
    digest = hashlib.sha256((folder / "speeches.csv").read_bytes()).hexdigest()

    assert f"speeches.csv, SHA-256 {digest}; 26 rows." in text
    assert "Consent: not recorded" in text
