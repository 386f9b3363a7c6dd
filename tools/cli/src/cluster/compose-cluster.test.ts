import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeDocker } from "./fake-docker.test-helper.js";
import { findComposeCluster, parseComposeContainers } from "./compose-cluster.js";

const rows = [
  {
    ID: "aa",
    Name: "worldmodels-rollout-2",
    Service: "rollout",
    Publishers: [{ TargetPort: 50055, PublishedPort: 50061 }],
  },
  {
    ID: "bb",
    Name: "worldmodels-encoder-1",
    Service: "encoder",
    Publishers: [
      { URL: "127.0.0.1", TargetPort: 50052, PublishedPort: 50052 },
      { URL: "", TargetPort: 9464, PublishedPort: 0 },
    ],
  },
  { ID: "cc", Name: "worldmodels-certificates-1", Service: "certificates", Publishers: null },
];
const expected = [
  { id: "aa", service: "rollout", number: 2, ports: [50061] },
  { id: "bb", service: "encoder", number: 1, ports: [50052] },
  { id: "cc", service: "certificates", number: 1, ports: [] },
];

for (const [what, text] of [
  ["a line each", `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`],
  ["one list", JSON.stringify(rows)],
] as const) {
  test(`containers are read where compose writes ${what}`, () => {
    assert.deepEqual(parseComposeContainers(text), expected);
  });
}

for (const [what, script, code, message] of [
  ["nothing has been started", "exit 0", "failed-precondition", /^no containers of worldmodels run/],
  [
    "the engine lets nobody in",
    "echo 'permission denied while trying to connect' >&2; exit 1",
    "permission-denied",
    /does not let this user in \(permission denied while trying to connect\); add the user/,
  ],
  [
    "no engine runs",
    "echo 'Cannot connect to the Docker daemon' >&2; exit 1",
    "failed-precondition",
    /docker compose fails: Cannot connect to the Docker daemon; start the engine$/,
  ],
] as const) {
  test(`where ${what}, a sentence says so`, async (t) => {
    fakeDocker(t, script);
    await assert.rejects(findComposeCluster("worldmodels"), { code, message });
  });
}

test("images of different versions beside each other are refused", async (t) => {
  const list = rows.map((row) => JSON.stringify(row)).join("\n");
  const labels = (commit: string) => JSON.stringify({ "org.opencontainers.image.revision": commit });
  const inspected = [labels("a1"), labels("a1"), labels("b2")].join("\n");
  fakeDocker(t, `if [ $1 = compose ]; then echo '${list}'; else echo '${inspected}'; fi`);
  await assert.rejects(findComposeCluster("worldmodels"), {
    code: "failed-precondition",
    message:
      /^the container of certificates is version unknown of commit b2, and the container of rollout is .* a1; make/,
  });
});
