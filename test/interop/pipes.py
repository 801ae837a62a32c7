"""EventBridge Pipes through boto3."""

import json
import time

from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::000000000000:role/pipe"


def queue(aws, name):
    url = aws.sqs.create_queue(QueueName=name)["QueueUrl"]
    attributes = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return url, attributes["QueueArn"]


def wait_for(aws, name, state, patience_s=10):
    deadline = time.monotonic() + patience_s
    while (found := aws.pipes.describe_pipe(Name=name))["CurrentState"] != state:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def receive(aws, url, count, patience_s=10):
    deadline = time.monotonic() + patience_s
    bodies = []
    while len(bodies) < count:
        assert time.monotonic() < deadline, bodies
        got = aws.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10)
        bodies += [message["Body"] for message in got.get("Messages", [])]
    return sorted(bodies)


def check_queue_to_queue(aws):
    source_url, source = queue(aws, "boto-pipe-source")
    target_url, target = queue(aws, "boto-pipe-target")
    pattern = json.dumps({"body": {"kind": ["order"]}})
    aws.pipes.create_pipe(
        Name="boto",
        Source=source,
        Target=target,
        RoleArn=ROLE,
        SourceParameters={"FilterCriteria": {"Filters": [{"Pattern": pattern}]}},
        TargetParameters={"InputTemplate": '{"id": <$.body.id>, "pipe": "<aws.pipes.pipe-name>"}'},
    )
    wait_for(aws, "boto", "RUNNING")
    for n, kind in enumerate(["order", "note", "order"]):
        aws.sqs.send_message(QueueUrl=source_url, MessageBody=json.dumps({"kind": kind, "id": n}))
    got = [json.loads(body) for body in receive(aws, target_url, 2)]
    assert got == [{"id": 0, "pipe": "boto"}, {"id": 2, "pipe": "boto"}], got
    aws.pipes.stop_pipe(Name="boto")
    wait_for(aws, "boto", "STOPPED")
    pages = aws.pipes.get_paginator("list_pipes").paginate(NamePrefix="boto")
    assert [pipe["Name"] for page in pages for pipe in page["Pipes"]] == ["boto"]
    aws.pipes.delete_pipe(Name="boto")
    deadline = time.monotonic() + 10
    while True:
        try:
            aws.pipes.describe_pipe(Name="boto")
        except ClientError as error:
            assert error.response["Error"]["Code"] == "NotFoundException", error.response
            return
        assert time.monotonic() < deadline, "the pipe is still there"
        time.sleep(0.05)


def check_stream_to_stream(aws):
    arns = []
    for name in ("boto-pipe-a", "boto-pipe-b"):
        aws.kinesis.create_stream(StreamName=name, ShardCount=1)
        aws.kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})
        summary = aws.kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        arns.append(summary["StreamARN"])
    aws.pipes.create_pipe(
        Name="boto-streams",
        Source=arns[0],
        Target=arns[1],
        RoleArn=ROLE,
        SourceParameters={"KinesisStreamParameters": {"StartingPosition": "TRIM_HORIZON"}},
        TargetParameters={
            "InputTemplate": "<$.data>",
            "KinesisStreamParameters": {"PartitionKey": "$.partitionKey"},
        },
    )
    aws.kinesis.put_record(StreamName="boto-pipe-a", Data=b'{"a":1}', PartitionKey="k")
    iterator = aws.kinesis.get_shard_iterator(
        StreamName="boto-pipe-b", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    deadline = time.monotonic() + 15
    while not (records := aws.kinesis.get_records(ShardIterator=iterator)["Records"]):
        assert time.monotonic() < deadline, "no record"
        time.sleep(0.1)
    assert (records[0]["Data"], records[0]["PartitionKey"]) == (b'{"a":1}', "k"), records
