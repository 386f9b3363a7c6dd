import type { Setting, SettingsSchema } from "@worldmodels/config";

/** The scenarios that come with the package and one player can play, and their files. */
export const VIZDOOM_SCENARIOS: Readonly<Record<string, string>> = {
  TakeCover: "take_cover.cfg",
  Basic: "basic.cfg",
  SimplerBasic: "simpler_basic.cfg",
  RocketBasic: "rocket_basic.cfg",
  DeadlyCorridor: "deadly_corridor.cfg",
  DefendTheCenter: "defend_the_center.cfg",
  DefendTheLine: "defend_the_line.cfg",
  HealthGathering: "health_gathering.cfg",
  HealthGatheringSupreme: "health_gathering_supreme.cfg",
  MyWayHome: "my_way_home.cfg",
  PredictPosition: "predict_position.cfg",
  Deathmatch: "deathmatch.cfg",
};

/** Those of the engine's screens that are 4:3, so that the same part of the world is seen; all heights divide by 6. */
const SCREENS = [
  "160x120",
  "200x150",
  "256x192",
  "320x240",
  "400x300",
  "512x384",
  "640x480",
  "800x600",
  "1024x768",
  "1280x960",
  "1400x1050",
  "1600x1200",
] as const;

const screen = (chosen: (typeof SCREENS)[number]): Setting => ({
  type: "string",
  default: chosen,
  choices: SCREENS,
  doc: "the engine's screen, pixels; wm64 is made of it, and a smaller one is quicker",
});

const frameSkip: Setting = {
  type: "integer",
  default: 1,
  minimum: 1,
  maximum: 350,
  doc: "tics (1/35 s) that each action is held for",
};

/** What can be set in `vizdoom:TakeCover?…`; the defaults are the game of World Models. */
export const takeCoverSettings = {
  skill: {
    type: "integer",
    default: 4,
    minimum: 1,
    maximum: 5,
    doc: "difficulty; 4 gives the paper's returns, though its code asks for 5",
  },
  screen: screen("640x480"),
  hud: {
    type: "boolean",
    default: true,
    doc: "the bar with health and ammunition; wm64 does not show its rows",
  },
  max_episode_steps: {
    type: "integer",
    default: 2100,
    minimum: 1,
    doc: "steps after which an episode is truncated",
  },
  frame_skip: frameSkip,
} as const satisfies SettingsSchema;

/** What can be set in the other scenarios. */
export const scenarioSettings = {
  skill: {
    type: "integer",
    default: 0,
    minimum: 0,
    maximum: 5,
    doc: "difficulty, 1 to 5; 0: the scenario's own",
  },
  screen: screen("320x240"),
  hud: {
    type: "boolean",
    default: false,
    doc: "the bar with health and ammunition; wm64 does not show its rows",
  },
  max_episode_steps: {
    type: "integer",
    default: 0,
    minimum: 0,
    doc: "steps after which an episode is truncated; 0: the scenario's own limit",
  },
  frame_skip: frameSkip,
} as const satisfies SettingsSchema;
