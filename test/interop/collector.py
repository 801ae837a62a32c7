"""The Collector of OpenTelemetry, where there is one: it takes all that the platform sends."""

import json
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from botocore.exceptions import ClientError
from functions import create
from run import PATIENCE_S, Aws, free_port, start_platform

FUNCTION = """
exports.handler = async ({ fail }) => {
  console.log("asked to", fail ? "fail" : "go on");
  if (fail) throw new TypeError("asked to fail");
};
"""


def settings(port):
    pipeline = {"receivers": ["otlp"], "exporters": ["debug"]}
    return {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{port}"}}}},
        "exporters": {"debug": {"verbosity": "detailed"}},
        "service": {
            "telemetry": {"metrics": {"level": "none"}},
            "pipelines": {signal: pipeline for signal in ("traces", "metrics", "logs")},
        },
    }


def until(told, log):
    deadline = time.monotonic() + PATIENCE_S
    while told not in log.read_text(errors="replace"):
        assert time.monotonic() < deadline, f"the collector never said: {told}"
        time.sleep(0.05)


def check_a_collector_takes_traces_logs_and_metrics(_aws):
    if not shutil.which("otelcol"):
        print("skipped collector.py: there is no otelcol")
        return
    with tempfile.TemporaryDirectory(prefix="nuage-collector-") as folder:
        config, log = Path(folder, "config.json"), Path(folder, "log")
        collects, listens = free_port(), free_port()
        config.write_text(json.dumps(settings(collects)))
        with log.open("w") as output:
            collector = subprocess.Popen(["otelcol", "--config", config], stdout=output, stderr=output)
        platform = None
        try:
            until("Everything is ready", log)
            platform = start_platform(listens, "--otlp", f"http://127.0.0.1:{collects}")
            use(Aws(f"http://127.0.0.1:{listens}"))
            # What is still to be sent is sent when the platform stops.
            platform.terminate()
            platform.wait(timeout=PATIENCE_S)
            compare(log.read_text(errors="replace"))
        finally:
            for process in (platform, collector):
                if process and process.poll() is None:
                    process.kill()
                    process.wait()


def use(aws):
    create(aws, "collected", "nodejs20.x", "index.js", FUNCTION)
    for event in ({}, {}, {"fail": True}):
        aws.lambda_.invoke(FunctionName="collected", Payload=json.dumps(event))
    try:
        aws.sqs.get_queue_url(QueueName="none")
    except ClientError:
        pass


def compare(log):
    names = re.findall(r"^    Name +: (.+)$", log, re.MULTILINE)
    assert names.count("collected") == 3, names
    assert names.count("lambda.Invoke") == 3, names
    assert names.count("sqs.GetQueueUrl") == 1, names
    assert log.count("exception.message: Str(asked to fail)") >= 1
    lines = re.findall(r"^Body: Str\((.+)\)$", log, re.MULTILINE)
    assert sum("asked to go on" in line for line in lines) == 2, lines
    assert sum(line.startswith("REPORT") for line in lines) == 3, lines
    for metric in ("Invocations", "Errors", "Duration"):
        assert f"Name: amazonaws.com/AWS/Lambda/{metric}" in log, metric
