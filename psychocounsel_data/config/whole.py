"""A whole run.yaml, section by section."""

from __future__ import annotations

from pydantic import Field, field_validator

from psychocounsel_data.config.annotate import AnnotateConfig
from psychocounsel_data.config.backends import BackendConfig
from psychocounsel_data.config.balance import BalanceConfig
from psychocounsel_data.config.clean import CleanConfig
from psychocounsel_data.config.compare import CompareConfig
from psychocounsel_data.config.generate import GenerateConfig
from psychocounsel_data.config.judge import JudgeConfig
from psychocounsel_data.config.models import model_reference
from psychocounsel_data.config.pairs import PairsConfig
from psychocounsel_data.config.prices import PriceConfig
from psychocounsel_data.config.privacy import PrivacyConfig
from psychocounsel_data.config.push import PushConfig
from psychocounsel_data.config.risk import RiskConfig
from psychocounsel_data.config.section import Section
from psychocounsel_data.config.sources import SourceConfig
from psychocounsel_data.config.topics import TopicsConfig


class RunConfig(Section):
    """A whole run.yaml."""

    name: str = "preferences"
    """The data set's name."""
    sources: tuple[SourceConfig, ...] = Field(min_length=1)
    """Where speeches come from."""
    clean: CleanConfig = CleanConfig()
    privacy: PrivacyConfig = PrivacyConfig()
    risk: RiskConfig = RiskConfig()
    topics: TopicsConfig = TopicsConfig()
    balance: BalanceConfig | None = None
    generate: GenerateConfig = GenerateConfig()
    judge: JudgeConfig = JudgeConfig()
    compare: CompareConfig = CompareConfig()
    pairs: PairsConfig = PairsConfig()
    annotate: AnnotateConfig = AnnotateConfig()
    backends: dict[str, BackendConfig] = Field(default_factory=dict)
    """Backend name to how it is reached."""
    prices: dict[str, PriceConfig] = Field(default_factory=dict)
    """Model to what it costs, where the shipped prices do not know or are not right."""
    push: PushConfig = PushConfig()

    def backend(self, model: str) -> BackendConfig:
        """How the service of a `backend:model` is reached."""
        return self.backends.get(model.partition(":")[0], BackendConfig())

    @field_validator("sources")
    @classmethod
    def _distinct(cls, sources: tuple[SourceConfig, ...]) -> tuple[SourceConfig, ...]:
        labels = [source.label for source in sources]
        for label in labels:
            if labels.count(label) > 1:
                raise ValueError(f"two sources are called '{label}': give one another `name:`")
        return sources

    @field_validator("prices")
    @classmethod
    def _by_reference(cls, prices: dict[str, PriceConfig]) -> dict[str, PriceConfig]:
        return {model_reference(model): price for model, price in prices.items()}
