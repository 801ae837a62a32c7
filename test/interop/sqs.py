"""SQS through boto3: it checks the MD5 of every message itself."""

import threading
import time

import boto3
from botocore.exceptions import ClientError


def expect_code(code, call, **members):
    try:
        call(**members)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
        return error.response
    raise AssertionError(f"no {code}")


def check_send_receive_delete(aws):
    url = aws.sqs.create_queue(QueueName="boto", Attributes={"VisibilityTimeout": "40"})["QueueUrl"]
    attributes = {
        "colour": {"DataType": "String", "StringValue": "röt"},
        "count": {"DataType": "Number", "StringValue": "12"},
        "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    aws.sqs.send_message(QueueUrl=url, MessageBody="a <b> & ü", MessageAttributes=attributes)
    batch = [{"Id": str(n), "MessageBody": f"m{n}", "DelaySeconds": 0 if n < 9 else 901} for n in range(10)]
    answer = aws.sqs.send_message_batch(QueueUrl=url, Entries=batch)
    assert len(answer["Successful"]) == 9 and answer["Failed"][0]["Code"] == "InvalidParameterValue", answer
    got = aws.sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["All"],
    )["Messages"]
    assert got[0]["Body"] == "a <b> & ü" and got[0]["MessageAttributes"] == attributes, got[0]
    entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(got)]
    assert len(aws.sqs.delete_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 10
    assert "Messages" not in aws.sqs.receive_message(QueueUrl=url)


def check_resource_and_long_poll(aws):
    queue = boto3.resource("sqs", endpoint_url=aws.endpoint).create_queue(QueueName="boto-poll")
    waited = []

    def wait():
        started = time.monotonic()
        messages = queue.receive_messages(WaitTimeSeconds=10)
        waited.extend([messages[0].body, time.monotonic() - started])
        messages[0].delete()

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.3)
    queue.send_message(MessageBody="late")
    thread.join()
    assert waited[0] == "late" and waited[1] < 5, waited


def check_fifo(aws):
    url = aws.sqs.create_queue(
        QueueName="boto.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    )["QueueUrl"]
    for body in ["1", "2", "2", "3"]:
        aws.sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g")
    got = aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [one["Body"] for one in got] == ["1", "2", "3"], got


def check_errors_have_aws_codes(aws):
    expect_code("AWS.SimpleQueueService.NonExistentQueue", aws.sqs.get_queue_url, QueueName="nowhere")
    missing = aws.sqs.exceptions.QueueDoesNotExist
    try:
        aws.sqs.get_queue_url(QueueName="nowhere")
    except missing as error:
        assert "does not exist" in str(error)
    url = aws.sqs.create_queue(QueueName="boto-errors")["QueueUrl"]
    expect_code(
        "QueueAlreadyExists", aws.sqs.create_queue, QueueName="boto-errors", Attributes={"DelaySeconds": "1"}
    )
    expect_code("InvalidParameterValue", aws.sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=11)
    expect_code("MissingParameter", aws.sqs.send_message, QueueUrl=url, MessageBody="")
    expect_code("ReceiptHandleIsInvalid", aws.sqs.delete_message, QueueUrl=url, ReceiptHandle="x")
