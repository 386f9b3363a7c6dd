import type { Server, ServerCredentials } from "@grpc/grpc-js";
import { DomainError } from "@worldmodels/errors";
import { chmodSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { formatAddress } from "./address.js";
import type { Address } from "./address.js";

/**
 * Binds a server. A socket file that a killed process has left is taken away; one that somebody answers at is not.
 *
 * @returns the address in force: port 0 becomes the port that was free
 * @throws DomainError `failed-precondition` where the place is taken or not ours
 */
export async function listen(
  server: Server,
  address: Address,
  credentials: ServerCredentials,
): Promise<Address> {
  if (address.type === "unix") await clearSocket(address.path);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(formatAddress(address), credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(explainBindError(error, address));
    });
  });
  if (address.type === "tcp") return { ...address, port };
  // As private as a file of ours: whoever may connect may use the service.
  chmodSync(address.path, 0o600);
  return address;
}

async function clearSocket(path: string): Promise<void> {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (cause) {
    throw new DomainError(
      "failed-precondition",
      `the folder of the socket ${path} cannot be made; choose another`,
      {
        cause,
      },
    );
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new DomainError("failed-precondition", `${path} is there and is no socket; choose another path`);
  }
  if (await isAnswered(path)) {
    throw new DomainError(
      "failed-precondition",
      `the socket ${path} is in use; stop that process or choose another path`,
    );
  }
  rmSync(path, { force: true });
}

/** Only a refusal shows that nobody is there: a full queue is a busy process, a denied access another person's. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", ({ code }: NodeJS.ErrnoException) => {
      resolve(code !== "ECONNREFUSED" && code !== "ENOENT");
    });
  });
}

function explainBindError(cause: Error, address: Address): DomainError {
  const where = formatAddress(address);
  const why = /EADDRINUSE/.test(cause.message)
    ? "is in use; stop the process that has it or choose another"
    : /EACCES|EPERM/.test(cause.message)
      ? "is not allowed to this user; choose another"
      : `cannot be listened at (${cause.message})`;
  return new DomainError("failed-precondition", `${where} ${why}`, { cause });
}
