"""Responses to judgments: what is rated, and how a judge's reply becomes ratings.

`plan` asks nothing: it reads the run folder and says which calls are left. `calls.engine` asks.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from functools import cached_property

import orjson

from psychocounsel_data import journal
from psychocounsel_data.calls.call import Call, Identity
from psychocounsel_data.calls.plan import Answer, Lane, Ticket
from psychocounsel_data.candidates import accepted, newest_responses
from psychocounsel_data.config import JudgeConfig
from psychocounsel_data.errors import UnreadableReplyError
from psychocounsel_data.journal import Reader
from psychocounsel_data.prompts import Prompt
from psychocounsel_data.records import ClientSpeech, Judgment, Response, Stage
from psychocounsel_data.resources import judge_prompt, load_rubric
from psychocounsel_data.rubric import Rubric
from psychocounsel_data.run import Run


class JudgingPlan:
    """The ratings that are still to be asked for; see `calls.plan.Plan`.

    Attributes:
        left_out: reason to number of responses that are not to be rated: how they ended,
            superseded by a newer one, or to a speech that is not in the run.
    """

    stage: Stage = "judge"

    def __init__(
        self, run: Run, config: JudgeConfig, rubric: Rubric, prompt: Prompt, limit: int | None
    ) -> None:
        self._run = run
        self._config = config
        self._rubric = rubric
        self._prompt = prompt
        self._judge = config.judges[0]
        self._identity = Identity(self._judge.model, prompt, self._judge.sampling)
        self._files = ExitStack()
        self.done = 0
        self.left_out: Counter[str] = Counter()
        self.lanes: dict[str, Lane] = {}
        self._fill(limit)

    def call(self, model: str, ticket: Ticket) -> Call:
        """The question to the judge about the response at a position."""
        response = self._responses.at(ticket.position)
        speech = self._speech(response.speech_id)
        return Call(
            id=self._id(speech, response).hex(),
            subject=response.id,
            speech_id=speech.id,
            model=model,
            prompt=self._prompt,
            inputs={"speech": speech.text, "response": response.text},
            sampling=self._judge.sampling,
            schema=self._rubric.schema,
            sample=response.sample,
        )

    def record(self, call: Call, answer: Answer) -> Judgment:
        """The judgment, if the reply is one.

        Raises:
            UnreadableReplyError: the judge refused, was cut off, or did not keep to the form.
        """
        if answer.reply.finish == "refusal":
            raise UnreadableReplyError("the judge refused to rate this response")
        if answer.reply.finish == "length":
            limit = call.sampling.max_tokens
            raise UnreadableReplyError(f"the reply was cut off at {limit} tokens (judge.sampling)")
        rated = self._rubric.read(answer.reply.text)
        return Judgment(
            id=call.id,
            response_id=call.subject,
            speech_id=call.speech_id,
            judge=call.model,
            rubric=call.prompt.label,
            ratings=rated.ratings,
            rationales=rated.rationales,
            reasoning=answer.reply.reasoning,
            served_model=answer.reply.served_model,
            messages_hash=call.messages_hash(),
            sampling=call.sampling,
            usage=answer.usage,
            attempts=answer.attempts,
            latency_s=answer.latency_s,
            batch=answer.batch,
            at=answer.at,
        )

    def close(self) -> None:
        """Close the files that calls are read from."""
        self._files.close()

    def _fill(self, limit: int | None) -> None:
        rated = journal.ids(self._run.judgments)
        standing = newest_responses(self._run.responses, self._positions, self.left_out)
        for one in accepted(standing, self._config.accept, (), self.left_out):
            response = self._responses.at(one.position)
            if self._id(self._speech(one.speech_id), response) in rated:
                self.done += 1
            elif limit is None or len(self._lane) < limit:
                self._lane.add(Ticket(one.position, response.sample))

    @property
    def _lane(self) -> Lane:
        return self.lanes.setdefault(self._judge.model, Lane(self._judge.model))

    def _id(self, speech: ClientSpeech, response: Response) -> bytes:
        return self._identity.of(speech.text, response.text)

    def _speech(self, speech_id: str) -> ClientSpeech:
        return self._speeches.at(self._positions[speech_id])

    @cached_property
    def _positions(self) -> dict[str, int]:
        """Where each speech stands, so that no text has to stay in memory."""
        return {
            orjson.loads(line.data)["id"]: line.position
            for line in journal.lines(self._run.speeches)
        }

    @cached_property
    def _speeches(self) -> Reader[ClientSpeech]:
        return self._files.enter_context(Reader(self._run.speeches, ClientSpeech))

    @cached_property
    def _responses(self) -> Reader[Response]:
        return self._files.enter_context(Reader(self._run.responses, Response))


def plan(run: Run, config: JudgeConfig, *, limit: int | None = None) -> JudgingPlan:
    """What is left to be rated.

    Args:
        run: the run folder, with speeches.jsonl and responses.jsonl in it.
        config: `judge:` of run.yaml, with what flags change.
        limit: the most calls to plan, in the order of the responses.

    Raises:
        ConfigError: the principles or the prompt cannot be used.
        RunError: there are no responses yet.
        InputError: a line of a journal is broken.
    """
    run.need(run.speeches, "pcdata load")
    run.need(run.responses, "pcdata generate")
    rubric = load_rubric(run.folder, config.principles)
    prompt = judge_prompt(run.folder, config.prompt, rubric)
    prompt.messages({"speech": "", "response": ""})  # a misspelt variable shows before we pay
    return JudgingPlan(run, config, rubric, prompt, limit)
