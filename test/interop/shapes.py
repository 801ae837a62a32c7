"""Events as functions receive them, held against the types that handlers in Go and Java are given."""

import datetime
import io
import json
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

ROLE = "arn:aws:iam::000000000000:role/interop"
HERE = Path(__file__).parent / "event-shapes"
FETCH_S = 110
CODE = """
import json, os, boto3

sqs = boto3.client("sqs")

def handler(event, context):
    sqs.send_message(QueueUrl=os.environ["SEEN"], MessageBody=json.dumps(event))
    if event.get("fail"):
        raise RuntimeError("asked to fail")
    return {"state": {"seen": "yes"}}
"""


def make_function(aws, name, seen):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("index.py", CODE)
    return aws.lambda_.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="index.handler",
        Role=ROLE,
        Timeout=20,
        Code={"ZipFile": archive.getvalue()},
        Environment={"Variables": {"SEEN": seen}},
    )["FunctionArn"]


def permit(aws, name, service):
    aws.lambda_.add_permission(
        FunctionName=name,
        StatementId=service,
        Action="lambda:InvokeFunction",
        Principal=f"{service}.amazonaws.com",
    )


def from_bucket(aws, arn):
    permit(aws, "shapes", "s3")
    place = {"LocationConstraint": "eu-central-1"}
    aws.s3.create_bucket(Bucket="shapes", CreateBucketConfiguration=place)
    wanted = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
    aws.s3.put_bucket_notification_configuration(
        Bucket="shapes", NotificationConfiguration={"LambdaFunctionConfigurations": [wanted]}
    )
    aws.s3.put_object(Bucket="shapes", Key="my photo/é+1.jpg", Body=b"pixels")
    aws.s3.delete_object(Bucket="shapes", Key="my photo/é+1.jpg")
    return {"s3": 2}


ATTRIBUTES = {
    "text": {"DataType": "String", "StringValue": "t"},
    "number": {"DataType": "Number", "StringValue": "1.5"},
    "bytes": {"DataType": "Binary", "BinaryValue": b"\x01\xff"},
}


def from_topic(aws, arn):
    permit(aws, "shapes", "sns")
    topic = aws.sns.create_topic(Name="shapes")["TopicArn"]
    aws.sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    aws.sns.publish(TopicArn=topic, Message="héllo", Subject="s", MessageAttributes=ATTRIBUTES)
    aws.sns.publish(TopicArn=topic, Message="without a subject")
    return {"sns": 2}


def from_queues(aws, _):
    for name, attributes in [("shapes", {}), ("shapes.fifo", {"FifoQueue": "true"})]:
        url = aws.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        asked = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        arn = asked["Attributes"]["QueueArn"]
        aws.lambda_.create_event_source_mapping(FunctionName="shapes", EventSourceArn=arn)
        more = {"MessageGroupId": "g", "MessageDeduplicationId": "d"} if attributes else {}
        aws.sqs.send_message(QueueUrl=url, MessageBody="héllo", MessageAttributes=ATTRIBUTES, **more)
    return {"sqs": 2}


def follow(aws, stream):
    """One function is given records, another one windows of them."""
    for name, more in [("shapes", {}), ("shapes-window", {"TumblingWindowInSeconds": 1})]:
        aws.lambda_.create_event_source_mapping(
            FunctionName=name, EventSourceArn=stream, StartingPosition="TRIM_HORIZON", **more
        )


def from_stream(aws, _):
    aws.kinesis.create_stream(StreamName="shapes", ShardCount=1)
    aws.kinesis.get_waiter("stream_exists").wait(StreamName="shapes", WaiterConfig={"Delay": 1})
    aws.kinesis.put_record(StreamName="shapes", PartitionKey="k", Data="héllo".encode())
    follow(aws, aws.kinesis.describe_stream_summary(StreamName="shapes")["StreamDescriptionSummary"]["StreamARN"])
    return {"kinesis": 1, "kinesis window": 2}


def from_table(aws, _):
    made = aws.dynamodb.create_table(
        TableName="shapes",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]
    item = {
        "id": {"S": "a"},
        "number": {"N": "123456789012345678.5"},
        "bytes": {"B": b"\x01\xff"},
        "truth": {"BOOL": False},
        "nothing": {"NULL": True},
        "list": {"L": [{"S": ""}, {"M": {"deep": {"N": "-1"}}}]},
        "sets": {"M": {"s": {"SS": ["x"]}, "n": {"NS": ["1"]}, "b": {"BS": [b"\x02"]}}},
    }
    aws.dynamodb.put_item(TableName="shapes", Item=item)
    aws.dynamodb.put_item(TableName="shapes", Item={"id": {"S": "a"}})
    aws.dynamodb.delete_item(TableName="shapes", Key={"id": {"S": "a"}})
    follow(aws, made["LatestStreamArn"])
    return {"dynamodb": 1, "dynamodb window": 2}


