"""A process above the one that works, which leaves nothing behind: no engine, no folder, no shared memory.

The parent (Node) starts the guard; the guard forks the worker, waits until the worker has ended or the parent is gone,
kills whatever is left, and removes the temporary folder that it was started in. The parent may be killed with SIGKILL, and so
may the worker: the guard still does this.
"""

import ctypes
import glob
import os
import select
import shutil
import signal
import sys
from typing import Callable

REQUESTS = 3
REPLIES = 4
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
SHARED_MEMORY = "/dev/shm"
# Each line is what ends the names of an engine's shared memory; written by the worker, in the temporary folder.
SHARED_NAMES = "shared-names"


def run_guarded(work: Callable[[], None]) -> None:
    """Runs `work` in a child of this process, in a process group of its own, and ends with its exit code."""
    folder = os.getcwd()
    # Engines inherit nothing of this: a pipe that they held open would outlive the worker.
    for descriptor in (REQUESTS, REPLIES):
        os.set_inheritable(descriptor, False)
    control(PR_SET_CHILD_SUBREAPER, 1)
    alive, held = os.pipe()
    guard = os.getpid()
    worker = os.fork()
    if worker == 0:
        os.setpgid(0, 0)
        control(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != guard:
            os._exit(1)
        os.close(alive)
        work()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    os.close(held)
    os.close(REPLIES)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Ctrl-C reaches everybody in the terminal's group; the parent decides when its children end.
        signal.signal(number, signal.SIG_IGN)
    await_end(alive)
    code = end_all(worker)
    remove_files(folder)
    os._exit(code)


def await_end(alive: int) -> None:
    """Returns when the worker's end of the pipe is closed, or the parent's end of the requests."""
    poll = select.poll()
    poll.register(alive, 0)
    poll.register(REQUESTS, 0)
    poll.poll()


def end_all(worker: int) -> int:
    """Kills and reaps the worker, its group, and what has left the group; returns the worker's exit code."""
    code = 1
    while True:
        for group_or_child in (-worker, *children()):
            try:
                os.kill(group_or_child, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
        try:
            ended, status = os.wait()
        except ChildProcessError:
            return code
        if ended == worker:
            code = os.waitstatus_to_exitcode(status)
            # As shells count: 128 + the signal's number.
            code = 128 - code if code < 0 else code


def children() -> list[int]:
    """Children of this process, adopted ones included; none where the system does not tell."""
    found: list[int] = []
    for path in glob.glob("/proc/self/task/*/children"):
        with open(path, encoding="ascii") as file:
            found += [int(word) for word in file.read().split()]
    return found


def remove_files(folder: str) -> None:
    try:
        with open(os.path.join(folder, SHARED_NAMES), encoding="utf-8") as file:
            for name in file.read().split():
                remove_shared(name)
    except OSError:
        pass
    os.chdir("/")
    shutil.rmtree(folder, ignore_errors=True)


def remove_shared(name: str) -> None:
    """Removes the shared memory and message queues of the engine with this name."""
    for path in glob.glob(os.path.join(SHARED_MEMORY, "ViZDoom*" + glob.escape(name))):
        try:
            os.unlink(path)
        except OSError:
            pass


def control(option: int, value: int) -> None:
    """Linux's prctl; elsewhere nothing happens, and the guard alone must do."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
