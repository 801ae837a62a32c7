"""EventBridge through boto3: buses, rules, targets, archives and what goes wrong."""

import datetime
import json
import time

from botocore.exceptions import ClientError

ACCOUNT = "000000000000"
PATIENCE_S = 10


def expect_code(code, call, **members):
    try:
        call(**members)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
        return error.response
    raise AssertionError(f"no {code}")


def queue(aws, name):
    url = aws.sqs.create_queue(QueueName=name)["QueueUrl"]
    attributes = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return url, attributes["QueueArn"]


def receive(aws, url, count):
    got = []
    end = time.monotonic() + PATIENCE_S
    while len(got) < count and time.monotonic() < end:
        answer = aws.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageAttributeNames=["All"]
        )
        for message in answer.get("Messages", []):
            got.append(message)
            aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert len(got) == count, got
    return got


def check_rules_lead_events_to_targets(aws):
    url, arn = queue(aws, "boto-events")
    aws.events.create_event_bus(Name="boto", Tags=[{"Key": "team", "Value": "a"}])
    pattern = {"source": ["shop"], "detail": {"total": [{"numeric": [">", 100]}]}}
    rule = aws.events.put_rule(Name="large", EventBusName="boto", EventPattern=json.dumps(pattern))
    transformer = {
        "InputPathsMap": {"total": "$.detail.total"},
        "InputTemplate": '{"total": <total>, "rule": "<aws.events.rule-name>"}',
    }
    failed = aws.events.put_targets(
        Rule="large",
        EventBusName="boto",
        Targets=[{"Id": "q", "Arn": arn, "InputTransformer": transformer}],
    )
    assert failed["FailedEntryCount"] == 0, failed
    entry = {"EventBusName": "boto", "Source": "shop", "DetailType": "Order"}
    answer = aws.events.put_events(
        Entries=[
            {**entry, "Detail": json.dumps({"total": 50})},
            {**entry, "Detail": json.dumps({"total": 500})},
            {**entry, "Detail": "{"},
        ]
    )
    assert answer["FailedEntryCount"] == 1, answer
    assert answer["Entries"][2]["ErrorCode"] == "MalformedDetail", answer
    [message] = receive(aws, url, 1)
    assert json.loads(message["Body"]) == {"total": 500, "rule": "large"}, message
    names = aws.events.list_rule_names_by_target(TargetArn=arn, EventBusName="boto")["RuleNames"]
    assert names == ["large"], names
    tags = aws.events.list_tags_for_resource(ResourceARN=f"{rule['RuleArn'].split(':rule/')[0]}:event-bus/boto")
    assert tags["Tags"] == [{"Key": "team", "Value": "a"}], tags
    expect_code("ValidationException", aws.events.delete_rule, Name="large", EventBusName="boto")
    aws.events.remove_targets(Rule="large", EventBusName="boto", Ids=["q"])
    aws.events.delete_rule(Name="large", EventBusName="boto")
    aws.events.delete_event_bus(Name="boto")
    expect_code("ResourceNotFoundException", aws.events.describe_event_bus, Name="boto")


def check_archive_and_replay(aws):
    url, arn = queue(aws, "boto-replayed")
    bus = aws.events.create_event_bus(Name="boto-archived")["EventBusArn"]
    archive = aws.events.create_archive(ArchiveName="boto", EventSourceArn=bus, RetentionDays=1)
    entry = {"EventBusName": "boto-archived", "Source": "s", "DetailType": "d", "Detail": '{"n":1}'}
    [put] = aws.events.put_events(Entries=[entry])["Entries"]
    aws.events.put_rule(Name="all", EventBusName="boto-archived", EventPattern='{"source":["s"]}')
    aws.events.put_targets(Rule="all", EventBusName="boto-archived", Targets=[{"Id": "q", "Arn": arn}])
    now = datetime.datetime.now(datetime.timezone.utc)
    aws.events.start_replay(
        ReplayName="boto",
        EventSourceArn=archive["ArchiveArn"],
        EventStartTime=now - datetime.timedelta(hours=1),
        EventEndTime=now + datetime.timedelta(hours=1),
        Destination={"Arn": bus},
    )
    [message] = receive(aws, url, 1)
    event = json.loads(message["Body"])
    assert event["id"] == put["EventId"] and event["replay-name"] == "boto", event
    end = time.monotonic() + PATIENCE_S
    while aws.events.describe_replay(ReplayName="boto")["State"] != "COMPLETED":
        assert time.monotonic() < end
        time.sleep(0.05)
    shown = aws.events.describe_archive(ArchiveName="boto")
    assert shown["EventCount"] == 1 and shown["SizeBytes"] > 0, shown


def check_dead_letters(aws):
    url, arn = queue(aws, "boto-dead")
    gone = f"arn:aws:sqs:eu-central-1:{ACCOUNT}:boto-gone"
    aws.events.put_rule(Name="boto-lost", EventPattern='{"source":["lost"]}')
    target = {"Id": "gone", "Arn": gone, "DeadLetterConfig": {"Arn": arn}}
    aws.events.put_targets(Rule="boto-lost", Targets=[target])
    aws.events.put_events(Entries=[{"Source": "lost", "DetailType": "d", "Detail": "{}"}])
    [message] = receive(aws, url, 1)
    attributes = {name: one["StringValue"] for name, one in message["MessageAttributes"].items()}
    assert attributes["ERROR_CODE"] == "NO_RESOURCE" and attributes["TARGET_ARN"] == gone, attributes


def check_paginators(aws):
    aws.events.create_event_bus(Name="boto-many")
    for n in range(12):
        aws.events.put_rule(Name=f"r{n:02}", EventBusName="boto-many", EventPattern='{"source":["s"]}')
    pages = aws.events.get_paginator("list_rules").paginate(
        EventBusName="boto-many", PaginationConfig={"PageSize": 5}
    )
    names = [rule["Name"] for page in pages for rule in page["Rules"]]
    assert names == [f"r{n:02}" for n in range(12)], names


def check_errors_have_aws_codes(aws):
    expect_code("InvalidEventPatternException", aws.events.put_rule, Name="r", EventPattern="{")
    expect_code("ValidationException", aws.events.put_rule, Name="r", ScheduleExpression="rate(1 minutes)")
    expect_code("ResourceNotFoundException", aws.events.describe_rule, Name="none")
    expect_code("ResourceAlreadyExistsException", aws.events.create_event_bus, Name="default")
    entry = {"Source": "s", "DetailType": "d", "Detail": "{}"}
    expect_code("ValidationException", aws.events.put_events, Entries=[entry] * 11)
