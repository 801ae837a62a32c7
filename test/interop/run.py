"""Starts a platform, runs every scenario of this folder against it, and stops it.

A scenario is a function whose name begins with `check_`: in a Python file it is given a boto3 session and
the endpoint, in a shell file it runs by itself under `set -euo pipefail` with the endpoint in the
environment. Words after the command choose scenarios whose name holds one of them.

Lanes run side by side, each on a platform of its own: what builds and deploys takes as long as all else,
and what mostly waits for its own clocks takes nothing from the others.
"""

import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PATIENCE_S = 30
SCENARIO_TIMEOUT_S = 300
REST = "rest"
LANES = {
    "tools": {"deploy-tools.sh", "native_runtimes.py"},
    "patience": {"cloudformation-commands.sh", "kinesis.py", "celery_worker.py"},
    REST: set(),
}
LANE_OF = {name: lane for lane, names in LANES.items() for name in names}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_platform(port, *more):
    command = ["node", "dist/cli.js", "start", "--ephemeral", "--port", str(port), *more]
    platform = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if platform.poll() is not None:
            sys.exit(f"the platform ended with status {platform.returncode}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_nuage/health", timeout=1).close()
            return platform
        except OSError:
            time.sleep(0.05)
    platform.kill()
    sys.exit(f"the platform did not answer within {PATIENCE_S} s")


class Aws:
    """boto3 clients that know where the platform is."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.session = boto3.Session()
        self.clients = {}

    def __getattr__(self, service):
        service = service.rstrip("_")
        if service not in self.clients:
            config = Config(retries={"max_attempts": 0})
            self.clients[service] = self.session.client(service, endpoint_url=self.endpoint, config=config)
        return self.clients[service]


def python_scenarios(path, aws):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name, value in list(vars(module).items()):
        if name.startswith("check_"):
            yield name, lambda check=value: check(aws)


def shell_scenarios(path):
    for name in re.findall(r"^(check_\w+)\(\)", path.read_text(), re.MULTILINE):
        yield name, lambda name=name: run_shell(path, name)


def run_shell(path, name):
    with tempfile.TemporaryDirectory(prefix="nuage-interop-") as folder:
        script = f'set -euo pipefail; source "{path}"; {name}'
        done = subprocess.run(
            ["bash", "-c", script], cwd=folder, text=True, capture_output=True, timeout=SCENARIO_TIMEOUT_S
        )
    if done.returncode != 0:
        raise AssertionError(f"status {done.returncode}\n{done.stdout}{done.stderr}")


def scenarios(aws, lane, words):
    for path in sorted(HERE.iterdir()):
        if LANE_OF.get(path.name, REST) != lane:
            continue
        if path.suffix == ".py" and path.name != "run.py":
            found = python_scenarios(path, aws)
        elif path.suffix == ".sh" and path.name != "run.sh":
            found = shell_scenarios(path)
        else:
            continue
        for name, check in found:
            title = f"{path.name}: {name.removeprefix('check_').replace('_', ' ')}"
            if not words or any(word in title for word in words):
                yield title, check


def run(endpoint, lane, words):
    passed = failed = 0
    for title, check in scenarios(Aws(endpoint), lane, words):
        began = time.monotonic()
        try:
            check()
            passed += 1
            print(f"ok      {title} ({time.monotonic() - began:.0f} s)", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED  {title}\n{traceback.format_exc()}", flush=True)
    print(f"{lane}: {passed} passed, {failed} failed", flush=True)
    return failed == 0 and (passed > 0 or bool(words))


def main():
    """All lanes, side by side."""
    lanes = [subprocess.Popen([sys.executable, __file__, "--lane", lane, *sys.argv[1:]]) for lane in LANES]
    sys.exit(1 if any([lane.wait() for lane in lanes]) else 0)


def run_lane(lane, words):
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    for name in list(os.environ):
        if name.startswith("AWS_"):
            del os.environ[name]
    os.environ.update(
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION="eu-central-1",
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
        AWS_PAGER="",
        AWS_ENDPOINT_URL=endpoint,
    )
    platform = start_platform(port)
    try:
        good = run(endpoint, lane, words)
    finally:
        platform.send_signal(signal.SIGTERM)
        try:
            status = platform.wait(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            platform.kill()
            status = "none: it had to be killed"
    if status != 0:
        sys.exit(f"the platform stopped with status {status}")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--lane"]:
        run_lane(sys.argv[2], sys.argv[3:])
    else:
        main()
