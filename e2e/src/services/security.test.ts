// The commands of docs/security.md, word by word but for the port, which is a free one.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { start } from "../command.js";

const page = readFileSync(fileURLToPath(new URL("../../../docs/security.md", import.meta.url)), "utf8");
const folder = mkdtempSync(join(tmpdir(), "wm-security-"));
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: readonly string[]) => start(args, undefined, { cwd: folder }).finished;

/** The commands of the page's n-th shell block, each as its arguments. */
function commandsOf(block: number): string[][] {
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text = ""]) => text);
  return (blocks[block] ?? "")
    .trim()
    .split("\n")
    .map((line) => line.replace(/^npx worldmodels /, "").split(" "));
}

/** The first of seven ports that are free now. */
async function freePorts(): Promise<number> {
  for (;;) {
    const servers = [createServer()];
    const listening = (port: number) =>
      new Promise<boolean>((resolve) => {
        const server = servers.at(-1);
        server?.once("error", () => resolve(false)).listen(port, () => resolve(true));
      });
    let isFree = await listening(0);
    const { port } = servers[0]?.address() as AddressInfo;
    for (let next = port + 1; next < port + 7 && isFree; next++) {
      servers.push(createServer());
      isFree = next <= 65_535 && (await listening(next));
    }
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    if (isFree) return port;
  }
}

test("the commands of docs/security.md make a cluster with mutual TLS that trains, and refuses strangers", async (t) => {
  const port = await freePorts();
  const [up = [], ...preparations] = commandsOf(0).reverse();
  for (const args of preparations.reverse()) {
    const { code, stderr } = await run(...args);
    assert.equal(code, 0, stderr);
  }
  let tell: (line: string) => void = () => undefined;
  const serving = new Promise<string>((resolve) => (tell = resolve));
  const cluster = start(
    up.map((arg) => (arg === "50051" ? String(port) : arg)),
    (line) => {
      if (line.startsWith("all serving")) tell(line);
    },
    { cwd: folder },
  );
  t.after(() => cluster.process.kill("SIGKILL"));
  const ended = cluster.finished.then(({ stderr }) => `it ended before all served: ${stderr}`);
  assert.match(await Promise.race([serving, ended]), /^all serving/);
  for (const args of commandsOf(1)) {
    const { code, stderr } = await run(...args);
    assert.equal(code, 0, stderr);
  }

  const encoder = `localhost:${port + 1}`;
  const call = (...args: string[]) => run("call", encoder, "JobService/ListJobs", ...args);
  const alice = ["--tls-ca", "ca.crt", "--tls-cert", "tls.crt", "--tls-key", "tls.key"].map((arg) =>
    arg.startsWith("--") ? arg : join("certificates", "alice", arg),
  );
  const stranger = await call("--tls-ca", "certificates/ca.crt");
  assert.equal(stranger.code, 1);
  assert.equal(
    stranger.stderr,
    `error: the service at ${encoder} cannot be reached (it asks for clients' certificates; give one that its authority has signed and that is valid by its clock)\n`,
  );
  const plain = await call();
  assert.match(plain.stderr, /if it asks for TLS, give this client a certificate authority/);
  const known = await call(...alice, "--token-file", "alice.token");
  assert.equal(known.code, 0, known.stderr);
  assert.match(known.stdout, /"stage":"train-vae"/);

  const refused = await run("clients", "refuse", "alice");
  assert.equal(refused.code, 0, refused.stderr);
  let answer = await call(...alice);
  // The services look at the file every two seconds.
  while (answer.code === 0) answer = await call(...alice);
  assert.equal(answer.stderr, "error: this service refuses alice; ask whoever keeps its clients file\n");

  cluster.process.kill("SIGINT");
  assert.equal((await cluster.finished).code, 0);
});
