"""Stacks through boto3: its waiters, change sets, drift and refusals."""

import json

from botocore.exceptions import ClientError

TEMPLATE = {
    "Parameters": {"Delay": {"Type": "Number", "Default": 1}},
    "Resources": {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": {"Ref": "Delay"}}},
        "Topic": {"Type": "AWS::SNS::Topic"},
    },
    "Outputs": {"Url": {"Value": {"Ref": "Queue"}}},
}
WAIT = {"Delay": 1, "MaxAttempts": 30}


def check_life_of_a_stack(aws):
    stacks = aws.cloudformation
    stacks.create_stack(StackName="life", TemplateBody=json.dumps(TEMPLATE))
    stacks.get_waiter("stack_create_complete").wait(StackName="life", WaiterConfig=WAIT)
    stacks.create_change_set(
        StackName="life",
        ChangeSetName="slower",
        UsePreviousTemplate=True,
        Parameters=[{"ParameterKey": "Delay", "ParameterValue": "9"}],
    )
    stacks.get_waiter("change_set_create_complete").wait(
        StackName="life", ChangeSetName="slower", WaiterConfig=WAIT
    )
    changes = stacks.describe_change_set(StackName="life", ChangeSetName="slower")["Changes"]
    assert [each["ResourceChange"]["LogicalResourceId"] for each in changes] == ["Queue"], changes
    stacks.execute_change_set(StackName="life", ChangeSetName="slower")
    stacks.get_waiter("stack_update_complete").wait(StackName="life", WaiterConfig=WAIT)
    (stack,) = stacks.describe_stacks(StackName="life")["Stacks"]
    (output,) = stack["Outputs"]
    attributes = aws.sqs.get_queue_attributes(
        QueueUrl=output["OutputValue"], AttributeNames=["DelaySeconds"]
    )
    assert attributes["Attributes"]["DelaySeconds"] == "9", attributes
    stacks.delete_stack(StackName="life")
    stacks.get_waiter("stack_delete_complete").wait(StackName=stack["StackId"], WaiterConfig=WAIT)


def check_drift(aws):
    stacks = aws.cloudformation
    stacks.create_stack(StackName="drift", TemplateBody=json.dumps(TEMPLATE))
    stacks.get_waiter("stack_create_complete").wait(StackName="drift", WaiterConfig=WAIT)
    (stack,) = stacks.describe_stacks(StackName="drift")["Stacks"]
    url = stack["Outputs"][0]["OutputValue"]
    aws.sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "4"})
    found = stacks.detect_stack_drift(StackName="drift")["StackDriftDetectionId"]
    status = stacks.describe_stack_drift_detection_status(StackDriftDetectionId=found)
    assert status["StackDriftStatus"] == "DRIFTED", status
    drifts = stacks.describe_stack_resource_drifts(
        StackName="drift", StackResourceDriftStatusFilters=["MODIFIED"]
    )["StackResourceDrifts"]
    assert drifts[0]["PropertyDifferences"][0]["ActualValue"] == "4", drifts


def check_refusal(aws):
    broken = {"Resources": {"Net": {"Type": "AWS::EC2::VPC"}}}
    try:
        aws.cloudformation.create_stack(StackName="broken", TemplateBody=json.dumps(broken, indent=1))
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ValidationError", error
        assert "Net (AWS::EC2::VPC)" in str(error) and "(line 4, column" in str(error), error
    else:
        raise AssertionError("it was not refused")
