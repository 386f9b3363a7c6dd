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

/** An address of `dns:`, and the addresses that it led to when it was last looked up. */
interface Name {
  readonly given: string;
  readonly host: string;
  readonly port: number;
  places: readonly string[];
}

/**
 * @param addresses `host:port` and `unix:` are one service each; `dns:///host:port` is every service that the name has an
 *   address of, now or later
 * @throws DomainError for an address that is none, or a file of TLS that is missing or wrong
 */
export function createRoster(addresses: readonly string[], lookUp: LookUp = lookUpAll): Roster {
  const names = addresses.filter((address) => address.startsWith("dns:")).map(readName);
  const fixed = addresses.filter((address) => !address.startsWith("dns:"));
  const members = new Map(fixed.map((address) => [address, createMember(address, address)]));

  const refreshName = async (name: Name) => {
    const { given, host, port } = name;
    const found = await lookUp(host).catch(() => []);
    if (found.length === 0 && name.places.length > 0) return;
    const now = found.map((each) => formatAddress({ type: "tcp", host: each, port }));
    // For as long as the name leads nowhere, gRPC itself is asked, whose sentence says so.
    name.places = now.length === 0 ? [given] : now;
    for (const place of name.places) {
      if (!members.has(place)) members.set(place, createMember(place, given, host));
    }
  };
  return {
    get members() {
      return [...members.values()];
    },
    async refresh({ forgetLost = false } = {}) {
      await Promise.all(names.map(refreshName));
      if (!forgetLost) return;
      const known = new Set([...fixed, ...names.flatMap(({ places }) => places)]);
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

function readName(given: string): Name {
  const address = parseAddress(given, "address");
  if (address.type !== "tcp") throw new Error(`${given} names no host`);
  return { given, host: address.host, port: address.port, places: [] };
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
