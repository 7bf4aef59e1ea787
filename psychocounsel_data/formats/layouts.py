"""A pair as a row of every layout that can be exported. Pure.

Each function gives the fields that the layout's own reader looks for, and says where that is
documented. Scores come along where the layout has a place for them. None has a field called
`margin`: TRL's reward trainer would take it for the margin of its loss.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from psychocounsel_data.errors import ConfigError
from psychocounsel_data.exchange import Message
from psychocounsel_data.formats.rows import PairRow

Row = Mapping[str, Any]
"""A row as JSON, its keys in the layout's order."""
Kind = Literal["jsonl", "parquet", "csv"]


class Layout(NamedTuple):
    """How a consumer wants its pairs."""

    row: Callable[[PairRow], Row]
    kind: Kind
    train: str
    """The name of the training file, without its ending."""
    test: str
    for_whom: str
    """Who reads it, in a few words."""


def trl(pair: PairRow) -> Row:
    """TRL's standard preference format with an explicit prompt, as strings.

    Raises:
        ConfigError: there was a conversation before the speech, for which strings have no place.
    """
    return {
        "prompt": _only_speech(pair, "trl"),
        "chosen": pair.chosen,
        "rejected": pair.rejected,
        "score_chosen": pair.score_chosen,
        "score_rejected": pair.score_rejected,
    }


def trl_conversational(pair: PairRow) -> Row:
    """TRL's conversational preference format: three message lists."""
    return {
        "prompt": _messages(pair.prompt),
        "chosen": [_assistant(pair.chosen)],
        "rejected": [_assistant(pair.rejected)],
        "score_chosen": pair.score_chosen,
        "score_rejected": pair.score_rejected,
    }


def openai_dpo(pair: PairRow) -> Row:
    """OpenAI's file for preference fine-tuning: `input`, `preferred_output`,
    `non_preferred_output`. It takes no further keys."""
    return {
        "input": {"messages": _messages(pair.prompt)},
        "preferred_output": [_assistant(pair.chosen)],
        "non_preferred_output": [_assistant(pair.rejected)],
    }


def axolotl(pair: PairRow) -> Row:
    """Axolotl's `type: chat_template.default` for `rl: dpo`: a conversation and two messages."""
    return {
        "messages": _messages(pair.prompt),
        "chosen": _assistant(pair.chosen),
        "rejected": _assistant(pair.rejected),
    }


def llama_factory(pair: PairRow) -> Row:
    """LLaMA-Factory's ShareGPT preference format; dataset_info.json beside it names the columns."""
    names = {"user": "human", "assistant": "gpt", "system": "system"}
    said = [{"from": names[one.role], "value": one.content} for one in pair.prompt]
    return {
        "conversations": said,
        "chosen": {"from": "gpt", "value": pair.chosen},
        "rejected": {"from": "gpt", "value": pair.rejected},
    }


def openrlhf(pair: PairRow) -> Row:
    """OpenRLHF's default `--chosen_key chosen --rejected_key rejected` with
    `--apply_chat_template`: two whole conversations."""
    return {
        "chosen": [*_messages(pair.prompt), _assistant(pair.chosen)],
        "rejected": [*_messages(pair.prompt), _assistant(pair.rejected)],
    }


def reward_modeling(pair: PairRow) -> Row:
    """Two whole conversations with their scores and who wrote the answers: TRL's reward trainer
    with an implicit prompt, and RewardBench's `chosen_model`, `rejected_model`."""
    return {
        **openrlhf(pair),
        "score_chosen": pair.score_chosen,
        "score_rejected": pair.score_rejected,
        "chosen_model": pair.chosen_model,
        "rejected_model": pair.rejected_model,
    }


def ultrafeedback(pair: PairRow) -> Row:
    """The binarised UltraFeedback layout: `prompt_id` is the SHA-256 of the prompt, `messages` the
    chosen conversation, as for supervised fine-tuning."""
    chosen, rejected = openrlhf(pair)["chosen"], openrlhf(pair)["rejected"]
    prompt = pair.prompt[-1].content
    return {
        "prompt": prompt,
        "prompt_id": hashlib.sha256(prompt.encode()).hexdigest(),
        "chosen": chosen,
        "rejected": rejected,
        "messages": chosen,
        "score_chosen": pair.score_chosen,
        "score_rejected": pair.score_rejected,
    }


def flat(pair: PairRow) -> Row:
    """Everything in one row of plain cells, for spreadsheets and statistics.

    A history before the speech is one cell of JSON, empty where there is none.
    """
    history = _messages(pair.prompt[:-1])
    return {
        "ID": pair.id,
        "prefID": pair.pref_id,
        "history": json.dumps(history, ensure_ascii=False) if history else "",
        "question": pair.prompt[-1].content,
        "chosen": pair.chosen,
        "rejected": pair.rejected,
        "chosen_model": pair.chosen_model,
        "rejected_model": pair.rejected_model,
        "score_chosen": pair.score_chosen,
        "score_rejected": pair.score_rejected,
        "score_margin": pair.score_margin,
        **pair.ratings,
    }


LAYOUTS: Mapping[str, Layout] = {
    "trl": Layout(trl, "jsonl", "train", "test", "TRL, plain strings"),
    "trl-conversational": Layout(
        trl_conversational, "jsonl", "train", "test", "TRL, message lists"
    ),
    "openai-dpo": Layout(openai_dpo, "jsonl", "train", "test", "OpenAI preference fine-tuning"),
    "axolotl": Layout(axolotl, "jsonl", "train", "test", "Axolotl, rl: dpo"),
    "llama-factory": Layout(llama_factory, "jsonl", "train", "test", "LLaMA-Factory, ranking"),
    "openrlhf": Layout(openrlhf, "jsonl", "train", "test", "OpenRLHF, DPO and reward models"),
    "reward-modeling": Layout(
        reward_modeling, "jsonl", "train", "test", "reward models, with scores"
    ),
    "ultrafeedback": Layout(
        ultrafeedback, "parquet", "train_prefs", "test_prefs", "binarised UltraFeedback readers"
    ),
    "csv": Layout(flat, "csv", "train", "test", "spreadsheets and statistics"),
}
"""Name to layout: all that `pcdata export --format` takes."""


def _only_speech(pair: PairRow, name: str) -> str:
    if len(pair.prompt) > 1:
        raise ConfigError(
            f"{pair.id} has a conversation before it, for which {name} has no place: "
            f"take --format {name}-conversational"
        )
    return pair.prompt[0].content


def _messages(messages: Sequence[Message]) -> list[dict[str, str]]:
    return [one._asdict() for one in messages]


def _assistant(content: str) -> dict[str, str]:
    return Message("assistant", content)._asdict()
