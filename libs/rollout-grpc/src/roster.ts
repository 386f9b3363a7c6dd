import { connect, connectOptionsFor, createClient, formatAddress, parseAddress } from "@worldmodels/grpc-kit";
import { RolloutServiceService } from "@worldmodels/proto/rollout";
import { lookup } from "node:dns/promises";
import type { Member } from "./member.js";

/** The addresses of a host, in any order. */
export type LookUp = (host: string) => Promise<readonly string[]>;

/** The rollout services that a pool plays at: those of given addresses, and all that a name leads to. */
export interface Roster {
  /** In no order that means anything; changes with `refresh` alone. */
  readonly members: readonly Member[];
  /**
   * Looks up the names of `dns:` addresses again. A name that leads nowhere for now keeps those that it led to.
   *
   * @param options `forgetLost`: drops those that are lost and that no name leads to any more
   */
  refresh(options?: { readonly forgetLost?: boolean }): Promise<void>;
  close(): void;
}

/**
 * @param addresses `host:port` and `unix:` are one service each; `dns:///host:port` is every service that the name has an
 *   address of, now or later
 * @throws DomainError for an address that is none, or a file of TLS that is missing or wrong
 */
export function createRoster(addresses: readonly string[], lookUp: LookUp = lookUpAll): Roster {
  const names = addresses.filter((address) => address.startsWith("dns:"));
  const fixed = addresses.filter((address) => !address.startsWith("dns:"));
  const members = new Map(fixed.map((address) => [address, createMember(address, address)]));
  const led = new Map(names.map((name) => [name, new Set<string>()]));
  for (const name of names) parseAddress(name, "address");

  const refreshName = async (name: string, places: Set<string>) => {
    const address = parseAddress(name, "address");
    if (address.type !== "tcp") return;
    const found = await lookUp(address.host).catch(() => []);
    // For as long as the name leads nowhere, gRPC itself is asked, whose sentence says so.
    const now = found.map((host) => formatAddress({ ...address, host }));
    if (now.length === 0 && places.size > 0) return;
    places.clear();
    for (const place of now.length === 0 ? [name] : now) {
      places.add(place);
      if (!members.has(place)) members.set(place, createMember(place, name, address.host));
    }
  };
  return {
    get members() {
      return [...members.values()];
    },
    async refresh({ forgetLost = false } = {}) {
      await Promise.all([...led].map(([name, places]) => refreshName(name, places)));
      if (!forgetLost) return;
      const known = new Set([...fixed, ...[...led.values()].flatMap((places) => [...places])]);
      for (const [place, { state, connection }] of members) {
        if (state !== "lost" || known.has(place)) continue;
        connection.close();
        members.delete(place);
      }
    },
    close() {
      for (const { connection } of members.values()) connection.close();
    },
  };
}

/** @param given the address that the options go by: of an address that was looked up, the name's */
function createMember(address: string, given: string, serverName?: string): Member {
  const connection = connect(address, { ...connectOptionsFor(given), serverName });
  return {
    connection,
    client: createClient(RolloutServiceService, connection),
    state: "unknown",
    speed: undefined,
  };
}

async function lookUpAll(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}
