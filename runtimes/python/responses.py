"""Handlers of custom resources answer by HTTPS, whatever address they were given.

Those answers go to the platform's own, which speaks HTTP.
"""

import os
import sys


_done = False


def answer_plainly():
    """Has http.client, once it is loaded, speak to the platform's own address as it does."""
    global _done
    client = sys.modules.get("http.client")
    if _done or client is None or not hasattr(client, "HTTPSConnection"):
        return
    _done = True
    secure = client.HTTPSConnection
    connect = secure.connect

    def connect_plainly(self):
        host, _, port = os.environ["AWS_ENDPOINT_URL"].partition("://")[2].partition(":")
        if self.host not in (host, "localhost") or str(self.port) != port:
            return connect(self)
        return client.HTTPConnection.connect(self)

    secure.connect = connect_plainly
