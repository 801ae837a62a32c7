"""X-Ray through boto3: segments, filters, groups, transaction search and insights."""

import json
import time
import uuid

from botocore.exceptions import ClientError


def put(aws, **members):
    """A segment of a second that has just ended, as daemons send it; gives its trace."""
    start = time.time() - 2
    trace = f"1-{int(start):08x}-{uuid.uuid4().hex[:24]}"
    segment = {
        "id": uuid.uuid4().hex[:16],
        "trace_id": trace,
        "start_time": start,
        "end_time": start + 1,
        **members,
    }
    answer = aws.xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(segment)])
    assert answer["UnprocessedTraceSegments"] == [], answer
    return trace


def recent():
    return {"StartTime": time.time() - 600, "EndTime": time.time() + 60}


def expect_code(code, call, **members):
    try:
        call(**members)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
    else:
        raise AssertionError(f"{code} was not raised")


def check_traces_are_found_by_filters(aws):
    trace = put(aws, name="boto-shop", fault=True, annotations={"customer": "ada"})
    put(aws, name="boto-shop", annotations={"customer": "bob"})
    pages = aws.xray.get_paginator("get_trace_summaries").paginate(
        **recent(), FilterExpression='service("boto-shop") AND annotation.customer = "ada"'
    )
    found = [summary for page in pages for summary in page["TraceSummaries"]]
    assert [(one["Id"], one["HasFault"]) for one in found] == [(trace, True)], found
    [whole] = aws.xray.batch_get_traces(TraceIds=[trace])["Traces"]
    assert json.loads(whole["Segments"][0]["Document"])["name"] == "boto-shop", whole
    services = aws.xray.get_service_graph(**recent())["Services"]
    [shop] = [one for one in services if one["Name"] == "boto-shop"]
    assert shop["SummaryStatistics"]["TotalCount"] == 2, shop


def check_groups_and_insights(aws):
    aws.xray.create_group(GroupName="boto-quiet", FilterExpression="fault")
    assert aws.xray.get_insight_summaries(GroupName="boto-quiet", **recent())["InsightSummaries"] == []
    aws.xray.update_group(GroupName="boto-quiet", InsightsConfiguration={"InsightsEnabled": True})
    expect_code("NotImplemented", aws.xray.get_insight_summaries, GroupName="boto-quiet", **recent())
    expect_code("InvalidRequestException", aws.xray.get_insight, InsightId=str(uuid.uuid4()))


def check_transaction_search(aws):
    [rule] = aws.xray.get_indexing_rules()["IndexingRules"]
    assert rule["Name"] == "Default", rule
    desired = {"Probabilistic": {"DesiredSamplingPercentage": 7.5}}
    changed = aws.xray.update_indexing_rule(Name="Default", Rule=desired)["IndexingRule"]
    assert changed["Rule"]["Probabilistic"]["DesiredSamplingPercentage"] == 7.5, changed
    asked = aws.xray.update_trace_segment_destination(Destination="CloudWatchLogs")
    assert asked["Status"] == "PENDING", asked
    [group] = aws.logs.describe_log_groups(logGroupNamePrefix="aws/spans")["logGroups"]
    assert group["logGroupName"] == "aws/spans", group
    trace = put(aws, name="boto-retrieved")
    token = aws.xray.start_trace_retrieval(TraceIds=[trace], **recent())["RetrievalToken"]
    answer = aws.xray.list_retrieved_traces(RetrievalToken=token, TraceFormat="OTEL")
    assert answer["TraceFormat"] == "OTEL", answer
    aws.xray.cancel_trace_retrieval(RetrievalToken=token)
    expect_code("ResourceNotFoundException", aws.xray.cancel_trace_retrieval, RetrievalToken="none")
