import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { checkHealth } from "./check-health.js";
import { all, connectTo, startServing, TOKEN } from "./serving.test-helper.js";
import type { EnvHandlers, JobHandlers } from "./serving.test-helper.js";

const inTime = { deadlineMs: 10_000 };
const jobs: Partial<JobHandlers> = {
  listJobs: async () => ({ jobs: [] }),
  async *watchJob() {
    yield { sequence: 1n, line: "", job: undefined };
  },
};
const env: Partial<EnvHandlers> = {
  async *interact() {
    yield { response: undefined };
  },
};

describe("a service with a token", () => {
  it("serves those who bring it", async (t) => {
    const served = await startServing(t, { jobs, env }, { token: TOKEN, client: { token: TOKEN } });
    assert.deepEqual(await served.jobs.listJobs({}, inTime), { jobs: [] });
    assert.equal((await all(served.jobs.watchJob({ id: "", after: 0n }))).length, 1);
    assert.equal((await all(served.env.interact().responses)).length, 1);
  });

  for (const [what, token, sentence] of [
    ["no token", undefined, /^this service asks for a token/],
    ["another token", `${TOKEN}x`, /^the token is not the one/],
    ["an empty token", "", /^this service asks for a token|^the token is not the one/],
  ] as const) {
    it(`refuses every kind of call with ${what}`, async (t) => {
      const served = await startServing(t, { jobs, env }, { token: TOKEN, client: { token } });
      const refused = (error: unknown) =>
        isDomainError(error, "unauthenticated") && sentence.test(error.message);
      await assert.rejects(served.jobs.listJobs({}, inTime), refused);
      await assert.rejects(all(served.jobs.watchJob({ id: "", after: 0n })), refused);
      await assert.rejects(all(served.env.interact().responses), refused);
      assert.deepEqual(served.bugs, []);
    });
  }

  it("tells anybody whether it is well", async (t) => {
    const { server } = await startServing(t, {}, { token: TOKEN });
    assert.equal(await checkHealth(connectTo(t, server.address).connection, inTime), "SERVING");
  });
});
