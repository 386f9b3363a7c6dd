import type { Task } from "./task.js";

/**
 * ViZDoom TakeCover, learned inside a dream. [paper] Ha & Schmidhuber 2018; [code] doomrnn of the code published with it;
 * [measured] by runs of this project, see docs/take-cover.md. The rest is chosen.
 */
export const takeCover = {
  about: "dodge fireballs; C is evolved in M's dream alone and then plays the real game",
  values: {
    "collect.env": "vizdoom:TakeCover?screen=160x120", // [measured] seven times as fast as 640x480
    "collect.policy": "held", // [code] extract.py
    "collect.max_steps": 2100, // [code] the game's limit
    "collect.min_steps": 101, // [code] shorter episodes are not kept
    "vae.latent": 64, // [paper] A.2
    "mdn_rnn.hidden": 512, // [paper] A.2
    "mdn_rnn.sequences": "stream", // [code] rnn_train.py
    "mdn_rnn.restart_input": true, // [code]
    "mdn_rnn.terminated_head": true, // [paper] section 4.2
    "mdn_rnn.window": 500, // [code]
    "controller.features": "zch", // [code] model.py
    "controller.bias": false, // [code]
    "evolve.env": "dream?temperature=1.15", // [paper] section 4.4
    "evolve.patience": 0, // every step alive is rewarded: there is nothing to wait for
    "evaluate.env": "vizdoom:TakeCover?screen=160x120",
    "evaluate.random_policy": "held",
    "evaluate.in_dream": true,
  },
  goal: {
    score: 750, // [paper] the game counts as solved
    published: { label: "Ha & Schmidhuber 2018, temperature 1.15", mean: 1092, sd: 556 },
  },
  presets: {
    smoke: {
      about: "every stage for real, as small as it can be; for tests, not for surviving",
      values: {
        "collect.episodes": 4,
        "collect.max_steps": 120,
        "vae.batch": 16,
        "vae.steps": 12,
        "vae.learning_rate": 1e-3,
        "mdn_rnn.batch": 4,
        "mdn_rnn.window": 16,
        "mdn_rnn.steps": 6,
        "evolve.covariance": "diagonal",
        "evolve.population": 8,
        "evolve.max_steps": 60,
        "evolve.refine_steps": 1000,
        "evolve.refine_episodes": 2,
        "evolve.evaluate_every": 2,
        "evolve.evaluate_episodes": 2,
        "evaluate.episodes": 2,
      },
    },
    quick: {
      about: "minutes on two cores: a first taste, with a player that dodges",
      values: {
        "collect.episodes": 400,
        "collect.hold": 60, // [measured] the paper's 10 keeps off the walls, and M then dreams them safe
        "vae.batch": 32, // as CarRacing's quick
        "vae.steps": 4000,
        "vae.learning_rate": 1e-3,
        "vae.final_learning_rate": 1e-5,
        "mdn_rnn.batch": 32,
        "mdn_rnn.window": 64, // [measured] a fireball flies for about 40 tics: windows of 32 gave dreams with too few
        "mdn_rnn.steps": 2000, // [measured] half of it gave dreams in which standing still lived twice as long
        "mdn_rnn.learning_rate": 2e-3,
        "mdn_rnn.final_learning_rate": 1e-4,
        "evolve.covariance": "diagonal",
        "evolve.refine_steps": 3_000_000,
        "evolve.refine_sigma": 0.1,
        "evolve.refine_episodes": 4,
        "evolve.evaluate_every": 5,
        "evolve.evaluate_episodes": 32,
        "evaluate.episodes": 50,
      },
    },
    desk: {
      about: "an hour or two on two cores: towards the paper's result",
      values: {
        "collect.episodes": 1500,
        "collect.hold": 60, // as in quick
        "vae.batch": 16, // [measured] twice the steps of half the batch: a smaller error in the same time
        "vae.steps": 20_000,
        "vae.learning_rate": 1e-3,
        "vae.final_learning_rate": 1e-5,
        "mdn_rnn.batch": 32,
        "mdn_rnn.window": 64,
        "mdn_rnn.steps": 10_000,
        "mdn_rnn.learning_rate": 2e-3,
        "mdn_rnn.final_learning_rate": 1e-4,
        "evolve.covariance": "diagonal",
        "evolve.refine_steps": 20_000_000,
        "evolve.refine_sigma": 0.1,
        "evolve.refine_episodes": 4,
        "evolve.evaluate_every": 5,
        "evolve.evaluate_episodes": 128,
        "evaluate.episodes": 100, // [paper]
      },
    },
    paper: {
      about: "the paper's own counts, for a GPU and many cores",
      values: {
        "collect.env": "vizdoom:TakeCover",
        "collect.episodes": 10_000, // [paper] A.1
        "vae.steps": 308_090, // [code] ten epochs of 3.08 million frames in batches of 100
        "vae.learning_rate": 1e-4, // [code]
        "vae.final_learning_rate": 1e-4,
        "mdn_rnn.batch": 100, // [code]
        "mdn_rnn.steps": 24_400, // [code] 400 epochs of 61 batches
        "evolve.covariance": "full", // [code] pycma's default
        "evolve.population": 64, // [paper] A.3
        "evolve.explore_steps": 0,
        "evolve.refine_steps": 1_000_000_000, // [code] 2000 generations
        "evolve.refine_sigma": 0.1, // [code]
        "evolve.refine_episodes": 16, // [paper] A.3
        "evolve.sigma_rule": "csa",
        "evolve.evaluate_every": 25, // [paper] A.3
        "evolve.evaluate_episodes": 1024, // [paper] A.3
        "evaluate.env": "vizdoom:TakeCover",
        "evaluate.episodes": 100, // [paper]
      },
    },
  },
} as const satisfies Task;
