import type { experimental } from "@grpc/grpc-js";
import { readTlsFiles } from "./tls-files.js";
import type { TlsFiles, TlsPaths } from "./tls-files.js";
import { LOOK_EVERY_MS, watchFiles } from "./watch-files.js";

type CaListener = experimental.CaCertificateUpdateListener;
type IdentityListener = experimental.IdentityCertificateUpdateListener;

/** How certificates are followed. */
export interface FollowOptions {
  /** Told that new ones are in force, with the files read, or why the old ones stay. */
  readonly onReload?: (files: TlsFiles) => void;
  readonly onBad?: (error: unknown) => void;
  /** How often the files are looked at, milliseconds; default 2000. */
  readonly everyMs?: number | undefined;
}

/**
 * PEM files as grpc-js takes certificates that may change: those last read that could be used. New connections are made with
 * the new ones; those that are open stay. The files are watched while a server or a channel listens. grpc-js's own provider
 * of files would drop all certificates where one file cannot be read, and take those that do not fit each other.
 *
 * @throws DomainError as `readTlsFiles`
 */
export function certificateSource(
  paths: TlsPaths,
  whose: "server" | "client",
  { onReload = () => undefined, onBad = () => undefined, everyMs = LOOK_EVERY_MS }: FollowOptions = {},
): experimental.CertificateProvider & { readonly files: () => TlsFiles } {
  const caListeners = new Set<CaListener>();
  const identityListeners = new Set<IdentityListener>();
  const tell = (files: TlsFiles) => {
    for (const listener of caListeners) listener(caOf(files));
    for (const listener of identityListeners) listener(identityOf(files));
  };
  const watched = watchFiles({
    paths: Object.values(paths).filter((path): path is string => typeof path === "string"),
    read: () => readTlsFiles(paths, whose),
    onChange: (files) => {
      tell(files);
      onReload(files);
    },
    onBad,
    everyMs,
  });
  const add = <L>(listeners: Set<L>, listener: L, first: () => void) => {
    listeners.add(listener);
    watched.start();
    // Whoever adds a listener is not yet ready to be told.
    process.nextTick(first);
  };
  const remove = <L>(listeners: Set<L>, listener: L) => {
    listeners.delete(listener);
    if (caListeners.size + identityListeners.size === 0) watched.stop();
  };
  return {
    files: watched.value,
    addCaCertificateListener: (listener) => {
      add(caListeners, listener, () => listener(caOf(watched.value())));
    },
    removeCaCertificateListener: (listener) => {
      remove(caListeners, listener);
    },
    addIdentityCertificateListener: (listener) => {
      add(identityListeners, listener, () => listener(identityOf(watched.value())));
    },
    removeIdentityCertificateListener: (listener) => {
      remove(identityListeners, listener);
    },
  };
}

function caOf({ ca }: TlsFiles): experimental.CaCertificateUpdate | null {
  return ca === undefined ? null : { caCertificate: ca };
}

function identityOf({ cert, key }: TlsFiles): experimental.IdentityCertificateUpdate | null {
  return cert === undefined || key === undefined ? null : { certificate: cert, privateKey: key };
}
