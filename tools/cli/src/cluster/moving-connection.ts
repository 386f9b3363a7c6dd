import { isDomainError } from "@worldmodels/errors";
import { connect } from "@worldmodels/grpc-kit";
import type { Connection, DuplexCall } from "@worldmodels/grpc-kit";

export interface MovingConnectionOptions {
  /** Where the service was when it was looked for. */
  readonly address: string;
  /** Looks for it again; undefined where it is not to be found for now. */
  readonly locate: () => Promise<string | undefined>;
  /** Opens a connection to an address; default: `connect`. */
  readonly open?: (address: string) => Connection;
}

/**
 * A connection to a service whose address may be another one after it was started again, as a container's port of this machine
 * is where compose.yaml gives it a range. A call that finds nobody fails as ever, after the service has been looked for
 * again: whoever tries again calls it where it is now.
 */
export function createMovingConnection(options: MovingConnectionOptions): Connection {
  const { locate, open = connect } = options;
  let current = open(options.address);
  let search: Promise<void> | undefined;

  const follow = async (lost: Connection) => {
    const address = await locate().catch(() => undefined);
    if (address === undefined || address === current.address || lost !== current) return;
    current = open(address);
    lost.close();
  };
  /** Many calls fail together where a service dies: it is looked for once. */
  const look = async (used: Connection, error: unknown) => {
    if (!isDomainError(error, "unavailable")) return;
    search ??= follow(used).finally(() => (search = undefined));
    await search;
  };
  async function* watched<R>(used: Connection, responses: AsyncIterable<R>): AsyncGenerator<R> {
    try {
      yield* responses;
    } catch (error) {
      await look(used, error);
      throw error;
    }
  }
  return {
    get address() {
      return current.address;
    },
    async unary(method, request, callOptions) {
      const used = current;
      try {
        return await used.unary(method, request, callOptions);
      } catch (error) {
        await look(used, error);
        throw error;
      }
    },
    serverStream<Q, R>(...call: Parameters<typeof current.serverStream<Q, R>>) {
      return watched(current, current.serverStream(...call));
    },
    duplex<Q, R>(...call: Parameters<typeof current.duplex<Q, R>>): DuplexCall<Q, R> {
      const opened = current.duplex(...call);
      return { ...opened, responses: watched(current, opened.responses) };
    },
    close() {
      current.close();
    },
  };
}
