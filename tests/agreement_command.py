"""`pcdata agreement` as a person types it, for the tests of tables and of run folders."""

import sys
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest

from psychocounsel_data.agreement.result import AgreementResult
from psychocounsel_data.cli import main


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def result(self) -> AgreementResult:
        """What it found, where it was asked for JSON."""
        assert self.code == 0, self.err
        return AgreementResult.model_validate_json(self.out)


class Agreement(Protocol):
    """Calls the command with these arguments."""

    def __call__(self, *arguments: str) -> Ended: ...


@pytest.fixture
def agreement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Agreement:
    """`pcdata agreement` in a folder of its own, on a terminal wide enough for every table."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["pcdata", "agreement", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        captured = capsys.readouterr()
        return Ended(code if isinstance(code, int) else 0, captured.out, captured.err)

    return call
