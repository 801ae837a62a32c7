"""Lambda through boto3, and S3's events to it."""

import base64
import io
import json
import time
import zipfile

from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::000000000000:role/interop"
PYTHON = """
import json
import time
def handler(event, context):
    print("got", json.dumps(event))
    return {"twice": event["n"] * 2, "version": context.function_version, "name": context.function_name}
"""
PYTHON_COPY = """
import os, boto3
s3 = boto3.client("s3")
def handler(event, context):
    key = event["Records"][0]["s3"]["object"]["key"]
    text = s3.get_object(Bucket=os.environ["SOURCE"], Key=key)["Body"].read()
    s3.put_object(Bucket=os.environ["TARGET"], Key=key, Body=text.upper())
    return boto3.client("sts").get_caller_identity()["Arn"]
"""
NODE = """
exports.handler = async (event, context) => {
  console.log("got", JSON.stringify(event));
  if (event.fail) throw new TypeError("asked to fail");
  return { twice: event.n * 2, greeting: process.env.GREETING, version: context.functionVersion };
};
"""
COPY = """
import { CopyObjectCommand, S3Client } from "@aws-sdk/client-s3";
const s3 = new S3Client();
export const handler = async ({ Records }) => {
  for (const { s3: { bucket, object } } of Records)
    await s3.send(new CopyObjectCommand({
      Bucket: process.env.TARGET, Key: object.key, CopySource: `${bucket.name}/${object.key}`,
    }));
};
"""


def zipped(name, text):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return buffer.getvalue()


def create(aws, name, runtime, file, text, **members):
    answer = aws.lambda_.create_function(
        FunctionName=name,
        Runtime=runtime,
        Handler="index.handler",
        Role=ROLE,
        Code={"ZipFile": zipped(file, text)},
        **members,
    )
    aws.lambda_.get_waiter("function_active_v2").wait(FunctionName=name)
    return answer


def invoke(aws, name, event, **members):
    answer = aws.lambda_.invoke(FunctionName=name, Payload=json.dumps(event), **members)
    return answer, json.loads(answer["Payload"].read())


def check_python_function_with_log_tail(aws):
    create(aws, "boto-python", "python3.12", "index.py", PYTHON)
    answer, payload = invoke(aws, "boto-python", {"n": 21}, LogType="Tail")
    assert payload == {"twice": 42, "version": "$LATEST", "name": "boto-python"}, payload
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST"), answer
    log = base64.b64decode(answer["LogResult"]).decode()
    for word in ["START RequestId: ", 'got {"n": 21}', "END RequestId: ", "REPORT RequestId: "]:
        assert word in log, log


def check_python_function_calls_the_platform_through_boto3(aws):
    """Without an endpoint, region or credentials in its code, as on AWS."""
    for bucket in ["boto-in", "boto-out"]:
        aws.s3.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
    aws.s3.put_object(Bucket="boto-in", Key="a.txt", Body=b"shout")
    variables = {"Variables": {"SOURCE": "boto-in", "TARGET": "boto-out"}}
    create(aws, "boto-inside", "python3.12", "index.py", PYTHON_COPY, Environment=variables, Timeout=30)
    event = {"Records": [{"s3": {"object": {"key": "a.txt"}}}]}
    answer, payload = invoke(aws, "boto-inside", event)
    assert "FunctionError" not in answer, payload
    assert payload == "arn:aws:sts::000000000000:assumed-role/interop/boto-inside", payload
    assert aws.s3.get_object(Bucket="boto-out", Key="a.txt")["Body"].read() == b"SHOUT"


def check_node_function_and_its_update(aws):
    create(aws, "boto-node", "nodejs22.x", "index.js", NODE, Environment={"Variables": {"GREETING": "hi"}})
    _, payload = invoke(aws, "boto-node", {"n": 2})
    assert payload == {"twice": 4, "greeting": "hi", "version": "$LATEST"}, payload
    aws.lambda_.update_function_code(
        FunctionName="boto-node", ZipFile=zipped("index.js", NODE.replace("* 2", "* 3"))
    )
    aws.lambda_.get_waiter("function_updated_v2").wait(FunctionName="boto-node")
    _, payload = invoke(aws, "boto-node", {"n": 2})
    assert payload["twice"] == 6, payload
    aws.lambda_.update_function_configuration(
        FunctionName="boto-node", Environment={"Variables": {"GREETING": "ho"}}, Timeout=7
    )
    aws.lambda_.get_waiter("function_updated_v2").wait(FunctionName="boto-node")
    _, payload = invoke(aws, "boto-node", {"n": 2})
    assert payload["greeting"] == "ho", payload
    assert aws.lambda_.get_function_configuration(FunctionName="boto-node")["Timeout"] == 7


def check_errors_of_functions(aws):
    create(aws, "boto-errors", "nodejs22.x", "index.js", NODE)
    answer, payload = invoke(aws, "boto-errors", {"fail": True})
    assert answer["FunctionError"] == "Unhandled", answer
    assert (payload["errorType"], payload["errorMessage"]) == ("TypeError", "asked to fail"), payload


