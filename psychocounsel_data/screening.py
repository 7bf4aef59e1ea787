"""What every speech that is kept is put to while it is loaded: privacy first, then signs of danger.

In this order, so that the places of flags are places in the text that is kept and sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from psychocounsel_data.cleaning import Unfit
from psychocounsel_data.config import PrivacyConfig, RiskConfig
from psychocounsel_data.errors import ConfigError
from psychocounsel_data.privacy.guard import Guard, PrivacySummary
from psychocounsel_data.records import ClientSpeech, ExistingAnswer, Record
from psychocounsel_data.risk.flagging import flags
from psychocounsel_data.risk.policy import kinds, policy_for
from psychocounsel_data.sources.columns import Row, missing


class RiskSummary(Record):
    """How many speeches have signs of danger, and what becomes of them."""

    speeches: dict[str, int]
    """Kind to number of speeches; a crisis by its gravest tier, as `crisis ideation`."""
    policies: dict[str, int]
    """What becomes of flagged speeches, to number of these."""


class Screen:
    """One load's screen.

    Args:
        privacy: `privacy:` of run.yaml.
        risk: `risk:` of run.yaml.

    Raises:
        ConfigError: Presidio is asked for and not installed.
    """

    def __init__(self, privacy: PrivacyConfig, risk: RiskConfig) -> None:
        self._columns = privacy.name_columns
        self._met: set[str] = set()
        self._risk = risk
        self._guard = Guard(privacy)
        self._flagged: Counter[str] = Counter()
        self._policies: Counter[str] = Counter()

    def names(self, row: Row) -> list[str]:
        """What stands in the row's columns of names."""
        there = [name for name in self._columns if name in row.columns]
        self._met.update(there)
        return [str(row.columns[name]) for name in there if not missing(row.columns[name])]

    def speech(self, speech: ClientSpeech, names: Sequence[str]) -> ClientSpeech | Unfit:
        """The speech scrubbed and flagged, or why it is left out."""
        guarded = self._guard.speech(speech, names)
        if isinstance(guarded, str):
            return Unfit("pii", f"may point to a person: {guarded}")
        return self._flag(guarded) if self._risk.flag else guarded

    def answers(
        self, speech_id: str, answers: Sequence[ExistingAnswer], names: Sequence[str]
    ) -> tuple[ExistingAnswer, ...]:
        """The answers scrubbed; those that are to be dropped are left out."""
        return self._guard.answers(speech_id, answers, names)

    def refuse_missing_columns(self) -> None:
        """Raises ConfigError where no source has a column that `privacy.name_columns` names."""
        for name in self._columns:
            if name not in self._met:
                raise ConfigError(f"privacy.name_columns: no source has a column '{name}'")

    def privacy_summary(self, sheet: Path) -> PrivacySummary | None:
        """What was found; writes the sheet for a human check. None where nothing was looked for."""
        return self._guard.summary(sheet)

    def risk_summary(self) -> RiskSummary | None:
        """What was flagged; None where nothing was looked for."""
        if not self._risk.flag:
            return None
        return RiskSummary(
            speeches=dict(sorted(self._flagged.items())),
            policies=dict(sorted(self._policies.items())),
        )

    def _flag(self, speech: ClientSpeech) -> ClientSpeech | Unfit:
        found = flags(speech.text)
        if not found:
            return speech
        self._flagged.update(kinds(found))
        policy = policy_for(found, self._risk)
        self._policies[policy] += 1
        if policy == "drop":
            rules = ", ".join(sorted({flag.rule for flag in found}))
            return Unfit("risk", f"left out by `risk:` in run.yaml: {rules}")
        return speech.model_copy(update={"flags": found})
