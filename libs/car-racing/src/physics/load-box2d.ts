import { DomainError } from "@worldmodels/errors";
import createBox2DModule from "box2d-wasm/dist/umd/Box2D.js";
import { assertLayout } from "./box2d-layout.js";
import type { Box2D, Box2DFactory } from "./box2d.js";
import { webAssembly, type CompiledModule, type ModuleInstance } from "./web-assembly.js";

/**
 * Compiles Box2D.
 *
 * It takes the plain flavour and never the SIMD one, which the package would choose by what the machine can do:
 * so every machine runs the same instructions, and a snapshot of one is at home in another.
 *
 * @param wasmBinary the bytes of `box2d-wasm/dist/umd/Box2D.wasm` of box2d-wasm 7.0.0; this library reads no files
 * @param host the process, from which the handlers are taken off that each instance hangs on it
 * @throws DomainError `failed-precondition` for the bytes of another build
 */
export async function loadBox2D(wasmBinary: Uint8Array, host: HandlerHost): Promise<Box2DFactory> {
  if (wasmBinary.length !== PLAIN_FLAVOUR_BYTES) throw wrongBinary(wasmBinary);
  const compiled = await webAssembly.compile(wasmBinary).catch((cause: unknown) => {
    throw wrongBinary(wasmBinary, cause);
  });
  const create = (): Promise<Box2D> => instantiate(compiled, host);
  assertLayout(await create());
  return { version: "box2d-wasm 7.0.0", create };
}

const PLAIN_FLAVOUR_BYTES = 161347;

function wrongBinary(wasmBinary: Uint8Array, cause?: unknown): DomainError {
  return new DomainError(
    "failed-precondition",
    `the ${wasmBinary.length} bytes given are not Box2D as it is needed here; pass the ${PLAIN_FLAVOUR_BYTES} bytes of box2d-wasm 7.0.0's dist/umd/Box2D.wasm.`,
    { cause },
  );
}

interface ModuleOptions {
  instantiateWasm(imports: object, receive: (instance: ModuleInstance) => void): object;
}
// The package's own types describe the classes only.
const createModule = createBox2DModule as unknown as (options: ModuleOptions) => Promise<Box2D>;

/** What of Node's `process` is needed: its event handlers. */
export type HandlerHost = Pick<NodeJS.EventEmitter, "listeners" | "removeListener">;

const HANDLED_EVENTS = ["uncaughtException", "unhandledRejection"];

async function instantiate(compiled: CompiledModule, host: HandlerHost): Promise<Box2D> {
  const before = HANDLED_EVENTS.map((event) => new Set(host.listeners(event)));
  const ready = createModule({
    instantiateWasm(imports, receive) {
      const instance = new webAssembly.Instance(compiled, imports);
      receive(instance);
      return instance.exports;
    },
  });
  // Each instance hangs handlers on the whole process that only throw again: not a library's business.
  HANDLED_EVENTS.forEach((event, i) => {
    for (const listener of host.listeners(event)) {
      if (before[i]?.has(listener) === false) host.removeListener(event, listener as () => void);
    }
  });
  return await ready;
}
