import { DomainError } from "@worldmodels/errors";
import type { Activation, Chain, Layer, NetworkDescription } from "./description.js";
import { planNetwork } from "./layer-plans.js";

const ACTIVATIONS: readonly Activation[] = ["linear", "relu", "sigmoid", "tanh"];

/**
 * Reads a description from parsed JSON and checks that its layers fit together. `JSON.stringify` writes one.
 *
 * @throws DomainError `invalid-argument` with the path of the first wrong value
 */
export function parseNetworkDescription(value: unknown): NetworkDescription {
  const network = record(value, "network", ["inputs", "chains"]);
  const inputs = Object.entries(record(network["inputs"], "network.inputs")).map(
    ([name, shape]): [string, readonly number[]] => [name, parseShape(shape, `network.inputs.${name}`)],
  );
  const description = {
    inputs: Object.fromEntries(inputs),
    chains: list(network["chains"], "network.chains").map((chain, i) =>
      parseChain(chain, `network.chains[${i}]`),
    ),
  };
  planNetwork(description);
  return description;
}

function parseChain(value: unknown, path: string): Chain {
  const chain = record(value, path, ["name", "from", "layers"]);
  const from = chain["from"];
  return {
    name: text(chain["name"], `${path}.name`),
    from: Array.isArray(from)
      ? from.map((source, i) => text(source, `${path}.from[${i}]`))
      : text(from, `${path}.from`),
    layers: list(chain["layers"], `${path}.layers`).map((layer, i) =>
      parseLayer(layer, `${path}.layers[${i}]`),
    ),
  };
}

function parseLayer(value: unknown, path: string): Layer {
  const { type } = record(value, path);
  switch (type) {
    case "conv2d":
    case "conv2d-transpose": {
      const layer = record(value, path, ["type", "name", "filters", "kernel", "stride", "activation"]);
      return {
        type,
        name: text(layer["name"], `${path}.name`),
        filters: count(layer["filters"], `${path}.filters`),
        kernel: count(layer["kernel"], `${path}.kernel`),
        stride: count(layer["stride"], `${path}.stride`),
        activation: parseActivation(layer["activation"], `${path}.activation`),
      };
    }
    case "dense": {
      const layer = record(value, path, ["type", "name", "units", "activation", "bias"]);
      const { bias } = layer;
      if (bias !== undefined && typeof bias !== "boolean") {
        throw wrong(`${path}.bias`, "true or false", bias);
      }
      return {
        type,
        name: text(layer["name"], `${path}.name`),
        units: count(layer["units"], `${path}.units`),
        activation: parseActivation(layer["activation"], `${path}.activation`),
        ...(bias !== undefined && { bias }),
      };
    }
    case "lstm": {
      const layer = record(value, path, ["type", "name", "units", "forgetBias"]);
      const forgetBias = layer["forgetBias"];
      if (typeof forgetBias !== "number" || !Number.isFinite(forgetBias)) {
        throw wrong(`${path}.forgetBias`, "a finite number", forgetBias);
      }
      return {
        type,
        name: text(layer["name"], `${path}.name`),
        units: count(layer["units"], `${path}.units`),
        forgetBias,
      };
    }
    case "reshape":
      return { type, shape: parseShape(record(value, path, ["type", "shape"])["shape"], `${path}.shape`) };
    default:
      throw wrong(`${path}.type`, "one of conv2d, conv2d-transpose, dense, lstm, reshape", type);
  }
}

function parseActivation(value: unknown, path: string): Activation {
  const activation = ACTIVATIONS.find((known) => known === value);
  if (activation === undefined) throw wrong(path, `one of ${ACTIVATIONS.join(", ")}`, value);
  return activation;
}

function parseShape(value: unknown, path: string): readonly number[] {
  return list(value, path).map((size, i) => count(size, `${path}[${i}]`));
}

function record(value: unknown, path: string, keys?: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrong(path, "an object", value);
  const stranger = keys && Object.keys(value).find((key) => !keys.includes(key));
  if (stranger !== undefined) {
    throw new DomainError(
      "invalid-argument",
      `${path} has an unknown key "${stranger}"; it may have ${keys?.join(", ")}`,
    );
  }
  return value as Readonly<Record<string, unknown>>;
}

function list(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(path, "a list", value);
  return value;
}

/** Names are parts of weights' names, hence without a slash. */
function text(value: unknown, path: string): string {
  if (typeof value !== "string" || value === "" || value.includes("/"))
    throw wrong(path, "a name without a slash", value);
  return value;
}

function count(value: unknown, path: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1) {
    throw wrong(path, "a whole number of at least 1", value);
  }
  return value;
}

function wrong(path: string, expected: string, value: unknown): DomainError {
  return new DomainError(
    "invalid-argument",
    `${path} is ${value === undefined ? "missing" : JSON.stringify(value)} and must be ${expected}`,
  );
}
