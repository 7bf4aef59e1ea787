"""run.yaml: its shape, its defaults, and errors that name the line and the nearest valid key.

What the data *is* stands here and nowhere else, one file a section; `whole` joins them, `reading`
reads and complains. This package knows the words and their types; whether a model, prompt or
principle exists is asked of those who know, before the first call.
"""

from psychocounsel_data.config.annotate import AnnotateConfig, AnnotationSource
from psychocounsel_data.config.backends import BackendConfig
from psychocounsel_data.config.balance import BalanceConfig, By
from psychocounsel_data.config.clean import CleanConfig, DuplicateRule, HtmlRule
from psychocounsel_data.config.compare import CompareConfig
from psychocounsel_data.config.gates import PairGates
from psychocounsel_data.config.generate import GenerateConfig, ModelConfig
from psychocounsel_data.config.judge import Aggregate, Judge, JudgeConfig, PanelConfig
from psychocounsel_data.config.models import (
    COLUMN,
    bare_name,
    model_reference,
    released_name,
    same_model,
)
from psychocounsel_data.config.pairs import PairRule, PairsConfig, Strategy
from psychocounsel_data.config.prices import PriceConfig, TokenPrices
from psychocounsel_data.config.privacy import PrivacyConfig
from psychocounsel_data.config.push import GateConfig, PushConfig
from psychocounsel_data.config.reading import load_config
from psychocounsel_data.config.risk import CrisisPolicy, Policy, RiskConfig, SecondOpinionConfig
from psychocounsel_data.config.section import Section
from psychocounsel_data.config.sources import (
    AnswerConfig,
    DialogueConfig,
    Place,
    Role,
    SourceConfig,
)
from psychocounsel_data.config.topics import KEYWORDS, TopicsConfig
from psychocounsel_data.config.whole import RunConfig

__all__ = [
    "COLUMN",
    "KEYWORDS",
    "Aggregate",
    "AnnotateConfig",
    "AnnotationSource",
    "AnswerConfig",
    "BackendConfig",
    "BalanceConfig",
    "By",
    "CleanConfig",
    "CompareConfig",
    "CrisisPolicy",
    "DialogueConfig",
    "DuplicateRule",
    "GateConfig",
    "GenerateConfig",
    "HtmlRule",
    "Judge",
    "JudgeConfig",
    "ModelConfig",
    "PairGates",
    "PairRule",
    "PairsConfig",
    "PanelConfig",
    "Place",
    "Policy",
    "PriceConfig",
    "PrivacyConfig",
    "PushConfig",
    "RiskConfig",
    "Role",
    "RunConfig",
    "SecondOpinionConfig",
    "Section",
    "SourceConfig",
    "Strategy",
    "TokenPrices",
    "TopicsConfig",
    "bare_name",
    "load_config",
    "model_reference",
    "released_name",
    "same_model",
]
