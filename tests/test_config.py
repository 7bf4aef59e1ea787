"""run.yaml: a mistake is named with its line and the remedy."""

from pathlib import Path

import pytest

from psychocounsel_data.cli.overriding import overriding
from psychocounsel_data.config import (
    AnnotateConfig,
    PairsConfig,
    RunConfig,
    Section,
    load_config,
    model_reference,
    same_model,
)
from psychocounsel_data.errors import ConfigError

LEAST = "sources:\n  - path: a.csv\n"


def load(tmp_path: Path, text: str) -> RunConfig:
    path = tmp_path / "run.yaml"
    path.write_text(text, "utf-8")
    return load_config(path)


def test_only_sources_are_needed_and_defaults_are_the_papers(tmp_path: Path) -> None:
    """Every section but `sources` may be left out."""
    config = load(tmp_path, LEAST)

    assert (config.clean.min_chars, config.clean.max_chars) == (100, 1000)
    assert config.generate.per_speech == 4
    assert config.judge.judges == (("openai:gpt-4o", 1, config.judge.sampling),)
    assert (config.pairs.train.strategy, config.pairs.train.min_margin) == ("all_pairs", 1.0)
    assert (config.pairs.test.strategy, config.pairs.test.min_margin) == ("best_vs_worst", 0.0)
    assert config.push.private


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "generate:\n  per_speach: 3\n",
            "run.yaml:4: generate.per_speach: unknown key; did you mean 'per_speech'?",
        ),
        (
            "genrate: {}\n",
            "run.yaml:3: genrate: unknown key; did you mean 'generate'?",
        ),
        (
            "backends:\n  vllm:\n    rmp: 3\n",
            "run.yaml:5: backends.vllm.rmp: unknown key; did you mean 'rpm'?",
        ),
        (
            "generate:\n  models:\n    - gpt-4o\n    - foo\n",
            "run.yaml:6: generate.models.1.model: unknown model 'foo'",
        ),
        (
            "pairs:\n  train: {strategy: best}\n",
            "run.yaml:4: pairs.train.strategy: Input should be 'all_pairs'",
        ),
        (
            "generate:\n  per_speech: 0\n",
            "run.yaml:4: generate.per_speech: Input should be greater than or equal to 1",
        ),
        (
            "clean: {min_chars: 9, max_chars: 3}\n",
            "min_chars 9 is more than max_chars 3",
        ),
        (
            "judge:\n  panel:\n    - gpt-4o\n    - {model: gpt-4o-mini, repeat: 3}\n",
            "run.yaml:6: judge.panel.1.repeat: unknown key; did you mean 'repeats'?",
        ),
        (
            "judge: {panel: [gpt-4o, openai:gpt-4o]}\n",
            "'openai:gpt-4o' sits here twice",
        ),
        (
            "judge: {model: gpt-4o, panel: [gpt-4o-mini]}\n",
            "has both `model:` (one judge) and `panel:` (several)",
        ),
        (
            "judge: {panel: [gpt-4o, gpt-4o-mini], quorum: 3}\n",
            "quorum is 3, and there are 2 judges",
        ),
        (
            "name: a\nname: b\n",
            "run.yaml:4: 'name' stands here twice",
        ),
        (
            "generate: {models: [openai:a, together:x/a]}\n",
            "two entries have the released name 'a'",
        ),
        (
            "name: [\n",
            "not valid YAML",
        ),
    ],
)
def test_a_mistake_names_line_key_and_remedy(tmp_path: Path, text: str, message: str) -> None:
    """The first two lines of the file are the sources."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, LEAST + text)

    assert message in str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Nobody wants to find them one run at a time."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, LEAST + "clean: {min: 3}\njudge: {modle: gpt-4o}\n")

    assert len(str(caught.value).splitlines()) == 2


def test_a_key_in_run_yaml_is_refused_and_not_repeated(tmp_path: Path) -> None:
    """A message ends up in logs; a key must not."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, LEAST + "backends: {openai: {api_key_env: sk-very-secret-1}}\n")

    assert "environment variable" in str(caught.value)
    assert "very-secret" not in str(caught.value)


def test_a_source_has_one_place(tmp_path: Path) -> None:
    """A path and a Hub name at once would leave open which is meant."""
    with pytest.raises(ConfigError, match="a source has `source:`"):
        load(tmp_path, "sources:\n  - {path: a.csv, hub: a/b}\n")


@pytest.mark.parametrize(
    ("text", "reference", "label"),
    [
        ("gpt-4o", "openai:gpt-4o", "gpt-4o"),
        ("claude-haiku-4-5", "anthropic:claude-haiku-4-5", "claude-haiku-4-5"),
        ("vllm:Qwen/Qwen2.5-7B-Instruct", "vllm:Qwen/Qwen2.5-7B-Instruct", "Qwen2.5-7B-Instruct"),
    ],
)
def test_models_are_named_as_people_write_them(
    tmp_path: Path, text: str, reference: str, label: str
) -> None:
    """The released name is the hub name without the organisation, as in the paper's table."""
    config = load(tmp_path, LEAST + f"generate: {{models: ['{text}']}}\n")

    assert model_reference(text) == reference
    assert config.generate.models[0].label == label


def test_a_judge_of_a_panel_has_what_it_does_not_say_itself_from_the_panel(tmp_path: Path) -> None:
    """One entry may be a bare name, another may have its own repeats and parameters."""
    config = load(
        tmp_path,
        LEAST + "judge:\n  repeats: 2\n  panel:\n    - gpt-4o\n"
        "    - {model: vllm:org/m, repeats: 3, sampling: {temperature: 0.7}}\n",
    )
    first, second = config.judge.judges

    assert (first.model, first.repeats, first.sampling.temperature) == ("openai:gpt-4o", 2, 0)
    assert (second.model, second.repeats, second.sampling.temperature) == ("vllm:org/m", 3, 0.7)


@pytest.mark.parametrize(
    ("section", "changes", "message"),
    [
        (AnnotateConfig(), {"source": "pears"}, "--from: Input should be 'candidates' or 'pairs'"),
        (AnnotateConfig(), {"items": 0}, "--items: Input should be greater"),
        (PairsConfig(), {"train": {"strategy": "x", "min_margin": 1}}, "--strategy: Input"),
    ],
)
def test_a_wrong_value_is_told_with_the_flag_it_came_from(
    section: Section, changes: dict[str, object], message: str
) -> None:
    """A command may have several."""
    with pytest.raises(ConfigError, match=message):
        overriding(section, changes, source="--from")


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("openai:gpt-4o", "openai:gpt-4o-2024-08-06", True),
        ("openai:gpt-4o", "openrouter:openai/GPT-4o", True),
        ("anthropic:claude-3-5-haiku-latest", "anthropic:claude-3-5-haiku-20241022", True),
        ("openai:gpt-4o", "openai:gpt-4o-mini", False),
        ("ollama:llama3.1:8b", "ollama:llama3.1:70b", False),
    ],
)
def test_one_model_is_known_by_whatever_name_it_is_reached(
    first: str, second: str, same: bool
) -> None:
    """A judge that must not rate itself must not do so through another service either."""
    assert same_model(first, second) is same
