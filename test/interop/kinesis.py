"""Kinesis through boto3, and through the Kinesis Client Library where Java and Maven are there."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from botocore.exceptions import ClientError

CLIENT = Path(__file__).parent / "kinesis-client"
FETCH_S = 180
CONSUME_S = 200


def expect_code(code, call, **members):
    try:
        call(**members)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
        return error.response["Error"]["Message"]
    raise AssertionError(f"no {code}")


def read_all(kinesis, stream):
    """All records, each shard after its parents."""
    found = []
    for page in kinesis.get_paginator("list_shards").paginate(StreamName=stream):
        for shard in page["Shards"]:
            iterator = kinesis.get_shard_iterator(
                StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            while iterator:
                answer = kinesis.get_records(ShardIterator=iterator, Limit=40)
                found.extend(answer["Records"])
                iterator = answer.get("NextShardIterator") if answer["MillisBehindLatest"] > 0 else None
    return found


def check_put_split_read(aws):
    aws.kinesis.create_stream(StreamName="boto", ShardCount=2)
    aws.kinesis.get_waiter("stream_exists").wait(StreamName="boto", WaiterConfig={"Delay": 1})
    first = aws.kinesis.put_record(StreamName="boto", Data=b"\x00\xff", PartitionKey="a")
    assert first["ShardId"] == "shardId-000000000000" and len(first["SequenceNumber"]) == 56, first
    records = [{"Data": f"r{n}".encode(), "PartitionKey": f"k{n}"} for n in range(100)]
    assert aws.kinesis.put_records(StreamName="boto", Records=records)["FailedRecordCount"] == 0
    aws.kinesis.split_shard(
        StreamName="boto", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**126)
    )
    aws.kinesis.put_records(StreamName="boto", Records=records)
    found = read_all(aws.kinesis, "boto")
    assert sorted(one["Data"] for one in found) == sorted(
        [b"\x00\xff", *(one["Data"] for one in records), *(one["Data"] for one in records)]
    )
    stream = aws.kinesis.describe_stream(StreamName="boto")["StreamDescription"]
    parents = [one.get("ParentShardId") for one in stream["Shards"]]
    assert parents == [None, None, "shardId-000000000000", "shardId-000000000000"], parents


def check_fan_out(aws):
    aws.kinesis.create_stream(StreamName="boto-fan", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    summary = aws.kinesis.describe_stream_summary(StreamName="boto-fan")["StreamDescriptionSummary"]
    assert summary["OpenShardCount"] == 4, summary
    consumer = aws.kinesis.register_stream_consumer(StreamARN=summary["StreamARN"], ConsumerName="boto")
    put = aws.kinesis.put_record(StreamName="boto-fan", Data=b"hello", PartitionKey="k")
    events = aws.kinesis.subscribe_to_shard(
        ConsumerARN=consumer["Consumer"]["ConsumerARN"],
        ShardId=put["ShardId"],
        StartingPosition={"Type": "TRIM_HORIZON"},
    )["EventStream"]
    for event in events:
        records = event["SubscribeToShardEvent"]["Records"]
        if records:
            assert records[0]["Data"] == b"hello", records
            break
    events.close()


def check_errors_have_aws_codes(aws):
    message = expect_code("ResourceNotFoundException", aws.kinesis.describe_stream, StreamName="nowhere")
    assert message == "Stream nowhere under account 000000000000 not found.", message
    aws.kinesis.create_stream(StreamName="boto-errors", ShardCount=1)
    expect_code("ResourceInUseException", aws.kinesis.create_stream, StreamName="boto-errors", ShardCount=1)
    expect_code(
        "InvalidArgumentException",
        aws.kinesis.increase_stream_retention_period,
        StreamName="boto-errors",
        RetentionPeriodHours=9000,
    )
    try:
        aws.kinesis.get_records(ShardIterator="nonsense")
    except aws.kinesis.exceptions.InvalidArgumentException as error:
        assert "Invalid ShardIterator." in str(error)


def check_streams_of_tables(aws):
    aws.kinesis.create_stream(StreamName="boto-table", ShardCount=1)
    summary = aws.kinesis.describe_stream_summary(StreamName="boto-table")["StreamDescriptionSummary"]
    aws.dynamodb.create_table(
        TableName="boto-table",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    aws.dynamodb.enable_kinesis_streaming_destination(
        TableName="boto-table", StreamArn=summary["StreamARN"]
    )
    aws.dynamodb.put_item(TableName="boto-table", Item={"id": {"S": "a"}})
    iterator = aws.kinesis.get_shard_iterator(
        StreamName="boto-table", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records = []
    while not records:
        answer = aws.kinesis.get_records(ShardIterator=iterator)
        records, iterator = answer["Records"], answer["NextShardIterator"]
    assert b'"eventName":"INSERT"' in records[0]["Data"], records


def check_kinesis_client_library(aws):
    """CBOR, leases in DynamoDB, a split, and both ways of reading, as the library's users have them."""
    if not (shutil.which("mvn") and shutil.which("javac")):
        print("skipped kinesis.py: kinesis client library: there is no mvn or javac")
        return
    with tempfile.TemporaryDirectory(prefix="nuage-kcl-") as folder:
        fetch = ["mvn", "-q", "-B", "-f", str(CLIENT), "dependency:copy-dependencies"]
        try:
            subprocess.run(
                [*fetch, f"-DoutputDirectory={folder}"], check=True, capture_output=True, timeout=FETCH_S
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            print("skipped kinesis.py: kinesis client library: Maven could not fetch it")
            return
        subprocess.run(
            ["javac", "-cp", f"{folder}/*", "-d", folder, str(CLIENT / "Consumer.java")], check=True
        )
        region = f"-Daws.region={aws.kinesis.meta.region_name}"
        command = ["java", region, "-cp", f"{folder}:{folder}/*", "Consumer", aws.endpoint]
        workers = [
            subprocess.Popen([*command, mode], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            for mode in ["polling", "fan-out"]
        ]
        try:
            for worker in workers:
                output, _ = worker.communicate(timeout=CONSUME_S)
                assert worker.returncode == 0 and "200 records" in output, output
        finally:
            for worker in workers:
                worker.kill()
