"""FastAPI behind an HTTP API and a REST API, through Mangum, packaged by pip as for Lambda."""

import io
import json
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

PACKAGES = ["fastapi==0.163.2", "mangum==0.22.0"]
TOOLS = Path(__file__).parent.parent.parent / ".tools" / "fastapi"
ROLE = "arn:aws:iam::000000000000:role/interop"
APP = """
from fastapi import FastAPI, Query, Request, Response
from mangum import Mangum
from pydantic import BaseModel

app = FastAPI()

class Item(BaseModel):
    name: str
    price: float

@app.get("/users/{user}")
def read(user: str, request: Request, q: list[int] = Query()):
    return {"user": user, "q": q, "cookie": request.cookies.get("session")}

@app.post("/items", status_code=201)
def create(item: Item, response: Response):
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return {"name": item.name, "twice": item.price * 2}

@app.post("/bytes")
async def back(request: Request):
    return Response(await request.body(), media_type="application/octet-stream")

handler = Mangum(app, lifespan="off")
"""


def packages():
    """Installed once: then no network is needed."""
    marker = TOOLS / "versions"
    if not marker.exists() or marker.read_text() != " ".join(PACKAGES):
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*command, "--target", str(TOOLS), *PACKAGES], check=True)
        marker.write_text(" ".join(PACKAGES))
    return TOOLS


def function(aws):
    root = packages()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in root.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(root))
        archive.writestr("app.py", APP)
    made = aws.lambda_.create_function(
        FunctionName="fastapi",
        Runtime="python3.12",
        Role=ROLE,
        Handler="app.handler",
        Timeout=60,
        Code={"ZipFile": buffer.getvalue()},
    )
    aws.lambda_.add_permission(
        FunctionName="fastapi",
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    return made["FunctionArn"]


def rest_host(aws, arn):
    v1 = aws.apigateway
    api = v1.create_rest_api(name="fastapi", binaryMediaTypes=["application/octet-stream"])["id"]
    root = v1.get_resources(restApiId=api)["items"][0]["id"]
    proxy = v1.create_resource(restApiId=api, parentId=root, pathPart="{proxy+}")["id"]
    place = {"restApiId": api, "resourceId": proxy, "httpMethod": "ANY"}
    v1.put_method(**place, authorizationType="NONE")
    region = arn.split(":")[3]
    uri = f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"
    v1.put_integration(**place, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    v1.create_deployment(restApiId=api, stageName="prod")
    return api


def ask(url, host, **members):
    headers = {"Accept": "application/octet-stream", **members.pop("headers", {})}
    if host is not None:
        headers["Host"] = host
    request = urllib.request.Request(url, headers=headers, **members)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def serves(base, host):
    status, _, body = ask(f"{base}/users/a%20b?q=1&q=2", host, headers={"Cookie": "session=xyz"})
    assert (status, json.loads(body)) == (200, {"user": "a b", "q": [1, 2], "cookie": "xyz"}), body
    kind = {"Content-Type": "application/json"}
    item = json.dumps({"name": "grüße ✓", "price": 1.5}).encode()
    status, headers, body = ask(f"{base}/items", host, method="POST", data=item, headers=kind)
    assert (status, json.loads(body)) == (201, {"name": "grüße ✓", "twice": 3.0}), (status, body)
    cookies = [value.split(";")[0] for value in headers.get_all("Set-Cookie")]
    assert cookies == ["a=1", "b=2"], cookies
    status, _, body = ask(f"{base}/items", host, method="POST", data=b"{}", headers=kind)
    assert status == 422 and b"Field required" in body, (status, body)
    data = bytes(range(256)) * 16
    kind = {"Content-Type": "application/octet-stream"}
    status, _, body = ask(f"{base}/bytes", host, method="POST", data=data, headers=kind)
    assert (status, body) == (200, data), status
    status, _, body = ask(f"{base}/openapi.json", host)
    assert status == 200 and "/items" in json.loads(body)["paths"], body


def check_fastapi_serves_its_users(aws):
    arn = function(aws)
    api = aws.apigatewayv2.create_api(Name="fastapi", ProtocolType="HTTP", Target=arn)
    serves(aws.endpoint, urlsplit(api["ApiEndpoint"]).netloc)
    serves(f"{aws.endpoint}/restapis/{rest_host(aws, arn)}/prod/_user_request_", None)
