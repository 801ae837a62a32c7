"""CloudWatch through boto3, which speaks CBOR when it is new, and by the Query protocol of older tools."""

import time
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone

from botocore.exceptions import ClientError


def window():
    now = datetime.now(timezone.utc)
    return {"StartTime": now - timedelta(hours=1), "EndTime": now + timedelta(minutes=5)}


def check_put_and_get(aws):
    dimensions = [{"Name": "Shop", "Value": "a & b <c>"}]
    data = [
        {"MetricName": "Orders", "Dimensions": dimensions, "Value": value, "Unit": "Count"}
        for value in (1, 2, 6)
    ]
    aws.cloudwatch.put_metric_data(Namespace="Boto", MetricData=data)
    # A request this large is compressed.
    many = [{"MetricName": "Many", "Values": [float(n) for n in range(100)], "Dimensions": dimensions}] * 20
    aws.cloudwatch.put_metric_data(Namespace="Boto", MetricData=many)
    stats = aws.cloudwatch.get_metric_statistics(
        Namespace="Boto",
        MetricName="Orders",
        Dimensions=dimensions,
        Period=86400,
        Statistics=["Sum", "Average"],
        **window(),
    )
    found = [(one["Sum"], one["Average"], one["Unit"]) for one in stats["Datapoints"]]
    assert found == [(9, 3, "Count")], stats
    metric = {"Namespace": "Boto", "MetricName": "Many", "Dimensions": dimensions}
    hidden = {"ReturnData": False}
    answer = aws.cloudwatch.get_metric_data(
        MetricDataQueries=[
            {"Id": "m", "MetricStat": {"Metric": metric, "Period": 86400, "Stat": "p50"}, **hidden},
            {"Id": "twice", "Expression": "m * 2"},
        ],
        **window(),
    )
    assert answer["MetricDataResults"][0]["Values"] == [99.0], answer
    pages = aws.cloudwatch.get_paginator("list_metrics").paginate(Namespace="Boto")
    names = sorted(one["MetricName"] for page in pages for one in page["Metrics"])
    assert names == ["Many", "Orders"], names
    try:
        aws.cloudwatch.put_metric_data(Namespace="AWS/Boto", MetricData=data)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "InvalidParameterValue", error.response
    else:
        raise AssertionError("AWS's own namespaces are open")


def check_alarms(aws):
    aws.cloudwatch.put_metric_alarm(
        AlarmName="boto",
        Namespace="Boto",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )
    aws.cloudwatch.put_composite_alarm(AlarmName="boto-all", AlarmRule='ALARM("boto")')
    aws.cloudwatch.set_alarm_state(AlarmName="boto", StateValue="ALARM", StateReason="by hand")
    aws.cloudwatch.get_waiter("alarm_exists").wait(AlarmNames=["boto"])
    aws.cloudwatch.get_waiter("composite_alarm_exists").wait(
        AlarmNames=["boto-all"], AlarmTypes=["CompositeAlarm"]
    )
    types = ["MetricAlarm", "CompositeAlarm"]
    found = aws.cloudwatch.describe_alarms(AlarmTypes=types, AlarmNamePrefix="boto")
    states = [one["StateValue"] for one in found["MetricAlarms"] + found["CompositeAlarms"]]
    assert states == ["ALARM", "ALARM"], found
    history = aws.cloudwatch.describe_alarm_history(AlarmName="boto", HistoryItemType="StateUpdate")
    assert len(history["AlarmHistoryItems"]) == 1, history
    aws.cloudwatch.delete_alarms(AlarmNames=["boto-all"])
    aws.cloudwatch.delete_alarms(AlarmNames=["boto"])


def check_published_metrics(aws):
    queue = aws.sqs.create_queue(QueueName="measured")["QueueUrl"]
    aws.sqs.send_message(QueueUrl=queue, MessageBody="12345")
    dimensions = [{"Name": "QueueName", "Value": "measured"}]
    found = aws.cloudwatch.list_metrics(Namespace="AWS/SQS", Dimensions=dimensions)["Metrics"]
    assert {"NumberOfMessagesSent", "SentMessageSize"} <= {one["MetricName"] for one in found}, found
    stats = aws.cloudwatch.get_metric_statistics(
        Namespace="AWS/SQS",
        MetricName="SentMessageSize",
        Dimensions=dimensions,
        Period=86400,
        Statistics=["Maximum"],
        **window(),
    )
    assert [(one["Maximum"], one["Unit"]) for one in stats["Datapoints"]] == [(5, "Bytes")], stats


def check_refused_actions(aws):
    action = "arn:aws:sqs:us-east-1:000000000000:queue"
    try:
        aws.cloudwatch.put_metric_alarm(
            AlarmName="boto-refused",
            Namespace="Boto",
            MetricName="Errors",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[action],
        )
    except ClientError as error:
        found = error.response["Error"]
        expected = ("ValidationError", f"Invalid arn syntax: {action}")
        assert (found["Code"], found["Message"]) == expected, found
    else:
        raise AssertionError("an alarm acts on a queue")


def check_query_protocol(aws):
    def ask(**members):
        form = urllib.parse.urlencode({"Version": "2010-08-01", **members}).encode()
        scope = f"test/{time.strftime('%Y%m%d')}/us-east-1/monitoring/aws4_request"
        headers = {
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return urllib.request.urlopen(urllib.request.Request(aws.endpoint, form, headers)).read().decode()

    put = {"MetricData.member.1.MetricName": "Q", "MetricData.member.1.Value": "4.5"}
    assert "PutMetricDataResponse" in ask(Action="PutMetricData", Namespace="Query", **put)
    times = {name: value.isoformat() for name, value in window().items()}
    stat = {"MetricName": "Q", "Period": "86400", "Statistics.member.1": "Maximum", **times}
    answer = ask(Action="GetMetricStatistics", Namespace="Query", **stat)
    assert "<Maximum>4.5</Maximum>" in answer, answer
    assert 'xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"' in answer, answer
