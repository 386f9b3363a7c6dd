import { after, before } from "node:test";
import { describeVectorEnv } from "@worldmodels/env/conformance";
import { openRemoteEnv } from "./open-remote-env.js";
import { startCountingService } from "./test-service.test-helper.js";

type Started = Awaited<ReturnType<typeof startCountingService>>;

for (const discreteActions of [undefined, 4]) {
  const doomed = new Set<number>();
  let started: Started;
  before(async () => {
    started = await startCountingService({
      limits: { maxSlots: 1000, maxSessions: 100 },
      engine: {
        async: true,
        ...(discreteActions !== undefined && { discreteActions }),
        faultAt: (slot) => doomed.delete(slot),
      },
    });
  });
  after(() => started.stop());

  describeVectorEnv(
    `the ${discreteActions === undefined ? "continuous" : "discrete"} counting environment behind a service`,
    ({ maxEpisodeSteps, ...options }) =>
      openRemoteEnv(started.address, {
        envId: "Counting-v1",
        settings: maxEpisodeSteps === undefined ? {} : { max_episode_steps: maxEpisodeSteps },
        ...options,
      }),
    { fault: (_, slot) => void doomed.add(slot) },
  );
}
