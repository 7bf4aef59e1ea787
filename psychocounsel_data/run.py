"""The run folder: which file is where, and the run.yaml that says what the data is."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from psychocounsel_data.config import RunConfig, load_config
from psychocounsel_data.errors import RunError


class Run:
    """A folder that holds one data set in the making.

    Attributes:
        folder: where it is.
    """

    def __init__(self, folder: Path) -> None:
        """Raises RunError where the folder has no run.yaml."""
        self.folder = folder
        if not (folder / "run.yaml").is_file():
            raise RunError(f"no run.yaml in {folder.resolve()}: begin with `pcdata init {folder}`")

    @cached_property
    def config(self) -> RunConfig:
        """The validated run.yaml; raises ConfigError."""
        return load_config(self.folder / "run.yaml")

    @property
    def speeches(self) -> Path:
        """ClientSpeech, one a line."""
        return self.folder / "speeches.jsonl"

    @property
    def dropped(self) -> Path:
        """Dropped: what cleaning left out, with the reason."""
        return self.folder / "dropped.jsonl"

    @property
    def pii_sample(self) -> Path:
        """A sample of what was found, and not found, that may point to a person; for a person to
        check. It shows what was found, so it stays here."""
        return self.folder / "pii_sample.csv"

    @property
    def topics(self) -> Path:
        """TopicLabel: what speeches are about."""
        return self.folder / "topics.jsonl"

    @property
    def opinions(self) -> Path:
        """RiskOpinion: what a model found beside the rules."""
        return self.folder / "risk_opinions.jsonl"

    @property
    def reviews(self) -> Path:
        """ReviewDecision: what people decided of flagged speeches and contested responses."""
        return self.folder / "reviews.jsonl"

    @property
    def provenance(self) -> Path:
        """Provenance: where the speeches are from, and on what terms."""
        return self.folder / "sources.json"

    @property
    def responses(self) -> Path:
        """Response, one a line."""
        return self.folder / "responses.jsonl"

    @property
    def judgments(self) -> Path:
        """Judgment, one a line."""
        return self.folder / "judgments.jsonl"

    @property
    def comparisons(self) -> Path:
        """Comparison, one a line."""
        return self.folder / "comparisons.jsonl"

    @property
    def answers(self) -> tuple[Path, ...]:
        """Every journal of what models have answered."""
        return (self.opinions, self.topics, self.responses, self.judgments, self.comparisons)

    @property
    def failures(self) -> Path:
        """Failure: calls that did not succeed."""
        return self.folder / "failures.jsonl"

    @property
    def batches(self) -> Path:
        """BatchNote: what was handed in to providers in batches, and what became of it."""
        return self.folder / "batches.jsonl"

    @property
    def unclaimed(self) -> Path:
        """Unclaimed: paid results of batches to calls that are not planned any more."""
        return self.folder / "unclaimed.jsonl"

    @property
    def annotation_items(self) -> Path:
        """AnnotationItem: the pairs that experts compare, drawn once, in the order shown."""
        return self.folder / "annotation_items.jsonl"

    @property
    def annotations(self) -> Path:
        """Annotation: what experts said; a later line of an item and annotator supersedes."""
        return self.folder / "annotations.jsonl"

    @property
    def judge_report(self) -> Path:
        """JudgeReport: what `pcdata judge-report` last found, for the data card and the report."""
        return self.folder / "judge_report.json"

    @property
    def agreement(self) -> Path:
        """AgreementResult: what `pcdata agreement` last found, for the data card."""
        return self.folder / "agreement.json"

    @property
    def rejected_pairs(self) -> Path:
        """RejectedPair: what the gates kept out of the data set that was built last, and why."""
        return self.folder / "rejected_pairs.jsonl"

    @property
    def build(self) -> Path:
        """What the last build counted, as one JSON object: `building.Build`."""
        return self.folder / "build.json"

    @property
    def dataset(self) -> Path:
        """The folder that `pcdata push` uploads."""
        return self.folder / "dataset"

    @property
    def report(self) -> Path:
        """The page that shows the data set to a person."""
        return self.folder / "report.html"

    def need(self, path: Path, command: str) -> Path:
        """A file that an earlier stage makes.

        Raises:
            RunError: it is not there yet; names the command that makes it.
        """
        if not path.exists():
            raise RunError(f"no {path.name} in {self.folder.resolve()}: run `{command}` first")
        return path
