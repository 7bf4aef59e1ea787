"""What did not succeed is shown by reason, and asked again when somebody says so."""

from pathlib import Path

import pytest

from psychocounsel_data import journal
from psychocounsel_data.errors import ConfigError
from psychocounsel_data.failing import reasons, requeue
from psychocounsel_data.records import Failure, Usage
from psychocounsel_data.run import Run
from tests.asking import make_run


def failure(number: int, kind: str, *, reply: str | None = None) -> Failure:
    return Failure(
        id=f"{number:032x}",
        stage="judge",
        subject=f"r-{number}",
        model="openai:a",
        kind=kind,
        message=f"what happened to {number}",
        reply=reply,
        usage=Usage(input_tokens=9, output_tokens=9),
        attempts=2,
        at="2025-01-01T00:00:00.000Z",
    )


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Three unreadable replies, one of which was answered since; one timeout, once requeued."""
    run = make_run(tmp_path, 1, ["openai:a"])
    with journal.Writer(run.failures) as file:
        for number in range(3):
            file.append(failure(number, "unreadable_reply", reply="Four out of five."))
        file.append(failure(3, "timeout"))
    run.judgments.write_text(f'{{"id":"{2:032x}"}}\n')
    return run


def test_failures_are_grouped_with_an_example_and_what_to_do(run: Run) -> None:
    """The commonest first; what was answered since is none."""
    found = reasons(run)

    assert [(one.kind, one.calls, one.held) for one in found] == [
        ("unreadable_reply", 2, True),
        ("timeout", 1, False),
    ]
    assert found[0].example == f"{0:032x}"
    assert found[0].remedy.endswith("then `pcdata failures --retry unreadable_reply`")


def test_what_is_requeued_costs_nothing_twice_and_keeps_the_reply(run: Run) -> None:
    """The reply that was paid for stays in the file; the line that follows has no tokens."""
    count = requeue(run, ["unreadable_reply"])
    lines = list(journal.read(run.failures, Failure))

    assert count == 2
    assert not any(one.held for one in reasons(run))
    assert [one.reply for one in lines[:3]] == ["Four out of five."] * 3
    assert [(one.requeued, one.usage) for one in lines[4:]] == [(True, Usage())] * 2
    assert requeue(run, ["unreadable_reply"]) == 2
    assert len(list(journal.read(run.failures, Failure))) == len(lines)


def test_a_reason_that_there_is_not_names_the_nearest(run: Run) -> None:
    """Nothing is written then."""
    before = run.failures.read_bytes()
    with pytest.raises(ConfigError, match="did you mean 'unreadable_reply'"):
        requeue(run, ["timeout", "unreadable"])

    assert run.failures.read_bytes() == before
