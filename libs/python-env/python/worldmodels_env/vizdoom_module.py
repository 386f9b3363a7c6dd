"""ViZDoom's scenarios, one engine process per slot.

`TakeCover` is the game of World Models (ppaquette's gym-doom): one number in [-1, 1] as the action, 1 reward per tic. The
others have one action per button, and the first does nothing.
"""

import os
import signal
from typing import Any

import numpy as np
import vizdoom as vzd

from .area import AreaResize, SIZE
from .errors import EngineDied, Refusal
from .guard import SHARED_MEMORY, SHARED_NAMES, children, remove_shared
from .slot import Origin, StepResult
from .stream import stream_of_bytes, stream_of_seed, stream_to_bytes

TICS_PER_SECOND = 35
# Beyond it the number steers, as in the paper's code.
THRESHOLD = 1 / 3
TAKE_COVER = "TakeCover"
# An engine's shared memory: measured 74 kB with a screen of 160x120 pixels; depth, labels and automap stay untouched.
SHARED_BYTES_PER_PIXEL = 4
SHARED_BYTES_MORE = 2**20


class VizdoomModule:
    """What all slots of this child have in common."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.settings = request["settings"]
        # Crashes after many episodes have been reported, so that engines are replaced before.
        self.engine_episodes: int = request["recycle"]["engineEpisodes"]
        self.scenario: str = request["scenario"]
        self.config_file: str = request["configFile"]
        self.is_take_cover = self.scenario == TAKE_COVER
        width, height = (int(number) for number in self.settings["screen"].split("x"))
        self.width, self.height = width, height
        self.upper = height * 5 // 6
        self.frame_skip = int(self.settings["frame_skip"])
        self.resize = AreaResize(self.upper, width)
        self.pictures: dict[tuple[int, int], AreaResize] = {}
        probe = self.configure()
        self.buttons = [button for button in probe.get_available_buttons() if vzd.is_binary_button(button)]
        self.delta_buttons = len(probe.get_available_buttons()) - len(self.buttons)
        self.engine_limit: int = probe.get_episode_timeout()
        self.actions = self.make_actions()

    def configure(self) -> vzd.DoomGame:
        """A game that has not been started yet."""
        game = vzd.DoomGame()
        path = os.path.join(vzd.scenarios_path, self.config_file)
        if not os.path.exists(path):
            raise Refusal("not-found", f"this vizdoom {vzd.__version__} has no {self.config_file}; rebuild the environment")
        game.load_config(path)
        resolution = getattr(vzd.ScreenResolution, f"RES_{self.width}X{self.height}", None)
        if resolution is None:
            raise Refusal("invalid-argument", f"the engine has no screen of {self.width}x{self.height} pixels")
        game.set_screen_resolution(resolution)
        game.set_screen_format(vzd.ScreenFormat.RGB24)
        game.set_render_hud(bool(self.settings["hud"]))
        game.set_window_visible(False)
        game.set_sound_enabled(False)
        game.set_audio_buffer_enabled(False)
        game.set_mode(vzd.Mode.PLAYER)
        if self.settings["skill"] > 0:
            game.set_doom_skill(int(self.settings["skill"]))
        if self.is_take_cover:
            game.set_episode_start_time(14)
            game.set_render_crosshair(False)
            game.set_render_weapon(False)
            game.set_render_decals(False)
            game.set_render_particles(False)
            game.set_living_reward(1)
        return game

    def make_actions(self) -> list[list[float]]:
        """Buttons pressed by each action; for TakeCover: none, left, right."""
        if self.is_take_cover:
            names = [button.name for button in self.buttons]
            return [[0, 0], [float(n == "MOVE_LEFT") for n in names], [float(n == "MOVE_RIGHT") for n in names]]
        width = len(self.buttons)
        rows = [[0.0] * width] + [[float(i == k) for i in range(width)] for k in range(width)]
        # Delta buttons come last in the scenarios that have them, and are left alone.
        return [row + [0.0] * self.delta_buttons for row in rows]

    def versions(self) -> dict[str, str]:
        return {"vizdoom": vzd.__version__}

    def spec(self) -> dict[str, Any]:
        limit = int(self.settings["max_episode_steps"])
        if limit == 0 and self.engine_limit > 0:
            limit = -(-self.engine_limit // self.frame_skip)
        action: dict[str, Any] = (
            {"type": "BOX", "size": 1, "low": [-1], "high": [1], "names": ["move"]}
            if self.is_take_cover
            else {
                "type": "DISCRETE",
                "count": len(self.actions),
                "names": ["nothing", *(button.name.lower() for button in self.buttons)],
            }
        )
        # In the last step of an episode fewer tics may pass.
        rewards = [min(1, self.frame_skip), self.frame_skip] if self.is_take_cover else [None, None]
        return {
            "action": action,
            "observations": {
                "wm64": {"dtype": "uint8", "shape": [SIZE, SIZE, 3], "low": 0, "high": 255, "meaning": "IMAGE_HWC_RGB"}
            },
            "defaultObservations": ["wm64"],
            "rewardRange": rewards,
            "maxEpisodeSteps": limit if limit > 0 else None,
            "tickSeconds": self.frame_skip / TICS_PER_SECOND,
            "renderSize": [self.width, self.height],
            "determinism": "BITWISE",
        }

    def create_slot(self, index: int) -> "VizdoomSlot":
        return VizdoomSlot(self, index)


class VizdoomSlot:
    """One engine, with a folder of its own below the child's."""

    def __init__(self, module: VizdoomModule, index: int) -> None:
        self.module = module
        self.folder = os.path.abspath(f"slot-{index}")
        self.stream = stream_of_seed(index)
        self.game: vzd.DoomGame | None = None
        self.engine_pid = 0
        self.shared_name = ""
        self.episodes = 0
        self.screen = np.zeros((module.height, module.width, 3), np.uint8)

    def reset(self, origin: Origin) -> bytes:
        if origin.seed is not None:
            self.stream = stream_of_seed(origin.seed)
        elif origin.stream is not None:
            self.stream = stream_of_bytes(origin.stream)
        before = stream_to_bytes(self.stream)
        seed = self.draw_seed()
        try:
            self.begin(seed)
        except EngineDied:
            # It may have died long ago, unnoticed; a second one in a row is no accident.
            self.begin(seed)
        return before

    def draw_seed(self) -> int:
        """The next episode's seed of the game, as Gymnasium's wrapper draws it."""
        return int(self.stream.integers(2**32, dtype=np.uint64))

    def begin(self, seed: int) -> None:
        if self.episodes >= self.module.engine_episodes:
            self.close()
        game = self.game or self.start()
        try:
            game.set_seed(seed)
            game.new_episode()
            self.episodes += 1
            self.see(game)
        except Exception as error:
            raise self.died(error) from error

    def step(self, action: np.ndarray, look: bool) -> StepResult:
        game = self.game
        if game is None:
            raise EngineDied("its engine is gone")
        module = self.module
        try:
            reward = game.make_action(module.actions[self.choose(action)], module.frame_skip)
            ended = game.is_episode_finished()
            # Once an episode has ended there is no picture: the last one before stays.
            if look and not ended:
                self.see(game)
            timeout = ended and game.is_episode_timeout_reached() and not game.is_player_dead()
            info = [("tic", float(game.get_episode_time())), ("health", game.get_game_variable(vzd.GameVariable.HEALTH))]
        except Exception as error:
            raise self.died(error) from error
        return reward, ended and not timeout, timeout, info

    def choose(self, action: np.ndarray) -> int:
        number = float(action[0])
        if not self.module.is_take_cover:
            return int(number)
        return 1 if number < -THRESHOLD else 2 if number > THRESHOLD else 0

    def see(self, game: vzd.DoomGame) -> None:
        state = game.get_state()
        if state is not None:
            # The array is the state's own copy, so that it stays when the game goes on.
            self.screen = state.screen_buffer

    def observe(self, name: str, out: np.ndarray) -> None:
        module = self.module
        module.resize(self.screen[: module.upper], out.reshape(SIZE, SIZE, 3))

    def render(self, width: int, height: int) -> np.ndarray:
        pictures = self.module.pictures
        size = (width, height)
        if size not in pictures:
            # Films ask for one size again and again.
            pictures.clear()
            pictures[size] = AreaResize(self.module.height, self.module.width, height, width)
        out = np.empty((height, width, 3), np.uint8)
        pictures[size](self.screen, out)
        return out

    def start(self) -> vzd.DoomGame:
        """Starts an engine."""
        module = self.module
        check_shared_memory(module.width * module.height)
        game = module.configure()
        game.set_episode_timeout(0 if module.is_take_cover else module.engine_limit)
        home = os.getcwd()
        before = set(children())
        try:
            os.makedirs(self.folder, exist_ok=True)
            # The engine writes _vizdoom.ini where it is started.
            os.chdir(self.folder)
            game.init()
        except Exception as error:
            raise EngineDied(f"its engine does not start: {one_line(error)}") from error
        finally:
            os.chdir(home)
            self.remember(before)
        self.game = game
        self.episodes = 0
        return game

    def remember(self, before: set[int]) -> None:
        """Notes what must be ended and removed should the engine or this process be killed."""
        for pid in set(children()) - before:
            self.engine_pid = pid
            self.shared_name = instance_id(pid)
            with open(SHARED_NAMES, "a", encoding="utf-8") as file:
                file.write(self.shared_name + "\n")

    def died(self, error: Exception) -> EngineDied:
        self.close()
        return EngineDied(f"its engine (vizdoom) has failed: {one_line(error)}")

    def close(self) -> None:
        game, self.game = self.game, None
        if self.engine_pid:
            # Killing is quicker than asking, works for one that hangs, and there is nothing to save.
            try:
                os.kill(self.engine_pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.engine_pid = 0
        try:
            if game is not None:
                game.close()
        except Exception:  # noqa: S110 - it is gone either way
            pass
        if self.shared_name:
            remove_shared(self.shared_name)
            self.shared_name = ""


def instance_id(pid: int) -> str:
    """What ends the names of an engine's shared memory."""
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
            words = file.read().split("\0")
        return words[words.index("+viz_instance_id") + 1]
    except (OSError, ValueError, IndexError):
        return ""


def check_shared_memory(pixels: int) -> None:
    """Beyond the end of the shared memory an engine would die without a word."""
    if not os.path.isdir(SHARED_MEMORY):
        return
    system = os.statvfs(SHARED_MEMORY)
    free = system.f_bavail * system.f_frsize
    needed = pixels * SHARED_BYTES_PER_PIXEL + SHARED_BYTES_MORE
    if free < needed:
        raise Refusal(
            "resource-exhausted",
            f"{SHARED_MEMORY} has {free} bytes free, and an engine of ViZDoom needs {needed}; make it larger or use fewer slots",
        )


def one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
