"""The frames between this process and the platform: see src/compute/frames.ts."""

import io
import json
import os
import signal
import struct
import threading

FD = 3
_PREFIX = struct.Struct(">II")
_lock = threading.RLock()
_owner = os.getpid()


def _end():
    """Without the platform nobody waits for this process: nothing of the function may hold it up."""
    os.kill(os.getpid(), signal.SIGKILL)


def _read_exactly(size):
    parts = []
    while size:
        part = os.read(FD, size)
        if not part:
            _end()
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def receive():
    """The next frame: its head and its body."""
    head_size, body_size = _PREFIX.unpack(_read_exactly(_PREFIX.size))
    head = json.loads(_read_exactly(head_size))
    return head, _read_exactly(body_size)


def send(head, body=b""):
    """Returns when all bytes are written: a function that prints too fast is held back."""
    text = json.dumps(head).encode()
    frame = memoryview(_PREFIX.pack(len(text), len(body)) + text + body)
    with _lock:
        try:
            while frame:
                frame = frame[os.write(FD, frame) :]
        except OSError:
            _end()


class Output(io.RawIOBase):
    """Standard output and error, in order with the rest. A forked child writes to the pipe itself."""

    def __init__(self, fd):
        super().__init__()
        self._fd = fd

    def writable(self):
        return True

    def fileno(self):
        return self._fd

    def write(self, data):
        data = bytes(data)
        if is_owner():
            send({"type": "output"}, data)
        else:
            os.write(self._fd, data)
        return len(data)


def is_owner():
    """Whether this is the process that the platform started, and not a child that it forked."""
    return os.getpid() == _owner


def _forget():
    global _lock
    _lock = threading.RLock()
    try:
        os.close(FD)
    except OSError:
        pass


def prepare():
    """Keeps the channel from programs and children that the function starts."""
    os.set_inheritable(FD, False)
    os.register_at_fork(after_in_child=_forget)
