"""`pcdata --help` answers at once: what a command needs is imported when it runs."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("pydantic", "polars", "numpy", "rich.table", "asyncio", "jinja2", "openai", "anthropic",
         "datasets", "plotly", "starlette", "yaml")  # fmt: skip


def test_naming_the_commands_imports_nothing_heavy() -> None:
    """Each of these would take longer than all the rest."""
    code = f"import sys, psychocounsel_data.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )

    assert done.stdout.strip() == "[]"
