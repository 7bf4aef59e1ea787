"""A source's rows to the speeches in them: a column, a template, or the turns of a dialogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from psychocounsel_data.config import SourceConfig
from psychocounsel_data.records import ClientSpeech
from psychocounsel_data.sources.columns import Row, Template
from psychocounsel_data.sources.dialogues import FILE_COLUMN, Dialogues


class Drafting:
    """How speeches are taken from the rows of one source.

    Args:
        source: an entry of `sources:` in run.yaml.
        clean: what is done to every text.
    """

    def __init__(self, source: SourceConfig, clean: Callable[[str], str]) -> None:
        place = f"sources: {source.label}"
        self._source = source
        self._clean = clean
        self._template = Template(source.text, f"{place}: text")
        self._dialogues = (
            Dialogues(source.dialogue, f"{place}: dialogue") if source.dialogue else None
        )

    @property
    def whole_file(self) -> str | None:
        """The column that a whole file becomes, where each file is one dialogue."""
        alone = self._source.dialogue is not None and self._source.dialogue.column is None
        return FILE_COLUMN if alone else None

    def check(self, columns: Sequence[str]) -> None:
        """Raises ConfigError where a column is named that the source lacks."""
        (self._dialogues or self._template).check(columns)

    def speeches(self, row: Row) -> Iterator[ClientSpeech]:
        """Every speech of a row, uncleaned but for its texts; one without text where it has none.

        Raises:
            InputError: a dialogue is not a list of turns.
        """
        label = self._source.label
        if self._dialogues is None:
            text = self._template.text(row, self._clean)
            yield ClientSpeech(id=f"{label}-{row.number}", source=label, row=row.number, text=text)
            return
        every = self._source.dialogue is not None and self._source.dialogue.take == "every"
        said = list(self._dialogues.speeches(row, self._clean))
        for one in said:
            yield ClientSpeech(
                id=f"{label}-{row.number}-{one.number}" if every else f"{label}-{row.number}",
                source=label,
                row=row.number,
                text=one.text,
                context=one.context,
            )
        if not said:
            yield ClientSpeech(id=f"{label}-{row.number}", source=label, row=row.number, text="")
