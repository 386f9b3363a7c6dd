import type { PackageDefinition } from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";
import type { Server } from "@grpc/grpc-js";
import { descriptorSetUrl } from "@worldmodels/proto";
import { readFileSync } from "node:fs";
import { decodeFiles, encodeFile } from "./linked-root.js";

/** Lets tools such as grpcurl ask which services, methods and messages there are. */
export function addReflection(server: Server, services: readonly string[]): void {
  // As buf wrote the files: proto-loader's own way through protobufjs loses which file imports which, and takes messages around a
  // map for entries of it. Tools that link what they are given (grpcurl is one) refuse that.
  const fileDescriptorProtos = decodeFiles(readFileSync(descriptorSetUrl)).map(encodeFile);
  const contracts = { contracts: { fileDescriptorProtos } } as unknown as PackageDefinition;
  new ReflectionService(contracts, { services: [...services] }).addToServer(server);
}
