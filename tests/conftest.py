"""What every test stands on: no telemetry, no Xet, no network beyond this machine."""

import os

# Read when huggingface_hub is imported, so they stand before any import of it.
os.environ.setdefault("HF_HUB_DISABLE_XET", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

from hypothesis import HealthCheck, settings

# How long an example takes says more about the machine than about the property.
settings.register_profile("pcdata", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pcdata")
