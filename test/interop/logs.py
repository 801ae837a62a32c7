"""CloudWatch Logs through boto3: groups, events, filters, subscriptions, live tail and Insights."""

import gzip
import io
import json
import os
import socket
import time
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::000000000000:role/interop"
REGION = "eu-central-1"
PATIENCE_S = 20
READER = """
import base64, gzip
def handler(event, context):
    print("GOT", gzip.decompress(base64.b64decode(event["awslogs"]["data"])).decode())
"""


def now():
    return int(time.time() * 1000)


def create(aws, group):
    aws.logs.create_log_group(logGroupName=group)
    aws.logs.create_log_stream(logGroupName=group, logStreamName="s")


def put(aws, group, *messages):
    events = [{"timestamp": now(), "message": message} for message in messages]
    return aws.logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)


def function(aws, name, text):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", text)
    made = aws.lambda_.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="index.handler",
        Role=ROLE,
        Code={"ZipFile": buffer.getvalue()},
    )
    return made["FunctionArn"]


def eventually(found):
    end = time.monotonic() + PATIENCE_S
    while True:
        value = found()
        if value:
            return value
        assert time.monotonic() < end, value
        time.sleep(0.05)


def expect_code(code, call, **members):
    try:
        call(**members)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
    else:
        raise AssertionError(f"{code} was not raised")


def query(aws, group, text):
    started = aws.logs.start_query(
        logGroupName=group, startTime=0, endTime=int(time.time()) + 1, queryString=text
    )

    def complete():
        answer = aws.logs.get_query_results(queryId=started["queryId"])
        return answer if answer["status"] == "Complete" else None

    rows = eventually(complete)["results"]
    return [{one["field"]: one["value"] for one in row if one["field"] != "@ptr"} for row in rows]


def check_events_are_put_and_read(aws):
    create(aws, "/boto/events")
    answer = put(aws, "/boto/events", "one", "two")
    assert answer["nextSequenceToken"], answer
    got = aws.logs.get_log_events(logGroupName="/boto/events", logStreamName="s", startFromHead=True)
    assert [event["message"] for event in got["events"]] == ["one", "two"], got
    again = aws.logs.get_log_events(
        logGroupName="/boto/events", logStreamName="s", startFromHead=True, nextToken=got["nextForwardToken"]
    )
    assert again["events"] == [] and again["nextForwardToken"] == got["nextForwardToken"], again
    pages = aws.logs.get_paginator("filter_log_events").paginate(
        logGroupName="/boto/events", PaginationConfig={"PageSize": 1}
    )
    assert [event["message"] for page in pages for event in page["events"]] == ["one", "two"]


def check_errors_have_aws_codes(aws):
    create(aws, "/boto/errors")
    expect_code("ResourceAlreadyExistsException", aws.logs.create_log_group, logGroupName="/boto/errors")
    expect_code("ResourceNotFoundException", aws.logs.delete_log_group, logGroupName="/boto/none")
    expect_code(
        "InvalidParameterException",
        aws.logs.put_retention_policy,
        logGroupName="/boto/errors",
        retentionInDays=8,
    )
    expect_code(
        "MalformedQueryException",
        aws.logs.start_query,
        logGroupName="/boto/errors",
        startTime=0,
        endTime=1,
        queryString="fields |",
    )


def check_a_functions_lines_are_its_log(aws):
    function(aws, "boto-logs", "def handler(event, context):\n    print('hello from', event['who'])\n")
    aws.lambda_.invoke(FunctionName="boto-logs", Payload=json.dumps({"who": "boto"}))
    group = "/aws/lambda/boto-logs"
    streams = aws.logs.describe_log_streams(logGroupName=group, orderBy="LastEventTime", descending=True)
    [stream] = streams["logStreams"]
    events = aws.logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
    messages = [event["message"] for event in events]
    assert "hello from boto\n" in messages, messages
    assert messages[-1].startswith("REPORT RequestId: "), messages
    [report] = query(aws, group, "filter @type = 'REPORT' | stats max(@duration) as d, count(*) as n")
    assert report["n"] == "1" and float(report["d"]) > 0, report


def check_a_function_subscribes(aws):
    arn = function(aws, "boto-reader", READER)
    create(aws, "/boto/subscribed")
    members = {
        "logGroupName": "/boto/subscribed",
        "filterName": "f",
        "filterPattern": "{ $.level = ERROR }",
        "destinationArn": arn,
    }
    expect_code("InvalidParameterException", aws.logs.put_subscription_filter, **members)
    aws.lambda_.add_permission(
        FunctionName="boto-reader",
        StatementId="logs",
        Action="lambda:InvokeFunction",
        Principal=f"logs.{REGION}.amazonaws.com",
        SourceArn=f"arn:aws:logs:{REGION}:000000000000:log-group:/boto/subscribed:*",
    )
    aws.logs.put_subscription_filter(**members)
    put(aws, "/boto/subscribed", '{"level":"ERROR"}', '{"level":"INFO"}')

    def printed():
        try:
            return aws.logs.filter_log_events(
                logGroupName="/aws/lambda/boto-reader", filterPattern="GOT"
            )["events"]
        except aws.logs.exceptions.ResourceNotFoundException:
            return None

    [event] = eventually(printed)
    document = json.loads(event["message"].removeprefix("GOT "))
    assert document["logGroup"] == "/boto/subscribed", document
    assert [one["message"] for one in document["logEvents"]] == ['{"level":"ERROR"}'], document


