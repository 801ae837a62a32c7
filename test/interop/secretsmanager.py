"""Secrets Manager through boto3: values, labels, lists and passwords."""


def check_versions(aws):
    secrets = aws.secretsmanager
    made = secrets.create_secret(Name="boto/login", SecretString="ünö", Tags=[{"Key": "a", "Value": "b"}])
    assert secrets.get_secret_value(SecretId=made["ARN"])["SecretString"] == "ünö"
    secrets.put_secret_value(SecretId="boto/login", SecretBinary=b"\x00\xff")
    found = secrets.get_secret_value(SecretId="boto/login")
    assert found["SecretBinary"] == b"\x00\xff" and found["VersionStages"] == ["AWSCURRENT"], found
    before = secrets.get_secret_value(SecretId="boto/login", VersionStage="AWSPREVIOUS")
    assert before["VersionId"] == made["VersionId"], before
    try:
        secrets.create_secret(Name="boto/login", SecretString="other")
        raise AssertionError("a secret was made twice")
    except secrets.exceptions.ResourceExistsException:
        pass
    secrets.delete_secret(SecretId="boto/login", RecoveryWindowInDays=7)
    try:
        secrets.get_secret_value(SecretId="boto/login")
        raise AssertionError("a secret that is on its way out was read")
    except secrets.exceptions.InvalidRequestException:
        pass


def check_lists(aws):
    secrets = aws.secretsmanager
    for name in ["list/a", "list/b", "list/c"]:
        secrets.create_secret(Name=name, SecretString="x")
    filters = [{"Key": "name", "Values": ["list/"]}]
    pages = secrets.get_paginator("list_secrets").paginate(Filters=filters, PaginationConfig={"PageSize": 2})
    names = [one["Name"] for page in pages for one in page["SecretList"]]
    assert sorted(names) == ["list/a", "list/b", "list/c"], names
    batch = secrets.batch_get_secret_value(SecretIdList=["list/a", "list/none"])
    assert len(batch["SecretValues"]) == 1 and len(batch["Errors"]) == 1, batch
    assert len(secrets.get_random_password(PasswordLength=40)["RandomPassword"]) == 40
