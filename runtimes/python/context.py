"""The context object. https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

import os
import time


class _Members:
    """An object with a fixed set of members, taken from a dictionary."""

    names = ()

    def __init__(self, values):
        for name in self.names:
            setattr(self, name, values.get(name))

    def __repr__(self):
        members = ",".join(f"{name}={getattr(self, name)}" for name in self.names)
        return f"{type(self).__name__}([{members}])"


class CognitoIdentity(_Members):
    names = ("cognito_identity_id", "cognito_identity_pool_id")


class Client(_Members):
    names = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


class ClientContext(_Members):
    names = ("custom", "env", "client")

    def __init__(self, values):
        super().__init__(values)
        if isinstance(self.client, dict):
            self.client = Client(self.client)


class LambdaContext:
    def __init__(self, request_id, function_arn, remaining_ms, client_context):
        self.aws_request_id = request_id
        self.invoked_function_arn = function_arn
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.client_context = ClientContext(client_context) if client_context else None
        self.identity = CognitoIdentity({})
        self._deadline = time.time() + remaining_ms / 1000

    def get_remaining_time_in_millis(self):
        return max(0, int((self._deadline - time.time()) * 1000))

    def log(self, message):
        print(message)

    def __repr__(self):
        members = ",".join(f"{name}={value}" for name, value in vars(self).items() if name[0] != "_")
        return f"{type(self).__name__}([{members}])"
