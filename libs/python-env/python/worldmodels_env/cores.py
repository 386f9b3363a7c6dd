"""A core for each child: an engine and its child wait for each other in every step, which is quickest on one core."""

import os
import socket
import sys

# Kept for as long as this process lives.
_claimed: list[socket.socket] = []


def claim_core(wanted: bool) -> None:
    """Moves this process, and the engines that it starts, to a core that no other child of this user has claimed.

    Claims are abstract socket names of Linux, which end with the process, however that ends. Where all cores are claimed, or
    there are no such names, the process stays free.
    """
    if not wanted or sys.platform != "linux" or _claimed:
        return
    for core in sorted(os.sched_getaffinity(0)):
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            claim.bind(f"\0worldmodels-core-{os.getuid()}-{core}")
        except OSError:
            claim.close()
            continue
        _claimed.append(claim)
        os.sched_setaffinity(0, {core})
        return
