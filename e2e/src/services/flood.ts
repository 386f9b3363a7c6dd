import { connect, createClient } from "@worldmodels/grpc-kit";
import type { Connection, MethodDefinition } from "@worldmodels/grpc-kit";
import { isDomainError } from "@worldmodels/errors";
import { EnvServiceService, InteractRequest } from "@worldmodels/proto/env";
import type { InteractResponse } from "@worldmodels/proto/env";

/** What became of many calls, by how they ended. */
export type Outcomes = Readonly<Record<string, number>>;

const bytes = {
  requestSerialize: (value: Buffer) => value,
  requestDeserialize: (value: Buffer) => value,
  responseSerialize: (value: Buffer) => value,
  responseDeserialize: (value: Buffer) => value,
};
const listEnvs: MethodDefinition<Buffer, Buffer> = { ...EnvServiceService.listEnvs, ...bytes };

/**
 * Opens sessions all at once, each with an environment, keeps them until every one is served or refused, and ends them.
 * Resolves when the server has freed them all.
 *
 * @returns `opened`, or the code that a session was refused with
 */
export async function floodSessions(address: string, sessions: number): Promise<Outcomes> {
  const connection = connect(address);
  const { interact } = EnvServiceService;
  const calls = Array.from({ length: sessions }, () =>
    connection.duplex<InteractRequest, InteractResponse>(interact),
  );
  const open = InteractRequest.fromPartial({
    request: { $case: "open", value: { envId: "CarRacing-v3", numEnvs: 1 } },
  });
  const outcomes = await Promise.all(
    calls.map(async (call) => {
      try {
        await call.send(open);
        for await (const { response } of call.responses) {
          if (response?.$case === "error") return response.value.reason;
          return response?.$case ?? "nothing";
        }
        return "ended";
      } catch (error) {
        return isDomainError(error) ? error.code : String(error);
      }
    }),
  );
  for (const call of calls) call.cancel();
  // The server frees a session when it hears of its end.
  const client = createClient(EnvServiceService, connection);
  for (;;) {
    const { freeSessions, maxSessions } = await client.listEnvs({}, { deadlineMs: 30_000 });
    if (freeSessions === maxSessions) break;
  }
  connection.close();
  return count(outcomes);
}

/** Calls with bytes that are no message, so many at a time. */
export async function floodMalformed(address: string, messages: number): Promise<Outcomes> {
  const connection = connect(address);
  const outcomes: string[] = [];
  const one = async (index: number) => {
    // Field 1 with a length that goes beyond the end, fields of unknown wire types, endless varints.
    const rubbish = [
      Buffer.from([0x0a, 0xff, 0xff, 0x7f, index & 0xff]),
      Buffer.from([0x0f, index & 0xff]),
      Buffer.alloc(12, 0xff),
    ];
    outcomes.push(await endOf(connection, rubbish[index % rubbish.length] ?? Buffer.alloc(0)));
  };
  const atOnce = 100;
  for (let first = 0; first < messages; first += atOnce) {
    await Promise.all(Array.from({ length: Math.min(atOnce, messages - first) }, (_, i) => one(first + i)));
  }
  connection.close();
  return count(outcomes);
}

async function endOf(connection: Connection, message: Buffer): Promise<string> {
  try {
    await connection.unary(listEnvs, message, { deadlineMs: 30_000 });
    return "answered";
  } catch (error) {
    return isDomainError(error) ? error.code : String(error);
  }
}

function count(outcomes: readonly string[]): Outcomes {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}