def from_bus(aws, arn):
    permit(aws, "shapes", "events")
    aws.events.put_rule(Name="shapes", EventPattern=json.dumps({"source": ["shapes"]}))
    aws.events.put_targets(Rule="shapes", Targets=[{"Id": "f", "Arn": arn}])
    detail = {"n": 1, "deep": {"list": [None, True]}}
    entry = {"Source": "shapes", "DetailType": "a thing", "Detail": json.dumps(detail)}
    aws.events.put_events(Entries=[{**entry, "Resources": ["arn:aws:s3:::shapes"]}])
    return {"events": 1}


def from_log_group(aws, arn):
    permit(aws, "shapes", "logs")
    aws.logs.create_log_group(logGroupName="shapes")
    aws.logs.create_log_stream(logGroupName="shapes", logStreamName="one")
    aws.logs.put_subscription_filter(
        logGroupName="shapes", filterName="all", filterPattern="", destinationArn=arn
    )
    line = {"timestamp": int(time.time() * 1000), "message": "héllo"}
    aws.logs.put_log_events(logGroupName="shapes", logStreamName="one", logEvents=[line])
    return {"logs": 1}


def from_apis(aws, arn):
    """Of both kinds, and of the function's own address."""
    permit(aws, "shapes", "apigateway")
    api = aws.apigatewayv2.create_api(Name="shapes", ProtocolType="HTTP", Target=arn)["ApiId"]
    call(aws, f"{api}.execute-api.localhost", "/things/%C3%A9?q=1&q=2")
    rest = aws.apigateway.create_rest_api(name="shapes")
    place = {"restApiId": rest["id"], "resourceId": rest["rootResourceId"], "httpMethod": "POST"}
    aws.apigateway.put_method(**place, authorizationType="NONE")
    uri = f"arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    aws.apigateway.put_integration(**place, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    aws.apigateway.create_deployment(restApiId=rest["id"], stageName="prod")
    call(aws, f"{rest['id']}.execute-api.localhost", "/prod?q=1&q=2", data=b"h\xc3\xa9llo")
    for action in ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]:
        more = {"FunctionUrlAuthType": "NONE"} if action.endswith("Url") else {"InvokedViaFunctionUrl": True}
        aws.lambda_.add_permission(
            FunctionName="shapes", StatementId=action[7:], Action=action, Principal="*", **more
        )
    url = aws.lambda_.create_function_url_config(FunctionName="shapes", AuthType="NONE")["FunctionUrl"]
    call(aws, urllib.parse.urlsplit(url).netloc, "/x?q=1", data=b"text")
    return {"http api": 1, "rest api": 1, "url": 1}


def call(aws, host, path, data=None):
    headers = {"Host": host, "Content-Type": "text/plain", "X-Mine": "1"}
    request = urllib.request.Request(aws.endpoint + path, data=data, headers=headers)
    try:
        urllib.request.urlopen(request, timeout=20).close()
    except urllib.error.HTTPError:
        pass  # What the function answers is not asked here.


def from_destinations(aws, arn):
    to = {"Destination": arn}
    aws.lambda_.put_function_event_invoke_config(
        FunctionName="shapes-window",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnSuccess": to, "OnFailure": to},
    )
    for event in [{"n": 1}, {"n": 2, "fail": True}]:
        aws.lambda_.invoke(FunctionName="shapes-window", InvocationType="Event", Payload=json.dumps(event))
    return {"destination": 2}


SOURCES = [
    from_bucket,
    from_topic,
    from_queues,
    from_stream,
    from_table,
    from_bus,
    from_log_group,
    from_apis,
    from_destinations,
]


def kind_of(event):
    if event.get("version") == "2.0":
        return "url" if ".lambda-url." in event["requestContext"]["domainName"] else "http api"
    if "httpMethod" in event:
        return "rest api"
    if "requestContext" in event:
        return "destination"
    if "detail-type" in event:
        return "events"
    if "awslogs" in event:
        return "logs"
    source = event.get("eventSourceARN") or "".join(
        str(record.get("eventSource") or record.get("EventSource")) for record in event.get("Records", [])[:1]
    )
    for kind in ["s3", "sns", "sqs", "kinesis", "dynamodb"]:
        if f":{kind}" in source:
            return f"{kind} window" if "window" in event else kind
    return "none"


