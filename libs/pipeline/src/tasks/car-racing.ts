import type { Task } from "./task.js";

/**
 * CarRacing. What a preset does not name has the default of settings.ts, which is the paper's value. [paper] Ha &
 * Schmidhuber 2018; [code] the code published with it; [measured] by runs of this project, see
 * docs/car-racing-results.md; [prototype] in a C++ prototype made before it. The rest is chosen.
 */
export const carRacing = {
  about: "drive a car around random tracks; C is evolved in the game itself",
  values: {},
  goal: { score: 900, published: { label: "Ha & Schmidhuber 2018, V + M + C", mean: 906, sd: 21 } },
  presets: {
    smoke: {
      about: "every stage for real, as small as it can be; for tests, not for driving",
      values: {
        "collect.episodes": 4, // enough for a held-out episode
        "collect.max_steps": 80,
        "vae.batch": 16,
        "vae.steps": 12,
        "vae.learning_rate": 1e-3, // ten times the paper's, for so few steps
        "mdn_rnn.batch": 4,
        "mdn_rnn.window": 32,
        "mdn_rnn.steps": 6,
        "mdn_rnn.reward_head": true, // so that its dream can be opened
        "mdn_rnn.terminated_head": true,
        "evolve.covariance": "diagonal",
        "evolve.population": 8,
        "evolve.max_steps": 60,
        "evolve.explore_steps": 1000, // about two generations
        "evolve.refine_steps": 500, // at least one generation
        "evolve.refine_episodes": 2,
        "evolve.evaluate_every": 2,
        "evolve.evaluate_episodes": 2,
        "evaluate.episodes": 2,
      },
    },
    quick: {
      about: "minutes on two cores: a first taste, with a car that drives",
      values: {
        "collect.episodes": 64,
        "collect.max_steps": 500, // a random policy has left the road for good by then: rather more tracks
        "vae.batch": 32, // [measured] 2.4 times the steps of batch 100 in the same time
        "vae.steps": 700,
        "vae.learning_rate": 1e-3, // ten times the paper's, falling, for a thousandth of its steps
        "vae.final_learning_rate": 1e-5,
        "mdn_rnn.batch": 32,
        "mdn_rnn.window": 32,
        "mdn_rnn.steps": 500,
        "mdn_rnn.reward_head": true, // so that its dream can be opened
        "mdn_rnn.terminated_head": true,
        "evolve.covariance": "diagonal", // [prototype] with 867 parameters the full matrix learns nothing in so few generations
        "evolve.explore_steps": 400_000,
        "evolve.explore_sigma": 0.1, // [measured] 613 after 0.18 M steps, where 0.05 had 181 after 0.21 M
        "evolve.refine_steps": 600_000,
        "evolve.refine_sigma": 0.03, // [measured] the population's mean rose from 488 to 871 in four generations
        "evolve.refine_episodes": 1, // [measured] twice the generations of 2 episodes in the same time
        "evolve.sigma_rule": "fixed", // [prototype] left alone, sigma grows, and the population falls far behind its mean
        "evolve.evaluate_every": 3,
        "evolve.evaluate_episodes": 16,
        "evaluate.episodes": 16,
      },
    },
    desk: {
      about: "hours on two cores: the paper's result",
      values: {
        "collect.episodes": 1000, // a tenth of the paper's, over twelve times as many frames as quick
        "vae.steps": 20_000,
        "vae.learning_rate": 1e-3, // as in quick
        "vae.final_learning_rate": 1e-5,
        "mdn_rnn.batch": 100,
        "mdn_rnn.window": 64, // short windows: backpropagation through 999 steps costs 16 times as much
        "mdn_rnn.steps": 8000,
        "mdn_rnn.reward_head": true,
        "mdn_rnn.terminated_head": true,
        "evolve.covariance": "diagonal", // as in quick
        "evolve.explore_steps": 400_000, // as in quick
        "evolve.explore_sigma": 0.1,
        "evolve.refine_steps": 50_000_000, // the official run had a mean of 867 after as many
        "evolve.refine_sigma": 0.03,
        "evolve.refine_episodes": 4,
        "evolve.sigma_rule": "fixed",
        "evolve.evaluate_every": 20,
        "evolve.evaluate_episodes": 64,
        "evaluate.episodes": 100, // [paper]
      },
    },
    paper: {
      about: "the paper's own counts, for a GPU and many cores",
      values: {
        "collect.policy": "cauchy", // [code] extract.py: a fresh random agent each episode
        "collect.episodes": 10_000, // [paper] A.1
        "vae.steps": 1_000_000, // [code] 10 epochs of 10 million frames in batches of 100; the text says one epoch
        "vae.learning_rate": 1e-4, // [code] vae.py, constant
        "vae.final_learning_rate": 1e-4,
        "mdn_rnn.batch": 100, // [code] rnn_train.py
        "mdn_rnn.window": 999, // [code] whole episodes
        "mdn_rnn.steps": 4000, // [code] 40 epochs; the text says 20
        "evolve.covariance": "full", // [code] pycma's default
        "evolve.population": 64, // [paper] A.3
        "evolve.explore_steps": 0, // one phase only
        "evolve.refine_steps": 1_750_000_000, // [code] 1800 generations, from the published log
        "evolve.refine_sigma": 0.1, // [code] es.py
        "evolve.refine_episodes": 16, // [paper] A.3
        "evolve.sigma_rule": "csa", // [code] pycma's default
        "evolve.evaluate_every": 25, // [paper] A.3
        "evolve.evaluate_episodes": 1024, // [paper] A.3
        "evaluate.episodes": 100, // [paper] section 3
      },
    },
  },
} as const satisfies Task;
