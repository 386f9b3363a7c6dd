import protobuf from "protobufjs";
import type { Root } from "protobufjs";
import descriptor from "protobufjs/ext/descriptor/index.js";

/** A file's descriptor; only what is used here. */
export interface FileDescriptor {
  readonly name: string;
  readonly dependency: readonly string[];
}

/** What the extension of protobufjs adds, which its types do not have. */
const { fromDescriptor } = protobuf.Root as unknown as {
  readonly fromDescriptor: (set: object) => Root;
};

/** The message types and services of some files, linked to each other. */
export function linkedRoot(file: readonly FileDescriptor[]): Root {
  return fromDescriptor(descriptor.FileDescriptorSet.create({ file }));
}

export function decodeFile(bytes: Uint8Array): FileDescriptor {
  return descriptor.FileDescriptorProto.decode(bytes) as unknown as FileDescriptor;
}

export function encodeFile(file: FileDescriptor): Buffer {
  return Buffer.from(descriptor.FileDescriptorProto.encode(file).finish());
}

/** The files of a FileDescriptorSet. */
export function decodeFiles(set: Uint8Array): readonly FileDescriptor[] {
  return (descriptor.FileDescriptorSet.decode(set) as unknown as { readonly file: readonly FileDescriptor[] })
    .file;
}
