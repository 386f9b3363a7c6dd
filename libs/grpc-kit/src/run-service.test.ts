import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { describe, it } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { checkHealth } from "./check-health.js";
import { createAuthority } from "./certificates.test-helper.js";
import { hashToken } from "./clients-file.js";
import { connectTo, temporaryFolder, TOKEN, writeClients } from "./serving.test-helper.js";
import { startProcess } from "./service-process.test-helper.js";

const inTime = { deadlineMs: 20_000 };

describe("a service's process", () => {
  for (const [what, args, stop] of [
    ["SIGTERM", [], (child: ReturnType<typeof startProcess>["child"]) => child.kill("SIGTERM")],
    ["SIGINT", [], (child: ReturnType<typeof startProcess>["child"]) => child.kill("SIGINT")],
    [
      "the end of standard input",
      ["--stop-on-stdin-end", "true"],
      (child: ReturnType<typeof startProcess>["child"]) => child.stdin.end(),
    ],
  ] as const) {
    it(`logs its life in JSON, and ends with code 0 at ${what}`, async (t) => {
      const service = startProcess(t, ["--rows", "3", ...args]);
      const { address } = await service.logged("listening");
      await service.logged("ready");
      const { connection, jobs } = connectTo(t, String(address));
      assert.equal(await checkHealth(connection, inTime), "SERVING");
      await assert.rejects(jobs.cancelJob({ id: "" }, inTime), /internal error/);
      stop(service.child);
      assert.deepEqual(await service.ended, { code: 0, errors: "" });
      assert.deepEqual(
        service.log.map(({ event }) => event),
        ["configuration", "listening", "ready", "bug", "stopping", "closed", "stopped"],
      );
      const configuration = await service.logged("configuration");
      assert.equal(configuration.version, "1.2.3");
      assert.equal((configuration.settings as { rows: number }).rows, 3);
      const bug = service.log.find(({ event }) => event === "bug");
      assert.match(String(bug?.error), /TypeError: a bug in a call\n\s+at /);
      assert.equal(bug?.method, "/worldmodels.job.v1.JobService/CancelJob");
    });
  }

  it("a second signal ends it at once, whatever is still going on", async (t) => {
    const service = startProcess(t, ["--grace-ms", "3600000"]);
    const { address } = await service.logged("listening");
    const { jobs } = connectTo(t, String(address));
    const broken = assert.rejects(jobs.listJobs({}, { deadlineMs: 60_000 }), (error) =>
      isDomainError(error, "unavailable"),
    );
    await service.logged("begun");
    service.child.kill("SIGTERM");
    await service.logged("stopping");
    service.child.kill("SIGTERM");
    assert.equal((await service.ended).code, 130);
    await broken;
  });

  it("wrong settings end it with code 2 and every reason", async (t) => {
    const { ended } = startProcess(t, ["--rows", "0", "--lisen", "x"], {
      WORLDMODELS_TEST_JOBS_FAIL: "perhaps",
    });
    const { code, errors } = await ended;
    assert.equal(code, 2);
    assert.match(errors, /rows = "0" is out of range: 1 to 9/);
    assert.match(errors, /did you mean --listen\?/);
    assert.match(errors, /fail = "perhaps" is neither true nor false/);
  });

  it("a bug at the start ends it with code 1 and its stack", async (t) => {
    const { code, errors } = await startProcess(t, ["--fail", "true"]).ended;
    assert.equal(code, 1);
    assert.match(errors, /^test-jobs: TypeError: a bug at the start\n\s+at /);
  });

  it("--help prints and ends with code 0", async (t) => {
    const service = startProcess(t, ["--help"]);
    assert.deepEqual(await service.ended, { code: 0, errors: "" });
    assert.match(
      service.log.map(({ line }) => String(line)).join("\n"),
      /--rows {2}\(WORLDMODELS_TEST_JOBS_ROWS\)/,
    );
  });

  it("whoever reads its log may go", async (t) => {
    const service = startProcess(t, []);
    const { address } = await service.logged("listening");
    service.child.stdout.destroy();
    const { jobs, connection } = connectTo(t, String(address));
    await assert.rejects(jobs.cancelJob({ id: "" }, inTime), /internal error/);
    assert.equal(await checkHealth(connection, inTime), "SERVING");
    service.child.kill("SIGTERM");
    assert.deepEqual(await service.ended, { code: 0, errors: "" });
  });

  it("TLS and clients come from files that the settings name", async (t) => {
    const folder = temporaryFolder(t);
    const authority = await createAuthority(folder, "ours");
    const { cert, key } = await authority.issue("server");
    const client = { ca: authority.ca, ...(await authority.issue("client")) };
    const clients = writeClients(folder, { alice: { token_sha256: hashToken(TOKEN) } });
    const service = startProcess(t, [
      ...["--tls-cert", cert, "--tls-key", key, "--tls-client-ca", authority.ca],
      ...["--clients-file", clients],
    ]);
    const address = String((await service.logged("listening")).address);
    const { jobs } = connectTo(t, address, { tls: client, token: TOKEN });
    assert.equal((await jobs.getJob({ id: "a" }, inTime)).job?.id, "a");
    const stranger = connectTo(t, address, { tls: client });
    await assert.rejects(stranger.jobs.getJob({ id: "a" }, inTime), (error) =>
      isDomainError(error, "unauthenticated"),
    );
    const { time: _time, peer, ...refused } = await service.logged("refused");
    assert.match(String(peer), /^127\.0\.0\.1:\d+$/);
    assert.deepEqual(refused, {
      service: "test-jobs",
      event: "refused",
      method: "/worldmodels.job.v1.JobService/GetJob",
      code: "unauthenticated",
      reason: `this service does not know "client", the name in the client's certificate; have it added to the service's clients file`,
      times: 1,
    });
    assert.ok(!JSON.stringify(service.log).includes(TOKEN), "the log must not have the token");
  });

  for (const [what, args, sentence] of [
    ["a certificate without its key", ["--tls-cert", "x.pem"], /TLS needs tls_cert and tls_key/],
    [
      "a clients file that is missing",
      ["--clients-file", "/no/clients"],
      /\/no\/clients cannot be read \(ENOENT\)/,
    ],
    [
      "a certificate that is missing",
      ["--tls-cert", "/no/c", "--tls-key", "/no/k"],
      /\/no\/c cannot be read \(ENOENT\)/,
    ],
    ["an address that is none", ["--listen", "here"], /listen = "here" is no address/],
  ] as const) {
    it(`${what} ends it with code 2`, async (t) => {
      const { ended, log } = startProcess(t, args);
      const { code, errors } = await ended;
      assert.equal(code, 2);
      assert.match(errors, sentence);
      assert.equal(errors.trimEnd().split("\n").length, 1);
      assert.ok(!log.some(({ event }) => event === "closed"), "nothing of the service was made");
    });
  }

  it("a door to other machines that anybody may use is warned of", async (t) => {
    const service = startProcess(t, ["--listen", "0.0.0.0:0"]);
    const { message } = await service.logged("warning");
    assert.match(String(message), /can be reached from other machines by anybody/);
  });

  it("a door to other machines through which tokens travel openly is warned of", async (t) => {
    const clients = writeClients(temporaryFolder(t), { alice: { token_sha256: hashToken(TOKEN) } });
    const service = startProcess(t, ["--listen", "0.0.0.0:0", "--clients-file", clients]);
    const { message } = await service.logged("warning");
    assert.match(
      String(message),
      /without TLS, so that tokens can be read on the way: set tls_cert and tls_key/,
    );
  });

  it("a key that others can use is warned of", async (t) => {
    const folder = temporaryFolder(t);
    const { cert, key } = await (await createAuthority(folder, "ours")).issue("server");
    chmodSync(key, 0o640);
    const service = startProcess(t, ["--tls-cert", cert, "--tls-key", key]);
    const { message } = await service.logged("warning");
    assert.equal(
      message,
      `the key ${key} can be used by others than its owner (mode 0640); chmod 600 ${key}`,
    );
  });
});
