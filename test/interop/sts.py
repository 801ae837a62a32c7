"""STS through boto3."""

import boto3


def check_caller_identity(aws):
    answer = aws.sts.get_caller_identity()
    assert answer["Account"] == "000000000000", answer
    assert answer["Arn"] == "arn:aws:iam::000000000000:root", answer


def check_account_from_the_access_key(aws):
    client = boto3.client(
        "sts",
        endpoint_url=aws.endpoint,
        aws_access_key_id="123456789012",
        aws_secret_access_key="x",
    )
    assert client.get_caller_identity()["Account"] == "123456789012"


def check_assumed_role(aws):
    role = "arn:aws:iam::000000000000:role/reader"
    answer = aws.sts.assume_role(RoleArn=role, RoleSessionName="interop", DurationSeconds=900)
    credentials = answer["Credentials"]
    assert answer["AssumedRoleUser"]["Arn"] == "arn:aws:sts::000000000000:assumed-role/reader/interop"
    client = boto3.client(
        "sts",
        endpoint_url=aws.endpoint,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    assert client.get_caller_identity()["Arn"] == answer["AssumedRoleUser"]["Arn"]


def check_session_token(aws):
    credentials = aws.sts.get_session_token()["Credentials"]
    assert credentials["AccessKeyId"].startswith("ASIA"), credentials


def check_bad_input_has_aws_words(aws):
    role = "arn:aws:iam::000000000000:role/reader"
    try:
        aws.sts.assume_role(RoleArn=role, RoleSessionName="not allowed!")
    except aws.sts.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "ValidationError", error.response
        assert "failed to satisfy constraint" in error.response["Error"]["Message"], error.response
    else:
        raise AssertionError("a session name with a space was accepted")
