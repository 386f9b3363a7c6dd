import { EnvServiceService } from "@worldmodels/proto/env";
import type { EncodedMessage } from "./scattered-message.js";

const asIs = (bytes: Buffer): Buffer => bytes;

/**
 * EnvService as it is served here: responses of a session are bytes already. The buffers of a VectorEnv are written over
 * by the next step, and generated code copies a picture once for each message that it is nested in.
 */
export const servedEnvService = {
  listEnvs: EnvServiceService.listEnvs,
  interact: {
    ...EnvServiceService.interact,
    // grpc-js asks nothing more of a message than an EncodedMessage has.
    responseSerialize: (message: EncodedMessage) => message as Buffer,
    responseDeserialize: (bytes: Buffer): EncodedMessage => bytes,
  },
} as const;

/** EnvService as it is called here: requests of a session are bytes already, since the caller's actions may change. */
export const calledEnvService = {
  listEnvs: EnvServiceService.listEnvs,
  interact: { ...EnvServiceService.interact, requestSerialize: asIs, requestDeserialize: asIs },
} as const;

/** The same bytes as a Buffer, which grpc-js asks for. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
