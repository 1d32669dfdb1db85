import { isIntegrationError } from '@llm-memory-graph/http';
import type { RegistryClient } from './registry-client.ts';

/**
 * The registry as the scheduler's `SessionRegistry` port. A session that was never registered has no status to set,
 * which is fine.
 *
 * @example
 * new ArchivalScheduler({ source: graph, vault, registry: archivePort(registry) });
 */
export function archivePort(registry: RegistryClient) {
  return {
    async markArchived(sessionId: string, { signal }: { readonly signal?: AbortSignal | undefined }): Promise<void> {
      try {
        await registry.updateSessionStatus(sessionId, 'archived', { signal });
      } catch (error) {
        if (!isIntegrationError(error) || error.status !== 404) throw error;
      }
    },
  };
}
