"""S3 through boto3."""

import hashlib
import io
import os
import urllib.request

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

MIB = 1024 * 1024


def make_bucket(aws, name):
    aws.s3.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    return name


def expect_code(code, call, **members):
    try:
        call(**members)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
        return error.response
    raise AssertionError(f"no {code}")


def check_object_with_metadata(aws):
    bucket = make_bucket(aws, "boto-metadata")
    put = aws.s3.put_object(
        Bucket=bucket,
        Key="a/ä b+c.txt",
        Body=b"hello",
        ContentType="text/plain",
        CacheControl="no-cache",
        Metadata={"colour": "blue"},
    )
    assert put["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"', put
    got = aws.s3.get_object(Bucket=bucket, Key="a/ä b+c.txt")
    assert got["Body"].read() == b"hello"
    assert (got["ContentType"], got["CacheControl"]) == ("text/plain", "no-cache"), got
    assert got["Metadata"] == {"colour": "blue"}, got
    assert got["ContentLength"] == 5, got


def check_range_and_conditions(aws):
    bucket = make_bucket(aws, "boto-conditions")
    etag = aws.s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")["ETag"]
    part = aws.s3.get_object(Bucket=bucket, Key="k", Range="bytes=2-4")
    assert part["Body"].read() == b"234" and part["ContentRange"] == "bytes 2-4/10", part
    expect_code("InvalidRange", aws.s3.get_object, Bucket=bucket, Key="k", Range="bytes=99-")
    expect_code("304", aws.s3.get_object, Bucket=bucket, Key="k", IfNoneMatch=etag)
    expect_code("PreconditionFailed", aws.s3.get_object, Bucket=bucket, Key="k", IfMatch='"no"')
    expect_code(
        "PreconditionFailed", aws.s3.put_object, Bucket=bucket, Key="k", Body=b"", IfNoneMatch="*"
    )


def check_listing_pages_and_prefixes(aws):
    bucket = make_bucket(aws, "boto-listing")
    for index in range(25):
        aws.s3.put_object(Bucket=bucket, Key=f"day{index % 5}/n{index:02}", Body=b"x")
    pages = aws.s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": 7}
    )
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    assert keys == sorted(keys) and len(keys) == 25, keys
    answer = aws.s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    prefixes = [each["Prefix"] for each in answer["CommonPrefixes"]]
    assert prefixes == [f"day{index}/" for index in range(5)], answer
    first = aws.s3.list_objects(Bucket=bucket, MaxKeys=3)
    assert first["IsTruncated"] and len(first["Contents"]) == 3, first


def check_multipart_upload_and_download(aws):
    bucket = make_bucket(aws, "boto-multipart")
    data = os.urandom(20 * MIB + 17)
    config = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB)
    aws.s3.upload_fileobj(io.BytesIO(data), bucket, "big", Config=config)
    head = aws.s3.head_object(Bucket=bucket, Key="big")
    assert head["ContentLength"] == len(data) and head["ETag"].endswith('-3"'), head
    target = io.BytesIO()
    aws.s3.download_fileobj(bucket, "big", target, Config=config)
    assert hashlib.sha256(target.getvalue()).digest() == hashlib.sha256(data).digest()


def check_multipart_abort(aws):
    bucket = make_bucket(aws, "boto-abort")
    upload = aws.s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    aws.s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"part")
    assert len(aws.s3.list_multipart_uploads(Bucket=bucket)["Uploads"]) == 1
    aws.s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)
    expect_code("NoSuchUpload", aws.s3.list_parts, Bucket=bucket, Key="k", UploadId=upload)


def check_checksums(aws):
    bucket = make_bucket(aws, "boto-checksums")
    for algorithm in ["CRC32", "SHA1", "SHA256"]:
        put = aws.s3.put_object(Bucket=bucket, Key=algorithm, Body=b"data", ChecksumAlgorithm=algorithm)
        got = aws.s3.get_object(Bucket=bucket, Key=algorithm, ChecksumMode="ENABLED")
        got["Body"].read()
        assert got[f"Checksum{algorithm}"] == put[f"Checksum{algorithm}"], got
    expect_code(
        "BadDigest", aws.s3.put_object, Bucket=bucket, Key="k", Body=b"data", ChecksumCRC32="AAAAAA=="
    )


def check_presigned_addresses(aws):
    bucket = make_bucket(aws, "boto-presigned")
    members = {"Bucket": bucket, "Key": "a b.txt"}
    address = aws.s3.generate_presigned_url("put_object", Params=members)
    request = urllib.request.Request(address, data=b"signed", method="PUT")
    request.add_header("content-type", "")
    assert urllib.request.urlopen(request).status == 200
    address = aws.s3.generate_presigned_url("get_object", Params=members)
    assert urllib.request.urlopen(address).read() == b"signed"


def check_copy_and_delete_many(aws):
    bucket = make_bucket(aws, "boto-copy")
    aws.s3.put_object(Bucket=bucket, Key="one", Body=b"1", Metadata={"kept": "yes"})
    aws.s3.copy_object(Bucket=bucket, Key="two", CopySource={"Bucket": bucket, "Key": "one"})
    assert aws.s3.head_object(Bucket=bucket, Key="two")["Metadata"] == {"kept": "yes"}
    expect_code("BucketNotEmpty", aws.s3.delete_bucket, Bucket=bucket)
    answer = aws.s3.delete_objects(
        Bucket=bucket, Delete={"Objects": [{"Key": "one"}, {"Key": "two"}, {"Key": "never"}]}
    )
    assert len(answer["Deleted"]) == 3, answer
    aws.s3.delete_bucket(Bucket=bucket)
    expect_code("404", aws.s3.head_bucket, Bucket=bucket)


def check_missing_things(aws):
    expect_code("NoSuchBucket", aws.s3.list_objects_v2, Bucket="boto-never-made")
    bucket = make_bucket(aws, "boto-missing")
    answer = expect_code("NoSuchKey", aws.s3.get_object, Bucket=bucket, Key="never")
    assert answer["Error"]["Key"] == "never", answer
    expect_code("404", aws.s3.head_object, Bucket=bucket, Key="never")
