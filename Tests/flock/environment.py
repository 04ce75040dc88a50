"""Configures flock for tests; import this module before flock.

Above all it disables flock's own tracing, which is slow, and whose OpenTelemetry SDK
deadlocks in a forked child.
"""

import os

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
os.environ.setdefault("FLOCK_DISABLE_TELEMETRY_AUTOSETUP", "1")
os.environ.setdefault("FLOCK_AUTO_TRACE", "false")
