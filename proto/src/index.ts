/**
 * All contracts as a FileDescriptorSet, comments left out: what server reflection shows. The messages and services of a
 * contract are imported from its own path, e.g. `@worldmodels/proto/env`.
 */
export const descriptorSetUrl = new URL("../descriptor.binpb", import.meta.url);
