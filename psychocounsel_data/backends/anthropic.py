"""Anthropic's Claude models, over their own messages format."""

from __future__ import annotations

from psychocounsel_data.wire.anthropic_batches import connect as connect_batches
from psychocounsel_data.wire.anthropic_messages import connect

__all__ = ["connect", "connect_batches"]
