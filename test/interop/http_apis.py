"""HTTP and WebSocket APIs through boto3, called as clients call them."""

import base64
import io
import json
import os
import socket
import struct
import urllib.error
import urllib.request
import zipfile
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::000000000000:role/interop"
HANDLER = """
import json
def handler(event, context):
    return {"statusCode": 200, "headers": {"x-by": "python"}, "body": json.dumps(event)}
"""
# Tells whoever writes what it heard, over the API by which backends reach connections.
CHAT = """
import json, boto3
def handler(event, context):
    where = event["requestContext"]
    if where["routeKey"] == "say":
        text = json.loads(event["body"])["text"]
        client = boto3.client("apigatewaymanagementapi")
        client.post_to_connection(ConnectionId=where["connectionId"], Data=f"you said {text}".encode())
    return {"statusCode": 200}
"""


def function(aws, name, text):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", text)
    made = aws.lambda_.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=ROLE,
        Handler="index.handler",
        Timeout=20,
        Code={"ZipFile": buffer.getvalue()},
    )
    aws.lambda_.add_permission(
        FunctionName=name,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    return made["FunctionArn"]


def ask(aws, host, path, **members):
    request = urllib.request.Request(aws.endpoint + path, headers={"Host": host}, **members)
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, dict(response.headers), response.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def check_an_http_api_in_front_of_a_function(aws):
    arn = function(aws, "boto-api", HANDLER)
    api = aws.apigatewayv2.create_api(Name="boto", ProtocolType="HTTP", Target=arn, Tags={"team": "a"})
    host = urlsplit(api["ApiEndpoint"]).netloc
    status, headers, body = ask(aws, host, "/pets/1?q=a%20b&q=c", method="POST", data=b"hello")
    assert status == 200 and headers["x-by"] == "python", (status, headers)
    event = json.loads(body)
    assert event["version"] == "2.0" and event["rawPath"] == "/pets/1", event
    assert event["queryStringParameters"] == {"q": "a b,c"}, event
    assert base64.b64decode(event["body"]) == b"hello" and event["isBase64Encoded"], event
    arn = f"arn:aws:apigateway:eu-central-1::/apis/{api['ApiId']}"
    assert aws.apigatewayv2.get_tags(ResourceArn=arn)["Tags"] == {"team": "a"}
    names = [one["RouteKey"] for one in aws.apigatewayv2.get_routes(ApiId=api["ApiId"])["Items"]]
    assert names == ["$default"], names
    document = aws.apigatewayv2.export_api(ApiId=api["ApiId"], Specification="OAS30", OutputType="JSON")
    assert json.loads(document["body"].read())["info"]["title"] == "boto"
    aws.apigatewayv2.delete_api(ApiId=api["ApiId"])
    status, _, body = ask(aws, host, "/")
    assert (status, json.loads(body)) == (403, {"message": "Forbidden"}), body
    try:
        aws.apigatewayv2.get_api(ApiId=api["ApiId"])
    except ClientError as error:
        assert error.response["Error"]["Code"] == "NotFoundException", error.response
        assert error.response["Error"]["Message"].endswith(api["ApiId"]), error.response
    else:
        raise AssertionError("the API is still there")


class WebSocket:
    """As much of the protocol as text needs, of nobody's library."""

    def __init__(self, endpoint, host, path):
        address = urlsplit(endpoint)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=20)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "", ""]
        self.socket.sendall("\r\n".join(lines).encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        while self.file.readline() != b"\r\n":
            pass

    def send(self, text):
        data = text.encode()
        mask = os.urandom(4)
        assert len(data) < 126
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
        self.socket.sendall(bytes([0x81, 0x80 | len(data)]) + mask + masked)

    def receive(self):
        kind, length = self.file.read(2)
        if length == 126:
            (length,) = struct.unpack("!H", self.file.read(2))
        return kind & 0x0F, self.file.read(length)


def check_a_websocket_api_answers_over_its_connections(aws):
    arn = function(aws, "boto-chat", CHAT)
    v2 = aws.apigatewayv2
    api = v2.create_api(
        Name="boto-chat", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )
    made = v2.create_integration(ApiId=api["ApiId"], IntegrationType="AWS_PROXY", IntegrationUri=arn)
    for key in ["$connect", "say"]:
        target = f"integrations/{made['IntegrationId']}"
        v2.create_route(ApiId=api["ApiId"], RouteKey=key, Target=target)
    v2.create_stage(ApiId=api["ApiId"], StageName="prod", AutoDeploy=True)
    host = urlsplit(api["ApiEndpoint"]).netloc
    client = WebSocket(aws.endpoint, host, "/prod")
    assert client.status == 101, client.status
    client.send(json.dumps({"action": "say", "text": "hello"}))
    assert client.receive() == (1, b"you said hello")
    client.send(json.dumps({"action": "unknown"}))
    kind, text = client.receive()
    refused = json.loads(text)
    assert refused["message"] == "Forbidden", refused
    base = f"{aws.endpoint}/_aws/execute-api/{api['ApiId']}/prod"
    backend = boto3.client("apigatewaymanagementapi", endpoint_url=base)
    shown = backend.get_connection(ConnectionId=refused["connectionId"])
    assert shown["Identity"]["SourceIp"] == "127.0.0.1", shown
    backend.delete_connection(ConnectionId=refused["connectionId"])
    assert client.receive()[0] == 8
    try:
        backend.post_to_connection(ConnectionId=refused["connectionId"], Data=b"late")
    except ClientError as error:
        assert error.response["Error"]["Code"] == "GoneException", error.response
    else:
        raise AssertionError("the connection is still there")
