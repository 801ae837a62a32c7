"""Event patterns beside AWS's own matcher, on random patterns and events."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PATTERNS = "20000"
SEED = "7"


def check_patterns_against_event_ruler(_):
    command = ["npx", "tsx", "test/patterns/differential.ts", PATTERNS, SEED]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, timeout=110)
    print(done.stdout.strip().rsplit("\n", 1)[-1])
    assert done.returncode == 0, done.stdout + done.stderr
