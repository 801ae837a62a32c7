"""print and logging as events of the function's log.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

import io
import json
import logging
import sys
import time
import traceback

import channel

TEXT_FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
TIME_FORMAT = "%Y-%m-%dT%H:%M:%S"
NO_BREAK_SPACE = "\u00a0"

request_id = None
_json = False


class _Handler(logging.Handler):
    def emit(self, record):
        try:
            record.aws_request_id = request_id or ""
            _event(self.format(record))
        except Exception:
            self.handleError(record)


class _JsonFormatter(logging.Formatter):
    _standard = frozenset(vars(logging.makeLogRecord({}))) | {"aws_request_id", "message", "asctime"}

    def format(self, record):
        kind, error, trace = record.exc_info or (None, None, None)
        line = {
            "timestamp": _timestamp(record.created),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "stackTrace": traceback.format_tb(trace) if kind else None,
            "errorType": kind.__name__ if kind else None,
            "errorMessage": str(error) if kind else None,
            "requestId": record.aws_request_id or None,
            "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if kind else None,
        }
        for name, value in vars(record).items():
            if name not in self._standard:
                line.setdefault(name, value)
        return json.dumps({k: v for k, v in line.items() if v is not None}, ensure_ascii=False, default=str)


def _timestamp(seconds):
    return time.strftime(TIME_FORMAT, time.gmtime(seconds)) + f".{int(seconds * 1000) % 1000:03d}Z"


def _event(text):
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    channel.send({"type": "log"}, text.encode("utf-8", "backslashreplace"))


def capture_output():
    """Lines are sent as they end; `flush` sends the rest."""
    for name, fd in (("stdout", 1), ("stderr", 2)):
        raw = io.BufferedWriter(channel.Output(fd))
        stream = io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", line_buffering=True)
        setattr(sys, name, stream)


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            # The function closed it.
            pass


def set_up(log_format, level):
    global _json
    _json = log_format == "JSON"
    handler = _Handler()
    if _json:
        handler.setFormatter(_JsonFormatter())
    else:
        formatter = logging.Formatter(TEXT_FORMAT, TIME_FORMAT)
        formatter.converter = time.gmtime
        handler.setFormatter(formatter)
    root = logging.getLogger()
    root.addHandler(handler)
    # Python has no TRACE.
    level = {"TRACE": "DEBUG", "FATAL": "CRITICAL", "WARN": "WARNING"}.get(level, level)
    if level:
        root.setLevel(level)


def log_error(document):
    """What the runtime logs about a failure."""
    if _json:
        line = {"timestamp": _timestamp(time.time()), "level": "ERROR", **document}
        _event(json.dumps(line, ensure_ascii=False))
        return
    title = f"[ERROR] {document['errorType']}"
    if document["errorMessage"]:
        title += f": {document['errorMessage']}"
    lines = [title, "Traceback (most recent call last):"]
    for element in document["stackTrace"]:
        for line in element.splitlines():
            text = line.lstrip(" ")
            # AWS keeps the indentation from being trimmed.
            lines.append(NO_BREAK_SPACE * (len(line) - len(text)) + text)
    _event("\n".join(lines))
