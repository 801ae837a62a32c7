"""Event source mappings through boto3: a queue and a table's stream lead to a function."""

import io
import time
import zipfile

from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::000000000000:role/interop"
CODE = """
import os, boto3

sqs = boto3.client("sqs")

def handler(event, context):
    for record in event["Records"]:
        text = record.get("body") or record["dynamodb"]["NewImage"]["text"]["S"]
        sqs.send_message(QueueUrl=os.environ["SEEN"], MessageBody=text)
    return {"batchItemFailures": []}
"""


def make_function(aws, name, seen):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("index.py", CODE)
    aws.lambda_.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="index.handler",
        Role=ROLE,
        Timeout=20,
        Code={"ZipFile": archive.getvalue()},
        Environment={"Variables": {"SEEN": seen}},
    )


def wait_until(aws, uuid, state):
    for _ in range(200):
        try:
            found = aws.lambda_.get_event_source_mapping(UUID=uuid)["State"]
        except ClientError as error:
            found = error.response["Error"]["Code"]
        if found == state:
            return
        time.sleep(0.05)
    raise AssertionError(f"{uuid} is {found}, not {state}")


def next_text(aws, seen):
    got = aws.sqs.receive_message(QueueUrl=seen, WaitTimeSeconds=20)["Messages"]
    aws.sqs.delete_message(QueueUrl=seen, ReceiptHandle=got[0]["ReceiptHandle"])
    return got[0]["Body"]


def check_queue_to_function(aws):
    functions = aws.lambda_
    seen = aws.sqs.create_queue(QueueName="boto-sources-seen")["QueueUrl"]
    make_function(aws, "boto-sources", seen)
    url = aws.sqs.create_queue(QueueName="boto-sources")["QueueUrl"]
    arn = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    made = functions.create_event_source_mapping(
        FunctionName="boto-sources", EventSourceArn=arn, FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    assert made["State"] == "Creating" and made["BatchSize"] == 10, made
    wait_until(aws, made["UUID"], "Enabled")
    aws.sqs.send_message(QueueUrl=url, MessageBody="through the queue")
    assert next_text(aws, seen) == "through the queue"
    pages = functions.get_paginator("list_event_source_mappings").paginate(FunctionName="boto-sources")
    assert [one["UUID"] for page in pages for one in page["EventSourceMappings"]] == [made["UUID"]]
    try:
        functions.create_event_source_mapping(FunctionName="boto-sources", EventSourceArn=arn)
    except functions.exceptions.ResourceConflictException as error:
        assert made["UUID"] in str(error)
    else:
        raise AssertionError("a second mapping was made")
    functions.delete_event_source_mapping(UUID=made["UUID"])
    wait_until(aws, made["UUID"], "ResourceNotFoundException")


def check_table_to_function(aws):
    functions = aws.lambda_
    seen = aws.sqs.create_queue(QueueName="boto-changes-seen")["QueueUrl"]
    make_function(aws, "boto-changes", seen)
    table = aws.dynamodb.create_table(
        TableName="boto-changes",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    made = functions.create_event_source_mapping(
        FunctionName="boto-changes",
        EventSourceArn=table["LatestStreamArn"],
        StartingPosition="LATEST",
        FilterCriteria={"Filters": [{"Pattern": '{"eventName": ["INSERT"]}'}]},
    )
    for text in ["inserted", "modified"]:
        aws.dynamodb.put_item(TableName="boto-changes", Item={"id": {"S": "a"}, "text": {"S": text}})
    aws.dynamodb.put_item(TableName="boto-changes", Item={"id": {"S": "b"}, "text": {"S": "another"}})
    assert {next_text(aws, seen), next_text(aws, seen)} == {"inserted", "another"}
    wait_until(aws, made["UUID"], "Enabled")
    functions.update_event_source_mapping(UUID=made["UUID"], Enabled=False)
    wait_until(aws, made["UUID"], "Disabled")
