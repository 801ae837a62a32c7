"""EventBridge Scheduler through boto3."""

import json
import time
from datetime import datetime, timedelta, timezone

from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::000000000000:role/scheduler"
OFF = {"Mode": "OFF"}


def expect_code(code, call, **members):
    try:
        call(**members)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
        return error.response
    raise AssertionError(f"no {code}")


def receive(aws, url, patience_s=10):
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        got = aws.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MessageAttributeNames=["All"])
        for message in got.get("Messages", []):
            aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return message
    raise AssertionError("no message")


def queue(aws, name):
    url = aws.sqs.create_queue(QueueName=name)["QueueUrl"]
    attributes = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return url, attributes["QueueArn"]


def check_one_time_schedule(aws):
    url, arn = queue(aws, "boto-scheduler")
    at = (datetime.now(timezone.utc) + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%S")
    aws.scheduler.create_schedule(
        Name="boto-once",
        ScheduleExpression=f"at({at})",
        FlexibleTimeWindow=OFF,
        ActionAfterCompletion="DELETE",
        Target={"Arn": arn, "RoleArn": ROLE, "Input": '{"at": "<aws.scheduler.scheduled-time>"}'},
    )
    shown = aws.scheduler.get_schedule(Name="boto-once")
    assert shown["Target"]["RetryPolicy"] == {
        "MaximumEventAgeInSeconds": 86400,
        "MaximumRetryAttempts": 185,
    }, shown
    assert json.loads(receive(aws, url)["Body"]) == {"at": f"{at}Z"}
    expect_code("ResourceNotFoundException", aws.scheduler.get_schedule, Name="boto-once")


def check_universal_target_and_dead_letters(aws):
    url, arn = queue(aws, "boto-scheduler-universal")
    message = {"QueueUrl": url, "MessageBody": "by name"}
    target = {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "RoleArn": ROLE}
    aws.scheduler.create_schedule(
        Name="boto-universal",
        ScheduleExpression="rate(1 hour)",
        FlexibleTimeWindow=OFF,
        Target={**target, "Input": json.dumps(message)},
    )
    assert receive(aws, url)["Body"] == "by name"
    aws.scheduler.create_schedule(
        Name="boto-lost",
        ScheduleExpression="rate(1 hour)",
        FlexibleTimeWindow=OFF,
        Target={
            "Arn": "arn:aws:sqs:us-east-1:000000000000:boto-gone",
            "RoleArn": ROLE,
            "Input": "lost",
            "DeadLetterConfig": {"Arn": arn},
        },
    )
    dead = receive(aws, url)
    assert dead["Body"] == "lost", dead
    assert dead["MessageAttributes"]["SCHEDULE_ARN"]["StringValue"].endswith("/boto-lost"), dead


def check_groups_and_pages(aws):
    group = aws.scheduler.create_schedule_group(Name="boto", Tags=[{"Key": "team", "Value": "a"}])
    tags = aws.scheduler.list_tags_for_resource(ResourceArn=group["ScheduleGroupArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "a"}], tags
    target = {"Arn": "arn:aws:sqs:us-east-1:000000000000:q", "RoleArn": ROLE}
    for n in range(7):
        aws.scheduler.create_schedule(
            Name=f"s-{n}",
            GroupName="boto",
            ScheduleExpression="cron(0 12 * * ? *)",
            ScheduleExpressionTimezone="Europe/Berlin",
            FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5},
            Target=target,
        )
    pages = aws.scheduler.get_paginator("list_schedules").paginate(
        GroupName="boto", PaginationConfig={"PageSize": 3}
    )
    names = [schedule["Name"] for page in pages for schedule in page["Schedules"]]
    assert names == [f"s-{n}" for n in range(7)], names
    expect_code(
        "ValidationException",
        aws.scheduler.create_schedule,
        Name="bad",
        ScheduleExpression="cron(0 12 * * * *)",
        FlexibleTimeWindow=OFF,
        Target=target,
    )
    aws.scheduler.delete_schedule_group(Name="boto")
    deadline = time.monotonic() + 10
    while any(one["Name"] == "boto" for one in aws.scheduler.list_schedule_groups()["ScheduleGroups"]):
        assert time.monotonic() < deadline, "the group is still there"
        time.sleep(0.05)
