import type { RegistryStore } from '@llm-memory-graph/registry-server';
import type { ArchiveStore } from '@llm-memory-graph/vault-server';
import type { VaultKeys } from './vault-keys.ts';

/** What the services hold right now. */
export interface Stores {
  readonly registry: RegistryStore;
  readonly archives: ArchiveStore;
}

/** A state that can be brought back. */
export interface SavedState {
  /** Makes it the current one; more than once is fine. Nobody may use the stores meanwhile. */
  restore(): Promise<void>;
  discard(): void;
}

/** Where the services keep what they hold, and how that is saved and brought back. */
export interface State {
  /** Other ones after `clear` or `restore`. */
  readonly stores: Stores;
  readonly vaultKeys: VaultKeys;
  /** Nobody may use the stores meanwhile. */
  save(): Promise<SavedState>;
  /** Empty stores instead of the current ones. Nobody may use the stores meanwhile. */
  clear(): Promise<void>;
  close(): Promise<void>;
}
