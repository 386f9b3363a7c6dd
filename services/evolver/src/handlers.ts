import { DomainError } from "@worldmodels/errors";
import type { Handlers } from "@worldmodels/grpc-kit";
import { stageCalls, startStage } from "@worldmodels/job-grpc";
import type { StageHost } from "@worldmodels/job-grpc";
import type { FreshOptimizer, Optimizers, OptimizerState } from "@worldmodels/optimizers";
import { Covariance } from "@worldmodels/proto/evolver";
import type { CreateOptimizerRequest, EvolverServiceService, Optimizer } from "@worldmodels/proto/evolver";

/** EvolverService over optimisers on disk; evolutions are jobs of `host`. */
export function createEvolverHandlers(
  optimizers: Optimizers,
  host: StageHost,
): Handlers<typeof EvolverServiceService> {
  return {
    createOptimizer: async (request) => ({
      optimizer: toMessage(await optimizers.create(request.optimizerId, readStart(request))),
    }),
    ask: async ({ optimizerId }) => {
      const { generation, candidates } = await optimizers.ask(optimizerId);
      return { generation, candidates: candidates.map((x) => ({ x: Array.from(x) })) };
    },
    tell: async ({ optimizerId, generation, fitness }) => ({
      optimizer: toMessage(await optimizers.tell(optimizerId, generation, fitness)),
    }),
    getOptimizer: async ({ optimizerId, withCheckpoint }) => {
      if (!withCheckpoint) {
        return { optimizer: toMessage(await optimizers.get(optimizerId)), checkpoint: new Uint8Array() };
      }
      const { state, bytes } = await optimizers.checkpoint(optimizerId);
      return { optimizer: toMessage(state), checkpoint: bytes };
    },
    deleteOptimizer: async ({ optimizerId }) => {
      await optimizers.remove(optimizerId);
      return {};
    },
    evolve: async (request, caller) => ({
      job: await startStage(host, "evolve", stageCalls.evolve.fromRequest(request), caller),
    }),
  };
}

/** @throws DomainError `invalid-argument` for a covariance that is unknown, or fields that a checkpoint leaves no room for */
function readStart(request: CreateOptimizerRequest): FreshOptimizer | Uint8Array {
  const { x0, sigma0, population, seed, checkpoint } = request;
  if (checkpoint.length === 0) {
    const covariance = readCovariance(request.covariance);
    return { x0, sigma0, covariance, seed, ...(population !== 0 && { population }) };
  }
  const isGiven = {
    x0: x0.length > 0,
    sigma0: sigma0 !== 0,
    population: population !== 0,
    covariance: request.covariance !== Covariance.COVARIANCE_UNSPECIFIED,
    seed: seed !== 0n,
  };
  const given = Object.entries(isGiven).flatMap(([field, is]) => (is ? [field] : []));
  if (given.length === 0) return checkpoint;
  throw new DomainError(
    "invalid-argument",
    `a checkpoint brings its own ${given.join(", ")}; leave ${given.length === 1 ? "it" : "them"} out, or the checkpoint`,
  );
}

function readCovariance(covariance: Covariance): "full" | "diagonal" {
  switch (covariance) {
    case Covariance.COVARIANCE_UNSPECIFIED:
    case Covariance.COVARIANCE_FULL:
      return "full";
    case Covariance.COVARIANCE_DIAGONAL:
      return "diagonal";
    default:
      throw new DomainError("invalid-argument", `covariance = ${covariance} is neither FULL nor DIAGONAL`);
  }
}

function toMessage({ id, best, mean, stop, ...numbers }: OptimizerState): Optimizer {
  const { dimensions, population, generation, sigma } = numbers;
  return {
    optimizerId: id,
    dimensions,
    population,
    generation,
    sigma,
    mean: Array.from(mean),
    bestFitness: best?.fitness,
    bestCandidate: Array.from(best?.candidate ?? []),
    stop: { ...stop },
  };
}