def check_versions_and_aliases(aws):
    create(aws, "boto-versions", "python3.12", "index.py", PYTHON)
    version = aws.lambda_.publish_version(FunctionName="boto-versions")["Version"]
    assert version == "1", version
    aws.lambda_.create_alias(FunctionName="boto-versions", Name="live", FunctionVersion="1")
    aws.lambda_.update_function_code(
        FunctionName="boto-versions", ZipFile=zipped("index.py", PYTHON.replace("* 2", "* 5"))
    )
    aws.lambda_.get_waiter("function_updated_v2").wait(FunctionName="boto-versions")
    answer, payload = invoke(aws, "boto-versions", {"n": 1}, Qualifier="live")
    assert (answer["ExecutedVersion"], payload["twice"], payload["version"]) == ("1", 2, "1"), payload
    aws.lambda_.publish_version(FunctionName="boto-versions")
    aws.lambda_.update_alias(FunctionName="boto-versions", Name="live", FunctionVersion="2")
    answer, payload = invoke(aws, "boto-versions:live", {"n": 1})
    assert (answer["ExecutedVersion"], payload["twice"]) == ("2", 5), payload
    listed = aws.lambda_.list_versions_by_function(FunctionName="boto-versions")["Versions"]
    assert [each["Version"] for each in listed] == ["$LATEST", "1", "2"], listed


def check_missing_and_doubled_functions(aws):
    for code, call, members in [
        ("ResourceNotFoundException", aws.lambda_.invoke, {"FunctionName": "boto-never"}),
        ("ResourceNotFoundException", aws.lambda_.get_function, {"FunctionName": "boto-never"}),
    ]:
        try:
            call(**members)
        except ClientError as error:
            assert error.response["Error"]["Code"] == code, error.response
        else:
            raise AssertionError(f"no {code}")
    create(aws, "boto-doubled", "nodejs22.x", "index.js", NODE)
    try:
        create(aws, "boto-doubled", "nodejs22.x", "index.js", NODE)
    except aws.lambda_.exceptions.ResourceConflictException:
        pass
    else:
        raise AssertionError("a function was created twice")
    aws.lambda_.delete_function(FunctionName="boto-doubled")


def check_asynchronous_and_dry_invocations(aws):
    create(aws, "boto-async", "nodejs22.x", "index.js", NODE)
    for kind, status in [("Event", 202), ("DryRun", 204)]:
        answer = aws.lambda_.invoke(FunctionName="boto-async", InvocationType=kind, Payload='{"n":1}')
        assert answer["StatusCode"] == status, answer


def check_object_starts_a_function(aws):
    for bucket in ["boto-source", "boto-target"]:
        aws.s3.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
    variables = {"Variables": {"TARGET": "boto-target"}}
    created = create(aws, "boto-copy", "nodejs22.x", "index.mjs", COPY, Environment=variables)
    aws.lambda_.add_permission(
        FunctionName="boto-copy",
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::boto-source",
    )
    rule = {
        "LambdaFunctionArn": created["FunctionArn"],
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": ".txt"}]}},
    }
    aws.s3.put_bucket_notification_configuration(
        Bucket="boto-source",
        NotificationConfiguration={"LambdaFunctionConfigurations": [rule]},
    )
    aws.s3.put_object(Bucket="boto-source", Key="no.bin", Body=b"not this")
    aws.s3.put_object(Bucket="boto-source", Key="yes.txt", Body=b"this")
    aws.s3.get_waiter("object_exists").wait(
        Bucket="boto-target", Key="yes.txt", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    keys = [each["Key"] for each in aws.s3.list_objects_v2(Bucket="boto-target")["Contents"]]
    assert keys == ["yes.txt"], keys


def check_provisioned_concurrency(aws):
    create(aws, "boto-ahead", "python3.12", "index.py", PYTHON, Publish=True)
    named = {"FunctionName": "boto-ahead", "Qualifier": "1"}
    put = aws.lambda_.put_provisioned_concurrency_config(**named, ProvisionedConcurrentExecutions=1)
    assert (put["Status"], put["AllocatedProvisionedConcurrentExecutions"]) == ("IN_PROGRESS", 0), put
    for _ in range(100):
        found = aws.lambda_.get_provisioned_concurrency_config(**named)
        if found["Status"] == "READY":
            break
        time.sleep(0.1)
    assert found["AvailableProvisionedConcurrentExecutions"] == 1, found
    listed = aws.lambda_.list_provisioned_concurrency_configs(FunctionName="boto-ahead")
    arn = listed["ProvisionedConcurrencyConfigs"][0]["FunctionArn"]
    assert arn.endswith(":boto-ahead:1"), listed
    aws.lambda_.delete_provisioned_concurrency_config(**named)
    try:
        aws.lambda_.get_provisioned_concurrency_config(**named)
    except aws.lambda_.exceptions.ProvisionedConcurrencyConfigNotFoundException:
        pass
    else:
        raise AssertionError("what was deleted is still there")


def check_event_invoke_config(aws):
    create(aws, "boto-told", "nodejs22.x", "index.js", NODE)
    queue = aws.sqs.create_queue(QueueName="boto-told")["QueueUrl"]
    arn = aws.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws.lambda_.put_function_event_invoke_config(
        FunctionName="boto-told",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    aws.lambda_.invoke(FunctionName="boto-told", InvocationType="Event", Payload='{"fail":true}')
    answer = aws.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)
    record = json.loads(answer["Messages"][0]["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted", record
    assert record["responsePayload"]["errorType"] == "TypeError", record


def check_throttle(aws):
    create(aws, "boto-off", "nodejs22.x", "index.js", NODE)
    aws.lambda_.put_function_concurrency(FunctionName="boto-off", ReservedConcurrentExecutions=0)
    try:
        aws.lambda_.invoke(FunctionName="boto-off", Payload="{}")
    except ClientError as error:
        assert error.response["Error"]["Code"] == "TooManyRequestsException", error.response
        assert error.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded", error.response
    else:
        raise AssertionError("a function that is switched off ran")