def record_events(aws):
    """Has every source start a function once at least, and gives the events that came of it."""
    seen = aws.sqs.create_queue(QueueName="shapes-seen")["QueueUrl"]
    make_function(aws, "shapes-window", seen)
    arn = make_function(aws, "shapes", seen)
    wanted = {}
    for source in SOURCES:
        wanted.update(source(aws, arn))
    found = []
    missing = wanted
    deadline = time.monotonic() + 40
    while missing and time.monotonic() < deadline:
        messages = aws.sqs.receive_message(QueueUrl=seen, WaitTimeSeconds=1, MaxNumberOfMessages=10)
        for message in messages.get("Messages", []):
            event = json.loads(message["Body"])
            drop_what_no_type_has(event)
            found.append((kind_of(event), event))
            aws.sqs.delete_message(QueueUrl=seen, ReceiptHandle=message["ReceiptHandle"])
        counts = {kind: sum(each == kind for each, _ in found) for kind in wanted}
        missing = [kind for kind, count in counts.items() if count < wanted[kind]]
    assert not missing, f"no event came, or too few, of {missing}"
    return found


def drop_what_no_type_has(event):
    """AWS tells these too."""
    if "httpMethod" in event:
        del event["requestContext"]["deploymentId"]
        del event["requestContext"]["identity"]["principalOrgId"]
    elif kind_of(event) == "url":
        del event["routeKey"]
        del event["requestContext"]["routeKey"]
        del event["requestContext"]["stage"]


def lost(given, again, path="$"):
    """Where what was given is not what is told again. What is told besides is the type's own affair."""
    if isinstance(given, dict):
        if not isinstance(again, dict):
            return [f"{path}: {given!r} became {again!r}"]
        parts = [(f"{path}.{name}", value, again.get(name)) for name, value in given.items()]
        return [one for where, value, other in parts for one in lost(value, other, where)]
    if isinstance(given, list):
        if not isinstance(again, list) or len(given) != len(again):
            return [f"{path}: {given!r} became {again!r}"]
        pairs = enumerate(zip(given, again))
        return [one for n, (value, other) in pairs for one in lost(value, other, f"{path}[{n}]")]
    return [] if same(given, again) else [f"{path}: {given!r} became {again!r}"]


def same(given, again):
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return isinstance(again, (int, float)) and abs(given - again) < 0.002
    # Types do not tell what is empty from what is not there.
    if given in ("", None, False):
        return again in ("", None, False)
    return given == again or moment(given) == moment(again) is not None


def moment(text):
    try:
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (AttributeError, ValueError):
        return None


def compare(language, found, again):
    assert len(again) == len(found), f"{language} told {len(again)} of {len(found)} events"
    problems = []
    for (kind, event), (told_kind, told) in zip(found, again):
        assert kind == told_kind
        problems += [f"{kind} {one}" for one in lost(event, told)]
    assert not problems, f"{language}'s types lose:\n" + "\n".join(problems)


recorded = []


def events_of(aws):
    if not recorded:
        recorded.extend(record_events(aws))
    return recorded


def check_events_have_the_types_of_go(aws):
    if not shutil.which("go"):
        print("skipped shapes.py: events have the types of go: there is no go")
        return
    with tempfile.TemporaryDirectory(prefix="nuage-shapes-") as folder:
        build = ["go", "build", "-o", f"{folder}/shapes", "."]
        try:
            subprocess.run(build, cwd=HERE, check=True, capture_output=True, timeout=FETCH_S)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            reason = (error.stderr or b"").decode()[-300:]
            print(f"skipped shapes.py: events have the types of go: it could not be built: {reason}")
            return
        found = [(kind, event) for kind, event in events_of(aws) if kind not in ("none", "destination")]
        lines = "".join(json.dumps({"kind": kind, "event": event}) + "\n" for kind, event in found)
        done = subprocess.run([f"{folder}/shapes"], input=lines, text=True, capture_output=True, timeout=30)
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    refused = [f"{one['kind']}: {one['error']}" for one in told if "error" in one]
    assert not refused, "Go refuses: " + "; ".join(refused)
    compare("Go", found, [(one["kind"], one["again"]) for one in told])


def check_events_have_the_types_of_java(aws):
    if not (shutil.which("mvn") and shutil.which("javac")):
        print("skipped shapes.py: events have the types of java: there is no mvn or javac")
        return
    with tempfile.TemporaryDirectory(prefix="nuage-shapes-") as folder:
        fetch = ["mvn", "-q", "-B", "-f", str(HERE), "dependency:copy-dependencies"]
        try:
            subprocess.run(
                [*fetch, f"-DoutputDirectory={folder}"], check=True, capture_output=True, timeout=FETCH_S
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            print("skipped shapes.py: events have the types of java: Maven could not fetch them")
            return
        subprocess.run(["javac", "-cp", f"{folder}/*", "-d", folder, str(HERE / "Shapes.java")], check=True)
        found = [(kind, event) for kind, event in events_of(aws) if kind != "none"]
        lines = "".join(f"{kind}\t{json.dumps(event)}\n" for kind, event in found)
        command = ["java", "-cp", f"{folder}:{folder}/*", "Shapes"]
        done = subprocess.run(command, input=lines, text=True, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    told = [line.split("\t", 1) for line in done.stdout.splitlines()]
    compare("Java", found, [(kind, json.loads(text)) for kind, text in told])
