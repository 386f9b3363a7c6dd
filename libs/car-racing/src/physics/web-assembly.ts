/** What is used here of the global WebAssembly, which TypeScript describes only together with all of a browser. */
export interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<CompiledModule>;
  readonly Instance: new (module: CompiledModule, imports: object) => ModuleInstance;
  readonly RuntimeError: new (message?: string) => Error;
}

/** An opaque WebAssembly.Module. */
export type CompiledModule = object;

export interface ModuleInstance {
  readonly exports: object;
}

export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;
