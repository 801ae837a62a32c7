"""DynamoDB through boto3: its client, its resource with Python's own types, and its streams."""

import threading
import time
from decimal import Decimal

import boto3
from boto3.dynamodb.conditions import Attr, Key


def tables(aws):
    return boto3.resource("dynamodb", endpoint_url=aws.endpoint)


def make(aws, name, **more):
    table = tables(aws).create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": "owner", "KeyType": "HASH"},
            {"AttributeName": "at", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "owner", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
            {"AttributeName": "kind", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-kind",
                "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )
    table.wait_until_exists()
    return table


def check_items_keep_their_types(aws):
    table = make(aws, "types")
    item = {
        "owner": "jo",
        "at": Decimal("12345678901234567890.123456789012345678"),
        "kind": "note",
        "bytes": b"\x00\xff",
        "tags": {"a", "b"},
        "numbers": {Decimal(1), Decimal("2.5")},
        "nested": {"list": [1, None, True, {"deep": "é"}]},
    }
    table.put_item(Item=item)
    got = table.get_item(Key={"owner": "jo", "at": item["at"]}, ConsistentRead=True)["Item"]
    assert got == {**item, "bytes": got["bytes"]}, got
    assert got["bytes"].value == b"\x00\xff", got


def check_queries_and_scans(aws):
    table = make(aws, "queries")
    with table.batch_writer() as batch:
        for at in range(60):
            batch.put_item(Item={"owner": "jo", "at": at, "kind": "even" if at % 2 == 0 else "odd"})
    recent = table.query(
        KeyConditionExpression=Key("owner").eq("jo") & Key("at").between(10, 19),
        FilterExpression=Attr("kind").eq("odd"),
        ScanIndexForward=False,
    )
    assert [int(item["at"]) for item in recent["Items"]] == [19, 17, 15, 13, 11], recent
    assert (recent["Count"], recent["ScannedCount"]) == (5, 10), recent
    even = table.query(IndexName="by-kind", KeyConditionExpression=Key("kind").eq("even"))
    assert even["Count"] == 30, even
    pages = list(aws.dynamodb.get_paginator("scan").paginate(TableName="queries", Limit=7))
    assert sum(page["Count"] for page in pages) == 60, pages
    assert len(pages) == 9, len(pages)


def check_conditions_and_counters(aws):
    table = make(aws, "counters")
    key = {"owner": "jo", "at": 1}
    table.put_item(Item={**key, "hits": 0}, ConditionExpression=Attr("owner").not_exists())
    try:
        table.put_item(Item=key, ConditionExpression=Attr("owner").not_exists())
    except table.meta.client.exceptions.ConditionalCheckFailedException as error:
        assert error.response["Error"]["Message"] == "The conditional request failed", error.response
    else:
        raise AssertionError("a failed condition wrote")

    def count():
        own = tables(aws).Table("counters")
        for _ in range(25):
            own.update_item(
                Key=key,
                UpdateExpression="SET hits = hits + :one",
                ExpressionAttributeValues={":one": 1},
            )

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert table.get_item(Key=key)["Item"]["hits"] == 100


def check_transactions(aws):
    table = make(aws, "transactions")
    client = table.meta.client
    table.put_item(Item={"owner": "jo", "at": 1, "kind": "there"})
    put = {"TableName": "transactions", "Item": {"owner": "jo", "at": 2}}
    check = {
        "TableName": "transactions",
        "Key": {"owner": "jo", "at": 1},
        "ConditionExpression": "attribute_not_exists(kind)",
    }
    try:
        client.transact_write_items(TransactItems=[{"Put": put}, {"ConditionCheck": check}])
    except client.exceptions.TransactionCanceledException as error:
        codes = [reason["Code"] for reason in error.response["CancellationReasons"]]
        assert codes == ["None", "ConditionalCheckFailed"], error.response
    else:
        raise AssertionError("a transaction with a failed check wrote")
    assert "Item" not in table.get_item(Key={"owner": "jo", "at": 2})


def check_streams(aws):
    view = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    table = make(aws, "streamed", StreamSpecification=view)
    table.put_item(Item={"owner": "jo", "at": 1, "kind": "a"})
    table.put_item(Item={"owner": "jo", "at": 1, "kind": "b"})
    table.delete_item(Key={"owner": "jo", "at": 1})
    streams = aws.dynamodbstreams
    arn = table.latest_stream_arn
    names = []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        names += [r["eventName"] for r in streams.get_records(ShardIterator=iterator)["Records"]]
    assert names == ["INSERT", "MODIFY", "REMOVE"], names


def check_statements(aws):
    make(aws, "statements")
    client = aws.dynamodb
    client.execute_statement(
        Statement="""INSERT INTO "statements" VALUE {'owner': 'jo', 'at': 1, 'kind': 'x'}"""
    )
    got = client.execute_statement(
        Statement="""SELECT kind FROM "statements" WHERE owner = ? AND "at" = ?""",
        Parameters=[{"S": "jo"}, {"N": "1"}],
    )
    assert got["Items"] == [{"kind": {"S": "x"}}], got


def check_replicas_in_another_region(aws):
    def there(region):
        return boto3.client("dynamodb", endpoint_url=aws.endpoint, region_name=region)

    home, away = there("us-east-1"), there("eu-west-1")
    home.create_table(
        TableName="everywhere",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    home.put_item(TableName="everywhere", Item={"id": {"S": "before"}})
    home.update_table(
        TableName="everywhere", ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}]
    )
    for client in (away, home):
        client.get_waiter("table_exists").wait(
            TableName="everywhere", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
        )
    away.put_item(TableName="everywhere", Item={"id": {"S": "after"}})
    deadline = time.monotonic() + 20
    while home.scan(TableName="everywhere")["Count"] < 2:
        assert time.monotonic() < deadline, "the item did not come from the other region"
        time.sleep(0.1)
    assert away.scan(TableName="everywhere")["Count"] == 2
    replicas = home.describe_table(TableName="everywhere")["Table"]["Replicas"]
    assert [(r["RegionName"], r["ReplicaStatus"]) for r in replicas] == [("eu-west-1", "ACTIVE")], replicas


def check_indexes_of_several_attributes(aws):
    client = aws.dynamodb
    names = ["cup", "region", "round"]
    client.create_table(
        TableName="matches",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ["id", *names]],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-place",
                "KeySchema": [
                    {"AttributeName": n, "KeyType": "RANGE" if n == "round" else "HASH"} for n in names
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    table = tables(aws).Table("matches")
    for n, stage in enumerate(["semi", "final"]):
        table.put_item(Item={"id": str(n), "cup": "winter", "region": "north", "round": stage})
    condition = Key("cup").eq("winter") & Key("region").eq("north")
    got = table.query(IndexName="by-place", KeyConditionExpression=condition & Key("round").lt("g"))
    assert [m["round"] for m in got["Items"]] == ["final"], got


def check_errors_have_aws_words(aws):
    client = aws.dynamodb
    try:
        client.get_item(TableName="nowhere", Key={"owner": {"S": "jo"}})
    except client.exceptions.ResourceNotFoundException as error:
        assert error.response["Error"]["Message"] == "Requested resource not found", error.response
    else:
        raise AssertionError("a table that is not there was read")
