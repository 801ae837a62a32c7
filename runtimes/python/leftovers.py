"""What a handler leaves running when it has answered: it will be stopped with the process."""

import sys
import threading

_loaded = None


def begin():
    """What the code that was loaded keeps running is left by no invocation."""
    global _loaded
    _loaded = set(threading.enumerate())


def found():
    """The names of threads that are at work though the handler has answered."""
    if _loaded is None or threading.active_count() <= 1:
        return []
    frames = sys._current_frames()
    left = [thread for thread in threading.enumerate() if thread not in _loaded]
    return [thread.name.replace(" ", "-") for thread in left if _works(thread, frames.get(thread.ident))]


def _works(thread, frame):
    """Pools and queues keep threads that wait for more and do nothing. A timer waits, and has yet to act."""
    if isinstance(thread, threading.Timer):
        return True
    if frame is None:
        return False
    file, name = frame.f_code.co_filename, frame.f_code.co_name
    waits = file == threading.__file__ and name == "wait"
    return not waits and not (file.endswith("concurrent/futures/thread.py") and name == "_worker")
