/** The services that the tests use, by the name that each is deployed under. */
export const serviceNames = [
  "car-racing-env",
  "encoder",
  "predictor",
  "evolver",
  "rollout",
  "vizdoom-env",
  "gymnasium-env",
] as const;
export type ServiceName = (typeof serviceNames)[number];

/**
 * Where services run: all that the tests need to know of it. Addresses come from one file, the cluster file; starting and
 * killing goes through here, whether a service is a process or a container.
 */
export interface ServiceHost {
  /** Path of the cluster file: addresses and store. */
  readonly clusterFile: string;
  /** Address of a service, as the cluster file has it. */
  address(name: ServiceName): string;
  /** Starts a service that is not running, and resolves when it serves. */
  start(name: ServiceName): Promise<void>;
  /** Ends a service without a warning, as a crash does (SIGKILL), and resolves when it is gone. */
  kill(name: ServiceName): Promise<void>;
  /** Asks a service to stop (SIGTERM) and gives its exit code. */
  stop(name: ServiceName): Promise<number | null>;
  /** Stops what runs. */
  close(): Promise<void>;
}
