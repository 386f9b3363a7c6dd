"""Any environment of Gymnasium with Box, Discrete or MultiBinary actions and Box observations."""

from typing import Any

import gymnasium as gym
import numpy as np

from .area import SIZE, AreaResize
from .errors import EngineDied, Refusal
from .slot import Origin, StepResult
from .stream import stream_of_bytes, stream_to_bytes

# Rows from the top that World Models' picture is made of, where they are not all: those above CarRacing's dashboard.
UPPER_ROWS = {"CarRacing": 84}
ACTION_NAMES = {"CarRacing": ["steer", "gas", "brake"]}
MOST_FACTS = 16


class GymnasiumModule:
    """What all slots of this child have in common."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.id: str = request["id"]
        self.arguments = {name: value_of(text) for name, text in request["arguments"].items()}
        limit = int(request["settings"]["max_episode_steps"])
        if limit > 0:
            self.arguments["max_episode_steps"] = limit
        if ":" in self.id:
            raise Refusal(
                "invalid-argument",
                f"gymnasium:{self.id} names a module to import; only environments that Gymnasium has itself can be asked for",
            )
        env = self.make()
        if "rgb_array" in env.metadata.get("render_modes", []):
            env.close()
            self.arguments["render_mode"] = "rgb_array"
            env = self.make()
        try:
            # How large the pictures are is found out by looking.
            env.reset(seed=0)
            picture = env.render() if "render_mode" in self.arguments else None
            self.picture_size = picture.shape[1::-1] if is_picture(picture) else (0, 0)
            self.pictures: dict[tuple[int, ...], AreaResize] = {}
            self.limit = env.spec.max_episode_steps if env.spec else None
            self.frames_per_second = float(env.metadata.get("render_fps") or 30)
            self.action_space = env.action_space
            self.action = self.describe_action(env.action_space)
            self.observations = self.describe_observations(env.observation_space)
        finally:
            env.close()

    def make(self) -> gym.Env:
        try:
            return gym.make(self.id, disable_env_checker=True, **self.arguments)
        except gym.error.DependencyNotInstalled as error:
            raise Refusal("failed-precondition", f"gymnasium:{self.id} needs a package that is not there: {one_line(error)}") from error
        except (gym.error.UnregisteredEnv, gym.error.DeprecatedEnv) as error:
            raise Refusal("not-found", f"gymnasium:{self.id}: {one_line(error)}") from error
        except (TypeError, ValueError, AssertionError, gym.error.Error) as error:
            raise Refusal("invalid-argument", f"gymnasium:{self.id} with {self.arguments}: {one_line(error)}") from error

    @property
    def name(self) -> str:
        return self.id.rsplit("-v", 1)[0]

    def describe_action(self, space: gym.Space) -> dict[str, Any]:
        if isinstance(space, gym.spaces.Discrete):
            count = int(space.n)
            return {"type": "DISCRETE", "count": count, "names": [str(int(space.start) + i) for i in range(count)]}
        if isinstance(space, gym.spaces.MultiBinary):
            size = int(np.prod(space.shape))
            return box([0] * size, [1] * size, [f"bit {i}" for i in range(size)])
        if isinstance(space, gym.spaces.Box):
            low, high = (bounds(each) for each in (space.low, space.high))
            names = ACTION_NAMES.get(self.name, [])
            return box(low, high, names if len(names) == len(low) else [f"action {i}" for i in range(len(low))])
        raise Refusal(
            "unimplemented",
            f"gymnasium:{self.id} has actions of kind {type(space).__name__}; there are Box, Discrete and MultiBinary",
        )

    def describe_observations(self, space: gym.Space) -> dict[str, Any]:
        if not isinstance(space, gym.spaces.Box):
            raise Refusal(
                "unimplemented", f"gymnasium:{self.id} has observations of kind {type(space).__name__}; there is Box only"
            )
        if space.dtype == np.uint8 and len(space.shape) == 3 and space.shape[2] == 3:
            height, width, _ = space.shape
            self.upper = min(UPPER_ROWS.get(self.name, height), height)
            self.resize = AreaResize(self.upper, width)
            self.dtype = np.dtype(np.uint8)
            picture = {"dtype": "uint8", "low": 0, "high": 255, "meaning": "IMAGE_HWC_RGB"}
            return {
                "image": {**picture, "shape": [height, width, 3]},
                "wm64": {**picture, "shape": [SIZE, SIZE, 3]},
            }
        # Whole numbers of up to 32 bits are exact in float64, and so are halves in float32.
        self.dtype = np.dtype(
            np.uint8
            if space.dtype in (np.uint8, np.bool_)
            else np.float32
            if space.dtype in (np.float16, np.float32)
            else np.float64
        )
        low, high = space.low.min(), space.high.max()
        return {
            "state": {
                "dtype": self.dtype.name,
                "shape": list(space.shape) or [1],
                "low": float(low) if np.isfinite(low) else None,
                "high": float(high) if np.isfinite(high) else None,
                "meaning": "STATE",
            }
        }

    def versions(self) -> dict[str, str]:
        return {"gymnasium": gym.__version__}

    def spec(self) -> dict[str, Any]:
        return {
            "action": self.action,
            "observations": self.observations,
            "defaultObservations": [list(self.observations)[-1]],
            "rewardRange": [None, None],
            "maxEpisodeSteps": self.limit,
            "tickSeconds": 1 / self.frames_per_second,
            "renderSize": [int(side) for side in self.picture_size],
            "determinism": "BITWISE",
        }

    def create_slot(self, index: int) -> "GymnasiumSlot":
        return GymnasiumSlot(self)


class GymnasiumSlot:
    """One environment of Gymnasium."""

    def __init__(self, module: GymnasiumModule) -> None:
        self.module = module
        self.env: gym.Env | None = None
        self.observation = np.zeros(0, module.dtype)
        # Where the stream was when an environment failed; the next one goes on from there.
        self.kept: np.random.Generator | None = None

    def reset(self, origin: Origin) -> bytes:
        env = self.env
        if env is None:
            env = self.env = self.module.make()
        try:
            if self.kept is not None:
                env.unwrapped.np_random = self.kept
                self.kept = None
            if origin.stream is not None:
                env.unwrapped.np_random = stream_of_bytes(origin.stream)
            before = stream_to_bytes(env.unwrapped.np_random)
            observation, _ = env.reset(seed=origin.seed)
        except Exception as error:
            raise self.died(error) from error
        self.observation = observation
        return before

    def step(self, action: np.ndarray, look: bool) -> StepResult:
        env = self.env
        if env is None:
            raise EngineDied("its environment is gone")
        try:
            self.observation, reward, terminated, truncated, info = env.step(self.action_of(action))
            facts = [(name, float(value)) for name, value in info.items() if is_number(value)]
            return float(reward), bool(terminated), bool(truncated), facts[:MOST_FACTS]
        except Exception as error:
            raise self.died(error) from error

    def action_of(self, numbers: np.ndarray) -> Any:
        space = self.module.action_space
        if isinstance(space, gym.spaces.Discrete):
            return int(numbers[0]) + int(space.start)
        if isinstance(space, gym.spaces.MultiBinary):
            return (numbers >= 0.5).astype(space.dtype).reshape(space.shape)
        return numbers.astype(space.dtype).reshape(space.shape)

    def observe(self, name: str, out: np.ndarray) -> None:
        module = self.module
        if name == "wm64":
            module.resize(np.ascontiguousarray(self.observation[: module.upper]), out.reshape(SIZE, SIZE, 3))
        else:
            out.view(module.dtype)[:] = np.ravel(self.observation)

    def render(self, width: int, height: int) -> np.ndarray:
        picture = self.env.render() if self.env is not None else None
        if not is_picture(picture):
            raise Refusal("unavailable", f"gymnasium:{self.module.id} has made no picture")
        rows, columns, _ = picture.shape
        if (rows, columns) == (height, width):
            return np.ascontiguousarray(picture)
        pictures = self.module.pictures
        sizes = (rows, columns, height, width)
        if sizes not in pictures:
            # Films ask for one size again and again.
            pictures.clear()
            pictures[sizes] = AreaResize(*sizes)
        out = np.empty((height, width, 3), np.uint8)
        pictures[sizes](np.ascontiguousarray(picture), out)
        return out

    def died(self, error: Exception) -> EngineDied:
        if self.env is not None:
            self.kept = self.env.unwrapped.np_random
        self.close()
        return EngineDied(f"its environment has failed: {type(error).__name__}: {one_line(error)}")

    def close(self) -> None:
        env, self.env = self.env, None
        try:
            if env is not None:
                env.close()
        except Exception:  # It is gone either way.
            pass


def box(low: list[Any], high: list[Any], names: list[str]) -> dict[str, Any]:
    return {"type": "BOX", "size": len(low), "low": low, "high": high, "names": names}


def bounds(numbers: np.ndarray) -> list[float | None]:
    return [float(number) if np.isfinite(number) else None for number in np.ravel(numbers)]


def value_of(text: str) -> Any:
    """A setting's text as the value that it looks like."""
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def is_picture(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.ndim == 3 and value.shape[2] == 3


def is_number(value: Any) -> bool:
    return isinstance(value, (bool, int, float, np.bool_, np.integer, np.floating))


def one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
