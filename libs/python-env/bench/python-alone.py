"""TakeCover through ViZDoom's Python API alone, with the same settings and the same resize as behind the bridge.

    python-alone.py free|lockstep SLOTS SECONDS SCREEN

One process per slot, each on a core of its own where there are enough; prints tics per second of all slots together. `free`:
nobody waits for anybody, and nothing is handed on. `lockstep`: what a vector environment does: all slots get an action, and their
frames come back to one process before the next.
"""

import os
import sys
import time
from multiprocessing import get_context

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python"))

import numpy as np  # noqa: E402

from worldmodels_env.vizdoom_module import VizdoomModule  # noqa: E402


class Player:
    """One game, and what is done with it in a tic."""

    def __init__(self, index: int, slots: int, screen: str) -> None:
        cores = sorted(os.sched_getaffinity(0))
        if slots <= len(cores):
            os.sched_setaffinity(0, {cores[index]})
        settings = {"screen": screen, "frame_skip": 1, "hud": True, "skill": 4, "max_episode_steps": 2100}
        self.module = VizdoomModule(
            {
                "settings": settings,
                "scenario": "TakeCover",
                "configFile": "take_cover.cfg",
                "recycle": {"engineEpisodes": 1000},
            }
        )
        self.game = self.module.configure()
        os.makedirs(f"alone-{index}")
        os.chdir(f"alone-{index}")
        self.game.init()
        self.out = np.empty((64, 64, 3), np.uint8)
        self.seed, self.step = 1000 * index, 2100

    def play(self, action: int) -> None:
        game = self.game
        if self.step == 2100 or game.is_episode_finished():
            game.set_seed(self.seed)
            game.new_episode()
            self.seed, self.step = self.seed + 1, 0
        game.make_action(self.module.actions[action])
        state = game.get_state()
        if state is not None:
            self.module.resize(state.screen_buffer[: self.module.upper], self.out)
        self.step += 1


def play_freely(index: int, slots: int, seconds: float, screen: str, ready, results) -> None:
    player = Player(index, slots, screen)
    moves = np.random.default_rng(index).integers(3, size=4096)
    tics = 0
    ready.wait()
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        player.play(moves[tics & 4095])
        tics += 1
    results.put(tics / (time.perf_counter() - start))
    player.game.close()


def play_when_asked(index: int, slots: int, screen: str, ready, pipe) -> None:
    player = Player(index, slots, screen)
    ready.wait()
    while (request := pipe.recv_bytes()) != b"end":
        player.play(request[0])
        pipe.send_bytes(player.out.reshape(-1))
    player.game.close()


def free(slots: int, seconds: float, screen: str) -> float:
    ready, results = context.Barrier(slots), context.Queue()
    arguments = [(i, slots, seconds, screen, ready, results) for i in range(slots)]
    players = [context.Process(target=play_freely, args=each) for each in arguments]
    for player in players:
        player.start()
    speed = sum(results.get() for _ in players)
    for player in players:
        player.join()
    return speed


def lockstep(slots: int, seconds: float, screen: str) -> float:
    ready = context.Barrier(slots + 1)
    pipes = [context.Pipe() for _ in range(slots)]
    arguments = [(i, slots, screen, ready, pipes[i][1]) for i in range(slots)]
    players = [context.Process(target=play_when_asked, args=each) for each in arguments]
    for player in players:
        player.start()
    moves = np.random.default_rng(0).integers(3, size=(4096, slots), dtype=np.uint8)
    frames = np.empty((slots, 64 * 64 * 3), np.uint8)
    steps = 0
    ready.wait()
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        for (pipe, _), move in zip(pipes, moves[steps & 4095]):
            pipe.send_bytes(bytes([move]))
        for i, (pipe, _) in enumerate(pipes):
            pipe.recv_bytes_into(frames[i])
        steps += 1
    speed = steps * slots / (time.perf_counter() - start)
    for (pipe, _), player in zip(pipes, players):
        pipe.send_bytes(b"end")
        player.join()
    return speed


if __name__ == "__main__":
    context = get_context("fork")
    mode = lockstep if sys.argv[1] == "lockstep" else free
    print(mode(int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]))