def live_tail(aws, group, client):
    """Puts once the session has begun, so that nothing of it is missed."""
    create(aws, group)
    arn = f"arn:aws:logs:{REGION}:000000000000:log-group:{group}"
    stream = client.start_live_tail(logGroupIdentifiers=[arn], logEventFilterPattern="WARN")["responseStream"]
    seen = []
    for event in stream:
        if "sessionStart" in event:
            put(aws, group, "INFO no", "WARN yes")
        seen += [one["message"] for one in event.get("sessionUpdate", {}).get("sessionResults", [])]
        if seen:
            break
    stream.close()
    assert seen == ["WARN yes"], seen


def check_live_tail(aws):
    config = Config(inject_host_prefix=False)
    live_tail(aws, "/boto/live", aws.session.client("logs", endpoint_url=aws.endpoint, config=config))


def check_live_tail_with_the_environments_word(aws):
    """The one line that the README has for boto3 and the AWS CLI alike."""
    os.environ["AWS_DISABLE_HOST_PREFIX_INJECTION"] = "true"
    try:
        client = boto3.Session().client("logs", endpoint_url=aws.endpoint)
    finally:
        del os.environ["AWS_DISABLE_HOST_PREFIX_INJECTION"]
    live_tail(aws, "/boto/live-variable", client)


def check_live_tail_where_the_prefixed_host_resolves(aws):
    """What boto3 does by itself, given a resolver that knows every name."""
    resolve = socket.getaddrinfo

    def to_loopback(host, *rest, **more):
        return resolve("127.0.0.1" if str(host).startswith("stream-") else host, *rest, **more)

    socket.getaddrinfo = to_loopback
    try:
        live_tail(aws, "/boto/live-prefixed", aws.session.client("logs", endpoint_url=aws.endpoint))
    finally:
        socket.getaddrinfo = resolve


def check_tail_follows(aws):
    """What `aws logs tail --follow` does: asks again from the last time, and passes over what it has seen."""
    create(aws, "/boto/tail")
    put(aws, "/boto/tail", "first")
    seen, shown, since = set(), [], 0

    def look():
        nonlocal since
        members = {"logGroupName": "/boto/tail", "interleaved": True, "startTime": since}
        for page in aws.logs.get_paginator("filter_log_events").paginate(**members):
            for event in page["events"]:
                if event["eventId"] not in seen:
                    seen.add(event["eventId"])
                    shown.append(event["message"])
                since = max(since, event["timestamp"])
        return shown

    assert look() == ["first"]
    put(aws, "/boto/tail", "second", "third")
    assert look() == ["first", "second", "third"], shown
    assert look() == ["first", "second", "third"], shown


def check_insights(aws):
    create(aws, "/boto/insights")
    kinds = ("even", "odd")
    put(aws, "/boto/insights", *[json.dumps({"n": n, "kind": kinds[n % 2]}) for n in range(10)])
    rows = query(aws, "/boto/insights", "stats count(*) as c, sum(n) as total by kind | sort kind")
    assert rows == [
        {"kind": "even", "c": "5", "total": "20"},
        {"kind": "odd", "c": "5", "total": "25"},
    ], rows
    aws.logs.create_lookup_table(
        lookupTableName="boto_kinds", tableBody="kind,sort\neven,pair\nodd,single\n"
    )
    rows = query(
        aws,
        "/boto/insights",
        "lookup boto_kinds kind OUTPUT sort as what | countFrequent what | display what, _approxcount",
    )
    assert sorted(row["what"] for row in rows) == ["pair", "single"], rows
    assert {row["_approxcount"] for row in rows} == {"5"}, rows


def check_export(aws):
    create(aws, "/boto/export")
    put(aws, "/boto/export", "kept")
    aws.s3.create_bucket(
        Bucket="boto-export", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    task = aws.logs.create_export_task(
        logGroupName="/boto/export", fromTime=0, to=now() + 1, destination="boto-export"
    )["taskId"]

    def completed():
        [found] = aws.logs.describe_export_tasks(taskId=task)["exportTasks"]
        return found["status"]["code"] == "COMPLETED"

    eventually(completed)
    body = aws.s3.get_object(Bucket="boto-export", Key=f"exportedlogs/{task}/s/000000.gz")["Body"].read()
    assert gzip.decompress(body).decode().endswith("Z kept\n"), body


def check_paginators(aws):
    for n in range(7):
        aws.logs.create_log_group(logGroupName=f"/boto/many/{n}")
    pages = aws.logs.get_paginator("describe_log_groups").paginate(
        logGroupNamePrefix="/boto/many/", PaginationConfig={"PageSize": 3}
    )
    names = [group["logGroupName"] for page in pages for group in page["logGroups"]]
    assert names == [f"/boto/many/{n}" for n in range(7)], names
