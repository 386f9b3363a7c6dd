import { createVectorEnv } from "@worldmodels/env";
import { createPythonEngine } from "./python-engine.js";
import { resolveTakeCover } from "./take-cover.test-helper.js";

// Plays on and on until it is killed.
const env = createVectorEnv(await createPythonEngine({ ...resolveTakeCover(), numEnvs: 2, processes: 2 }));
await env.reset();
console.log("playing");
for (;;) {
  const { endedEpisodes } = await env.step(new Float32Array(2));
  if (endedEpisodes.length > 0) await env.reset({ slots: endedEpisodes.map(({ slot }) => slot) });
}
