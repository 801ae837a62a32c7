"""SNS through boto3, with an HTTP subscriber that verifies what it is sent as AWS's guide says."""

import base64
import json
import queue
import subprocess
import tempfile
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from botocore.exceptions import ClientError

NOTIFICATION = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
CONFIRMATION = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]


def expect_code(code, call, **members):
    try:
        call(**members)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
        return error.response
    raise AssertionError(f"no {code}")


def listener(aws, topic, name, **attributes):
    fifo = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
    url = aws.sqs.create_queue(QueueName=name, Attributes=fifo)["QueueUrl"]
    arn = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    return url


def receive(aws, url, count):
    got = []
    while len(got) < count:
        answer = aws.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5, MessageAttributeNames=["All"]
        )
        messages = answer.get("Messages", [])
        assert messages, f"{len(got)} of {count} messages came"
        got.extend(messages)
        for one in messages:
            aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return got


def check_sns_fan_out_and_filters(aws):
    topic = aws.sns.create_topic(Name="boto-news", Tags=[{"Key": "team", "Value": "a"}])["TopicArn"]
    everything = listener(aws, topic, "boto-news-all")
    policy = json.dumps({"colour": ["red", {"prefix": "gr"}], "n": [{"numeric": [">", 1]}]})
    some = listener(aws, topic, "boto-news-some", RawMessageDelivery="true", FilterPolicy=policy)
    attributes = {
        "colour": {"DataType": "String", "StringValue": "green"},
        "n": {"DataType": "Number", "StringValue": "1.5"},
        "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    sent = aws.sns.publish(TopicArn=topic, Message="a <b> & ü", Subject="s", MessageAttributes=attributes)
    batch = [{"Id": str(n), "Message": f"m{n}"} for n in range(10)]
    answer = aws.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=batch)
    assert len(answer["Successful"]) == 10 and answer["Failed"] == [], answer
    bodies = [json.loads(one["Body"]) for one in receive(aws, everything, 11)]
    first = next(body for body in bodies if body["Message"] == "a <b> & ü")
    assert first["MessageId"] == sent["MessageId"] and first["Subject"] == "s", first
    assert first["MessageAttributes"]["bytes"] == {"Type": "Binary", "Value": "AP8="}, first
    raw = receive(aws, some, 1)
    assert raw[0]["Body"] == "a <b> & ü" and raw[0]["MessageAttributes"] == attributes, raw
    assert aws.sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "team", "Value": "a"}]


def check_sns_fifo(aws):
    attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "true"}
    topic = aws.sns.create_topic(Name="boto.fifo", Attributes=attributes)["TopicArn"]
    url = listener(aws, topic, "boto-topic.fifo", RawMessageDelivery="true")
    numbers = []
    for body in ["1", "2", "2", "3"]:
        numbers.append(aws.sns.publish(TopicArn=topic, Message=body, MessageGroupId="g")["SequenceNumber"])
    assert numbers[1] == numbers[2] and sorted(numbers) == numbers, numbers
    assert [one["Body"] for one in receive(aws, url, 3)] == ["1", "2", "3"]


def check_sns_answers_that_hold_nothing(aws):
    topic = aws.sns.create_topic(Name="boto-nothing")["TopicArn"]
    for answer in [
        aws.sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "k", "Value": "v"}]),
        aws.sns.untag_resource(ResourceArn=topic, TagKeys=["k"]),
        aws.sns.set_sms_attributes(attributes={"DefaultSMSType": "Promotional"}),
        aws.sns.opt_in_phone_number(phoneNumber="+491701234567"),
        aws.sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="d"),
        aws.sns.delete_topic(TopicArn=topic),
    ]:
        assert answer.keys() == {"ResponseMetadata"}, answer


def check_sns_pages(aws):
    made = {aws.sns.create_topic(Name=f"boto-page-{n:03}")["TopicArn"] for n in range(120)}
    pages = list(aws.sns.get_paginator("list_topics").paginate())
    assert len(pages) > 1 and len(pages[0]["Topics"]) == 100, [len(page["Topics"]) for page in pages]
    found = [one["TopicArn"] for page in pages for one in page["Topics"]]
    assert made <= set(found) and len(found) == len(set(found))
    for arn in made:
        aws.sns.delete_topic(TopicArn=arn)


def verifies(message):
    """With openssl, and the certificate that the message names."""
    names = NOTIFICATION if message["Type"] == "Notification" else CONFIRMATION
    text = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        certificate = urllib.request.urlopen(message["SigningCertURL"]).read()
        (path / "certificate.pem").write_bytes(certificate)
        (path / "text").write_text(text)
        (path / "signature").write_bytes(base64.b64decode(message["Signature"]))
        show = ["openssl", "x509", "-in", path / "certificate.pem", "-noout", "-pubkey"]
        (path / "key.pem").write_bytes(subprocess.run(show, check=True, capture_output=True).stdout)
        digest = "-sha256" if message["SignatureVersion"] == "2" else "-sha1"
        check = ["openssl", "dgst", digest, "-verify", path / "key.pem", "-signature", path / "signature"]
        return subprocess.run([*check, path / "text"], capture_output=True).returncode == 0


def check_sns_http_subscriber(aws):
    heard = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            heard.put((self.headers["x-amz-sns-message-type"], json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    topic = aws.sns.create_topic(Name="boto-http", Attributes={"SignatureVersion": "2"})["TopicArn"]
    endpoint = f"http://127.0.0.1:{server.server_port}/"
    aws.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint)
    kind, asked = heard.get(timeout=10)
    assert kind == "SubscriptionConfirmation" and verifies(asked), asked
    urllib.request.urlopen(asked["SubscribeURL"]).close()
    aws.sns.publish(TopicArn=topic, Message="hello ü", Subject="greetings")
    kind, message = heard.get(timeout=10)
    assert kind == "Notification" and message["Message"] == "hello ü" and verifies(message), message
    assert not verifies({**message, "Message": "changed"})
    urllib.request.urlopen(message["UnsubscribeURL"]).close()
    kind, ended = heard.get(timeout=10)
    assert kind == "UnsubscribeConfirmation" and verifies(ended), ended
    assert aws.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    server.shutdown()


def check_sns_errors_have_aws_codes(aws):
    topic = aws.sns.create_topic(Name="boto-errors")["TopicArn"]
    expect_code("NotFound", aws.sns.publish, TopicArn=f"{topic}-missing", Message="m")
    expect_code("InvalidParameter", aws.sns.publish, TopicArn="nonsense", Message="m")
    expect_code("InvalidParameter", aws.sns.create_topic, Name="a b")
    expect_code("InvalidParameter", aws.sns.publish, TopicArn=topic, Message="")
    wrong = {"a": {"DataType": "Text", "StringValue": "x"}}
    sent = {"TopicArn": topic, "Message": "m", "MessageAttributes": wrong}
    expect_code("ParameterValueInvalid", aws.sns.publish, **sent)
    batch = [{"Id": "1", "Message": "m"}, {"Id": "1", "Message": "m"}]
    expect_code(
        "BatchEntryIdsNotDistinct", aws.sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=batch
    )
    try:
        aws.sns.get_topic_attributes(TopicArn=f"{topic}-missing")
    except aws.sns.exceptions.NotFoundException as error:
        assert "Topic does not exist" in str(error)
