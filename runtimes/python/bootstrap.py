"""The program inside a Python function's process.

It waits for code, loads the handler, and answers one invocation at a time. It is started before anybody
needs it, so nothing here knows a function. The limits and texts are those of AWS's Python runtime:
https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
"""

import decimal
import importlib
import json
import os
import select
import sys
import traceback

import channel
import leftovers
import localhost
import logs
import responses
from context import LambdaContext

# The largest answer, in bytes: 6 MB and what AWS grants beyond.
LARGEST_ANSWER_BYTES = 6_291_556


class RuntimeFault(Exception):
    """An error of the runtime itself."""

    def __init__(self, kind, message, trace=None):
        super().__init__(message)
        self.kind = f"Runtime.{kind}"
        self.trace = trace or []


def error_document(request_id):
    """The exception that is being handled, in the shape of AWS's errors."""
    kind, error, trace = sys.exc_info()
    if isinstance(error, RuntimeFault):
        name, stack = error.kind, error.trace
    else:
        frames = traceback.extract_tb(trace)
        own = next((i for i, frame in enumerate(frames) if not is_own(frame.filename)), 0)
        name, stack = kind.__name__, traceback.format_list(frames[own:])
    return {"errorMessage": str(error), "errorType": name, "requestId": request_id, "stackTrace": stack}


def is_own(filename):
    return filename == __file__ or filename.startswith("<frozen importlib")


def load_handler(name):
    """`pkg/module.function` or `pkg.module.function`."""
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        problem = "not enough values to unpack (expected 2, got 1)"
        raise RuntimeFault("MalformedHandlerName", f"Bad handler '{name}': {problem}")
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise RuntimeFault(
            "BuiltInModuleConflict", f"Cannot use built-in module {module_name} as a handler module"
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise RuntimeFault("ImportModuleError", f"Unable to import module '{module_name}': {error}")
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        raise RuntimeFault("UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}", trace)
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise RuntimeFault("HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'")


def plain(value):
    """DynamoDB's numbers come as decimals."""
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def to_json(value):
    if isinstance(value, bytes):
        return value
    try:
        return json.dumps(value, default=plain, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except Exception as error:
        raise RuntimeFault("MarshalError", f"Unable to marshal response: {error}")


def from_json(body):
    try:
        return json.loads(body)
    except Exception as error:
        raise RuntimeFault("UnmarshalError", f"Unable to unmarshal input: {error}")


def initialise(head):
    os.environ.clear()
    os.environ.update(head["environment"])
    os.chdir(head["root"])
    sys.path[0] = head["root"]
    if "layers" in head:
        folder = os.path.join(head["layers"], "python")
        version = os.environ["AWS_EXECUTION_ENV"].removeprefix("AWS_Lambda_")
        sys.path[1:1] = [os.path.join(folder, "lib", version, "site-packages"), folder]
    sys.argv = [os.path.join(head["root"], "bootstrap.py")]
    logs.capture_output()
    logs.set_up(head["logFormat"], head.get("logLevel"))
    # The runtime's own modules must not stand in the way of the function's.
    for name in ("channel", "leftovers", "localhost", "logs", "responses", "context"):
        sys.modules.pop(name, None)
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception:
        document = error_document("")
        logs.log_error(document)
        head = {"type": "failed", "errorType": document["errorType"]}
        channel.send(head, json.dumps(document).encode())
        os._exit(1)
    logs.flush()
    if head["freezes"]:
        leftovers.begin()
    channel.send({"type": "initialised"})
    return handler


def invoke(handler, head, body):
    os.environ["_X_AMZN_TRACE_ID"] = head["trace"]
    logs.request_id = head["id"]
    responses.answer_plainly()
    answer = {"type": "answer", "id": head["id"]}
    try:
        client_context = json.loads(head["clientContext"]) if "clientContext" in head else None
        context = LambdaContext(head["id"], head["arn"], head["remainingMs"], client_context)
        result = to_json(handler(from_json(body), context))
    except Exception:
        document = error_document(head["id"])
        answer["errorType"] = document["errorType"]
        if channel.is_owner():
            logs.log_error(document)
        result = json.dumps(document).encode()
    if not channel.is_owner():
        # A child that the handler forked came back from it: the answer is not its own to give.
        logs.flush()
        os._exit(0)
    if len(result) > LARGEST_ANSWER_BYTES and "errorType" not in answer:
        limit = f"Response payload size exceeded maximum allowed payload size ({LARGEST_ANSWER_BYTES} bytes)."
        answer["errorType"] = "Function.ResponseSizeTooLarge"
        result = json.dumps({"errorType": answer["errorType"], "errorMessage": limit}).encode()
    logs.flush()
    if sys.platform == "darwin":
        answer["peakBytes"] = peak_bytes()
    # Before the answer: after it the process may be stopped at any moment.
    left = leftovers.found()
    if left:
        channel.send({"type": "left", "id": head["id"], "what": " ".join(left)})
    channel.send(answer, result)


def peak_bytes():
    """Where there is no /proc the platform cannot see how much memory this process took."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def warm_up():
    """Reads what most functions load, unless one is waiting already."""
    if not select.select([channel.FD], [], [], 0.005)[0]:
        for name in ("datetime", "email.message", "http.client", "ssl", "urllib.request", "uuid"):
            try:
                importlib.import_module(name)
            except ImportError:
                pass


def main():
    channel.prepare()
    localhost.resolve()
    warm_up()
    channel.send({"type": "ready"})
    handler = None
    while True:
        head, body = channel.receive()
        if head["type"] == "init":
            handler = initialise(head)
        elif head["type"] == "invoke":
            invoke(handler, head, body)


if __name__ == "__main__":
    main()
