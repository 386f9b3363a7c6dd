import { DomainError } from "@worldmodels/errors";
import type { Connection } from "@worldmodels/grpc-kit";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMovingConnection } from "./moving-connection.js";

/** A connection whose calls fail with `error` while there is one, and else answer with the address. */
function fakeConnection(address: string, world: { error?: Error; closed: string[] }): Connection {
  const answer = () => {
    if (world.error !== undefined) throw world.error;
    return address as never;
  };

  async function* stream() {
    yield answer();
  }
  return {
    address,
    unary: () => new Promise((resolve) => resolve(answer())),
    serverStream: stream,
    duplex: () => ({ send: async () => {}, end: () => {}, cancel: () => {}, responses: stream() }),
    close: () => {
      world.closed.push(address);
    },
  };
}

function setUp() {
  const world: { error?: Error; closed: string[]; address: string | undefined; searches: number } = {
    ...{ closed: [], address: "localhost:1", searches: 0 },
  };
  const connection = createMovingConnection({
    address: "localhost:1",
    locate: () => {
      world.searches += 1;
      return Promise.resolve(world.address);
    },
    open: (address) => fakeConnection(address, address === "localhost:1" ? world : { closed: world.closed }),
  });
  const call = () => connection.unary({} as never, {}, { deadlineMs: 1 });
  return { world, connection, call };
}

const LOST = new DomainError("unavailable", "nobody there");

test("a call that finds nobody fails, and the next one goes to where the service is now", async () => {
  const { world, connection, call } = setUp();
  assert.equal(await call(), "localhost:1");
  Object.assign(world, { error: LOST, address: "localhost:2" });
  await assert.rejects(call(), LOST);
  assert.equal(await call(), "localhost:2");
  assert.equal(connection.address, "localhost:2");
  assert.deepEqual(world.closed, ["localhost:1"]);
});

for (const kind of ["serverStream", "duplex"] as const) {
  test(`so does a ${kind} that breaks`, async () => {
    const { world, connection } = setUp();
    Object.assign(world, { error: LOST, address: "localhost:2" });
    const read = async () => {
      const stream =
        kind === "duplex"
          ? connection.duplex({} as never).responses
          : connection.serverStream({} as never, {});
      const seen: unknown[] = [];
      for await (const each of stream) seen.push(each);
      return seen;
    };
    await assert.rejects(read(), LOST);
    assert.deepEqual(await read(), ["localhost:2"]);
  });
}

test("calls that fail together look for the service once, and stay where it cannot be found", async () => {
  const { world, connection, call } = setUp();
  Object.assign(world, { error: LOST, address: undefined });
  await Promise.allSettled([call(), call(), call()]);
  assert.equal(world.searches, 1);
  assert.equal(connection.address, "localhost:1");
  assert.deepEqual(world.closed, []);
});

test("a service that refuses is where it was", async () => {
  const { world, call } = setUp();
  Object.assign(world, { error: new DomainError("invalid-argument", "no") });
  await assert.rejects(call(), { code: "invalid-argument" });
  assert.equal(world.searches, 0);
});
