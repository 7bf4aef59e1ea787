"""What did not succeed in a run, by reason: read from failures.jsonl, which only grows.

A call counts that has no answer; of several lines about one the last. Which of them the next run
asks again by itself is said in `calls.holding`.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from psychocounsel_data import journal
from psychocounsel_data.calls.holding import is_held, newest, requeued
from psychocounsel_data.errors import ConfigError
from psychocounsel_data.records import Failure, Record, Stage
from psychocounsel_data.run import Run

_REMEDIES: Final = {
    "bad_request": "the service does not take this request: look at the message, change the "
    "model's `sampling:` in run.yaml (that makes a new call), or take another model",
    "connection": "run the command again; is the server up, and `base_url` right?",
    "content_filter": "the service blocks this text: leave it out, or answer it with another model",
    "context_length": "the text is longer than this model takes: shorten `clean.max_chars`, lower "
    "`max_tokens`, or take a model with a larger context",
    "deadline": "run the command again; where answers are long, raise `deadline_s` under "
    "`backends:`",
    "forbidden": "ask for access to this model, or take another one; then run the command again",
    "malformed_body": "run the command again; if it stays, `base_url` leads to something else",
    "not_found": "set the model's name, or `base_url`, right in run.yaml",
    "overloaded": "run the command again later, or with a lower `--concurrency`",
    "quota_exhausted": "add credit to the account, then run the command again",
    "rate_limited": "run the command again; set `rpm` and `tpm` under `backends:` if it stays",
    "server_error": "run the command again; if it stays, the service cannot digest this request",
    "timeout": "run the command again; where answers are long, raise `timeout_s` under `backends:`",
    "unsupported_parameter": "give the model a `sampling:` of its own in run.yaml without what it "
    "does not take, then run the command again",
    "unauthorised": "set a valid key, then run the command again",
    "unreadable_reply": "the model does not keep to the form: look at the replies in "
    "failures.jsonl; raise `max_tokens` where they are cut off, or take another judge",
}
_ANY_REMEDY: Final = "run the command of its stage again"


class Reason(Record):
    """The calls of one stage that failed in one way."""

    kind: str
    stage: Stage
    calls: int
    held: bool
    """Whether they wait for `--retry`; otherwise the next run asks them again."""
    example: str
    """The id of one of the calls."""
    subject: str
    """The speech or response that call was about."""
    message: str
    """What happened to it."""
    remedy: str


class Report(Record):
    """Every reason, the commonest first."""

    reasons: tuple[Reason, ...]


def standing(run: Run) -> list[Failure]:
    """The newest failure of every call that has no answer.

    Raises:
        InputError: a line of failures.jsonl is no failure.
    """
    failed = newest(run.failures)
    for path in run.answers:
        for answered in journal.ids(path):
            failed.pop(answered.hex(), None)
    return list(failed.values())


def reasons(run: Run) -> tuple[Reason, ...]:
    """The failures of a run by reason, the commonest first. Raises InputError."""
    groups: defaultdict[tuple[str, Stage, bool], list[Failure]] = defaultdict(list)
    for one in standing(run):
        groups[one.kind, one.stage, is_held(one)].append(one)
    found = [_reason(group, held=held) for (_, _, held), group in groups.items()]
    return tuple(sorted(found, key=lambda one: (-one.calls, one.kind, one.stage)))


def _reason(group: Sequence[Failure], *, held: bool) -> Reason:
    example = group[0]
    remedy = _REMEDIES.get(example.kind, _ANY_REMEDY)
    again = f"; then `pcdata failures --retry {example.kind}`" if held else ""
    return Reason(
        kind=example.kind,
        stage=example.stage,
        calls=len(group),
        held=held,
        example=example.id,
        subject=example.subject,
        message=example.message,
        remedy=remedy + again,
    )


def requeue(run: Run, kinds: Iterable[str]) -> int:
    """Have the next run ask again what failed for these reasons.

    Returns:
        How many calls that are.

    Raises:
        ConfigError: nothing has failed for such a reason; the message names those there are.
        RunLockedError: another process is writing to the run folder.
    """
    failed = standing(run)
    known = sorted({one.kind for one in failed})
    for kind in kinds:
        if kind not in known:
            raise ConfigError(f"no call has failed for '{kind}': {_known(kind, known)}")
    wanted = [one for one in failed if one.kind in set(kinds) and is_held(one)]
    with journal.Writer(run.failures) as file:
        for one in wanted:
            file.append(requeued(one))
    return sum(one.kind in set(kinds) for one in failed)


def _known(kind: str, known: Sequence[str]) -> str:
    if not known:
        return "every call has its answer"
    near = difflib.get_close_matches(kind, known, n=1)
    return f"did you mean '{near[0]}'?" if near else f"there are {', '.join(known)}"
