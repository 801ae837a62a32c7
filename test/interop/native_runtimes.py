"""Functions of compiled languages, with AWS's own libraries for them: Go, Rust and Java."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

from functions import ROLE

SOURCES = Path(__file__).parent / "native"
#: What was built once stays, until its sources change.
BUILT = Path(__file__).parent.parent.parent / ".tools" / "functions"
BUILD_S = 600


def built(language, build):
    """The folder of what `build` makes of a language's sources; None, and why, where it cannot."""
    sources = SOURCES / language
    digest = hashlib.sha256()
    for path in sorted(path for path in sources.rglob("*") if path.is_file()):
        digest.update(path.name.encode() + path.read_bytes())
    folder = BUILT / f"{language}-{digest.hexdigest()[:16]}"
    if not folder.exists():
        unfinished = folder.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        try:
            build(sources, unfinished)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            reason = str(getattr(error, "stderr", None) or error).strip()
            print(f"skipped native_runtimes.py: {language}: it could not be built: {reason[-300:]}")
            return None
        unfinished.rename(folder)
    return folder


def run(command, cwd, **variables):
    environment = {**os.environ, **variables}
    subprocess.run(
        command, cwd=cwd, env=environment, check=True, capture_output=True, text=True, timeout=BUILD_S
    )


def build_go(sources, into):
    command = ["go", "build", "-tags", "lambda.norpc", "-o", str(into / "bootstrap"), "."]
    run(command, sources, CGO_ENABLED="0")


def build_rust(sources, into):
    run(["cargo", "build", "--release", "--quiet", "--locked", "--target-dir", str(into / "target")], sources)
    shutil.copy(into / "target" / "release" / "crab", into / "bootstrap")
    shutil.rmtree(into / "target")


def build_java(sources, into):
    fetch = ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime"]
    run([*fetch, f"-DoutputDirectory={into / 'lib'}"], sources)
    run(["javac", "--release", "17", "-cp", f"{into / 'lib'}/*", "-d", str(into), "Shout.java"], sources)


def zipped(folder):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.write(path, path.relative_to(folder))
    return buffer.getvalue()


def create(aws, name, folder, **members):
    aws.lambda_.create_function(
        FunctionName=name,
        Role=ROLE,
        Code={"ZipFile": zipped(folder)},
        Timeout=60,
        **members,
    )
    aws.lambda_.get_waiter("function_active_v2").wait(FunctionName=name)


def invoke(aws, name, event):
    answer = aws.lambda_.invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail")
    return answer, json.loads(answer["Payload"].read())


def try_native(aws, language, program, build):
    if not shutil.which(program):
        print(f"skipped native_runtimes.py: {language}: there is no {program}")
        return
    folder = built(language, build)
    if not folder:
        return
    name = f"boto-{language}"
    create(aws, name, folder, Runtime="provided.al2023", Handler="bootstrap", MemorySize=256)
    for _ in range(2):
        answer, payload = invoke(aws, name, {"name": "you"})
        assert "FunctionError" not in answer, payload
        told = {"greeting": "hello you", "memory": 256, "hasTime": True}
        assert {key: payload[key] for key in told} == told, payload
        assert payload["id"] == answer["ResponseMetadata"]["RequestId"], payload
        assert payload["arn"].endswith(f":function:{name}"), payload
    for how in ["error", "panic"]:
        answer, payload = invoke(aws, name, {"name": "you", "how": how})
        assert answer["FunctionError"] == "Unhandled", answer
        assert f"asked to {'fail' if how == 'error' else 'panic'}" in payload["errorMessage"], payload
    _, payload = invoke(aws, name, {"name": "again"})
    assert payload["greeting"] == "hello again", payload


def check_go_function_with_aws_lambda_go(aws):
    try_native(aws, "go", "go", build_go)


def check_rust_function_with_lambda_runtime(aws):
    try_native(aws, "rust", "cargo", build_rust)


def check_java_function_with_its_events_and_the_sdk(aws):
    if not (shutil.which("mvn") and shutil.which("javac")):
        print("skipped native_runtimes.py: java: there is no mvn or javac")
        return
    folder = built("java", build_java)
    if not folder:
        return
    for bucket in ["boto-quiet", "boto-loud"]:
        aws.s3.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
    aws.s3.put_object(Bucket="boto-quiet", Key="a b.txt", Body=b"shout")
    create(
        aws,
        "boto-java",
        folder,
        Runtime="java21",
        Handler="shout.Shout",
        MemorySize=512,
        Environment={"Variables": {"TARGET": "boto-loud"}},
    )
    object_ = {"bucket": {"name": "boto-quiet"}, "object": {"key": "a+b.txt"}}
    for _ in range(2):
        answer, payload = invoke(aws, "boto-java", {"Records": [{"s3": object_}]})
        assert "FunctionError" not in answer, payload
        assert payload == {"key": "a b.txt", "name": "boto-java"}, payload
    assert aws.s3.get_object(Bucket="boto-loud", Key="a b.txt")["Body"].read() == b"SHOUT"
