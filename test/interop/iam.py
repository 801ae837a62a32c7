"""IAM through boto3: it takes documents apart itself."""

import json

import boto3
from botocore.exceptions import ClientError

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


def allow(*actions, resource="*"):
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": resource}],
    }


def expect_code(code, call, **members):
    try:
        call(**members)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
        return error.response["Error"]["Message"]
    raise AssertionError(f"no {code}")


def check_users_and_paging(aws):
    for n in range(5):
        aws.iam.create_user(UserName=f"boto-{n}", Path="/boto/")
    pages = aws.iam.get_paginator("list_users").paginate(
        PathPrefix="/boto/", PaginationConfig={"PageSize": 2}
    )
    names = [user["UserName"] for page in pages for user in page["Users"]]
    assert names == [f"boto-{n}" for n in range(5)], names
    message = expect_code("EntityAlreadyExists", aws.iam.create_user, UserName="BOTO-1")
    assert message == "User with name BOTO-1 already exists.", message
    message = expect_code("NoSuchEntity", aws.iam.get_user, UserName="nobody")
    assert message == "The user with name nobody cannot be found.", message
    aws.iam.get_waiter("user_exists").wait(UserName="boto-1")


def check_roles_and_policies(aws):
    role = aws.iam.create_role(
        RoleName="boto-role", AssumeRolePolicyDocument=json.dumps(TRUST), MaxSessionDuration=7200
    )["Role"]
    assert role["AssumeRolePolicyDocument"] == TRUST, role
    aws.iam.put_role_policy(
        RoleName="boto-role", PolicyName="inline", PolicyDocument=json.dumps(allow("s3:GetObject"))
    )
    inline = aws.iam.get_role_policy(RoleName="boto-role", PolicyName="inline")
    assert inline["PolicyDocument"] == allow("s3:GetObject"), inline
    arn = aws.iam.create_policy(PolicyName="boto-policy", PolicyDocument=json.dumps(allow("sqs:*")))[
        "Policy"
    ]["Arn"]
    aws.iam.attach_role_policy(RoleName="boto-role", PolicyArn=arn)
    aws.iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=json.dumps(allow("sns:*")), SetAsDefault=True
    )
    version = aws.iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]
    assert version["Document"] == allow("sns:*") and version["IsDefaultVersion"], version
    assert aws.iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    expect_code("DeleteConflict", aws.iam.delete_policy, PolicyArn=arn)
    expect_code("DeleteConflict", aws.iam.delete_role, RoleName="boto-role")
    message = expect_code(
        "MalformedPolicyDocument", aws.iam.create_role, RoleName="bad", AssumeRolePolicyDocument="{"
    )
    assert message == "This policy contains invalid Json", message
    details = aws.iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
    found = next(one for one in details if one["RoleName"] == "boto-role")
    assert found["RolePolicyList"][0]["PolicyDocument"] == allow("s3:GetObject"), found


def check_keys(aws):
    aws.iam.create_user(UserName="boto-keys")
    key = aws.iam.create_access_key(UserName="boto-keys")["AccessKey"]
    session = boto3.Session(
        aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
    who = session.client("sts", endpoint_url=aws.endpoint).get_caller_identity()
    assert who["Arn"] == "arn:aws:iam::000000000000:user/boto-keys", who
    used = aws.iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    assert used["AccessKeyLastUsed"]["ServiceName"] == "sts", used
    resource = session.resource("iam", endpoint_url=aws.endpoint)
    assert resource.CurrentUser().user_name == "boto-keys"


def check_simulation(aws):
    answer = aws.iam.simulate_custom_policy(
        PolicyInputList=[json.dumps(allow("s3:Get*", resource="arn:aws:s3:::open/*"))],
        ActionNames=["s3:GetObject", "s3:PutObject"],
        ResourceArns=["arn:aws:s3:::open/a"],
    )["EvaluationResults"]
    assert [one["EvalDecision"] for one in answer] == ["allowed", "implicitDeny"], answer
    role = aws.iam.create_role(RoleName="boto-simulated", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    aws.iam.attach_role_policy(
        RoleName="boto-simulated",
        PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole",
    )
    answer = aws.iam.simulate_principal_policy(
        PolicySourceArn=role["Arn"], ActionNames=["sqs:ReceiveMessage", "sqs:SendMessage"]
    )["EvaluationResults"]
    assert [one["EvalDecision"] for one in answer] == ["allowed", "implicitDeny"], answer


def check_instance_profile_and_summary(aws):
    aws.iam.create_role(RoleName="boto-instance", AssumeRolePolicyDocument=json.dumps(TRUST))
    aws.iam.create_instance_profile(InstanceProfileName="boto-profile")
    aws.iam.add_role_to_instance_profile(InstanceProfileName="boto-profile", RoleName="boto-instance")
    profile = aws.iam.get_instance_profile(InstanceProfileName="boto-profile")["InstanceProfile"]
    assert profile["Roles"][0]["AssumeRolePolicyDocument"] == TRUST, profile
    assert aws.iam.get_account_summary()["SummaryMap"]["InstanceProfiles"] >= 1
