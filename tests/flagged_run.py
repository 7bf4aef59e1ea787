"""A run folder with invented speeches, flagged as `pcdata load` would."""

from pathlib import Path

import yaml

from psychocounsel_data import journal
from psychocounsel_data.records import ClientSpeech
from psychocounsel_data.risk.flagging import flags
from psychocounsel_data.run import Run


def run_with(folder: Path, *texts: str, **sections: object) -> Run:
    """Speeches `s-0`, `s-1`, ... of these texts; sections of run.yaml as keywords."""
    config = {"sources": [{"path": "a.csv"}], **sections}
    (folder / "run.yaml").write_text(yaml.safe_dump(config))
    journal.replace(
        folder / "speeches.jsonl",
        (
            ClientSpeech(id=f"s-{number}", source="s", row=number, text=text, flags=flags(text))
            for number, text in enumerate(texts)
        ),
    )
    return Run(folder)
