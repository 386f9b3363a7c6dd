import { loadFileDescriptorSetFromBuffer } from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";
import type { Server } from "@grpc/grpc-js";
import { descriptorSetUrl } from "@worldmodels/proto";
import { readFileSync } from "node:fs";

/** Lets tools such as grpcurl ask which services, methods and messages there are. */
export function addReflection(server: Server, services: readonly string[]): void {
  const contracts = loadFileDescriptorSetFromBuffer(readFileSync(descriptorSetUrl));
  new ReflectionService(contracts, { services: [...services] }).addToServer(server);
}
