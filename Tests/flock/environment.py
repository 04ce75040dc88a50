"""Makes flock quiet and quick; to be imported before it.

Without its own tracing above all: that is slow, and the OpenTelemetry SDK it starts
deadlocks in a forked child.
"""

import os

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
os.environ.setdefault("FLOCK_DISABLE_TELEMETRY_AUTOSETUP", "1")
os.environ.setdefault("FLOCK_AUTO_TRACE", "false")
