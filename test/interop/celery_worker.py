"""Celery, a worker as applications run it, with SQS as its broker."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from celery import Celery

TASKS = 20
PATIENCE_S = 40

app = Celery("interop", broker=os.environ["AWS_ENDPOINT_URL"].replace("http://", "sqs://test:test@"))
app.conf.update(
    broker_transport_options={
        "region": os.environ["AWS_DEFAULT_REGION"],
        "is_secure": False,
        "wait_time_seconds": 5,
    },
    task_default_queue="celery-jobs",
    worker_enable_remote_control=False,
)


@app.task
def note(number):
    with open(os.environ["NOTES"], "a") as notes:
        notes.write(f"{number}\n")


def check_celery_runs_every_task_once(aws):
    with tempfile.TemporaryDirectory(prefix="nuage-interop-") as folder:
        notes = Path(folder) / "notes"
        notes.touch()
        worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "celery_worker", "worker", "-c", "1", "-P", "solo"],
            cwd=Path(__file__).parent,
            env={**os.environ, "NOTES": str(notes), "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            for number in range(TASKS):
                note.delay(number)
            until = time.monotonic() + PATIENCE_S
            while time.monotonic() < until and len(notes.read_text().split()) < TASKS:
                time.sleep(0.1)
            found = sorted(int(line) for line in notes.read_text().split())
            assert found == list(range(TASKS)), found
        finally:
            worker.terminate()
            worker.wait(timeout=PATIENCE_S)
    url = aws.sqs.get_queue_url(QueueName="celery-jobs")["QueueUrl"]
    attributes = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "0", attributes
