import { hash } from 'node:crypto';

import { type ArchiveContext, encodeContext } from '../archive-context.ts';
import { ArchiveError } from '../archive-error.ts';
import { type KeyProvider, type WrappedKey } from '../key-provider.ts';
import { cloudKmsClient, type CloudKmsClientOptions } from './cloud-kms-client.ts';

/** What {@link cloudKmsKeys} takes. */
export interface CloudKmsKeysOptions extends CloudKmsClientOptions {
  /**
   * Resource names of the keys that new archives are wrapped with, `projects/P/locations/L/keyRings/R/cryptoKeys/K`;
   * the first that answers opens an archive. The service itself keeps the versions of a key.
   */
  readonly keyNames: readonly string[];
  /**
   * Resource names of keys that only open archives.
   *
   * @default []
   */
  readonly formerKeyNames?: readonly string[];
}

const resourceName = /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/;
const label = 'llm-memory-graph/sealed-archive/v1/kms\0';

/**
 * Key-encryption keys that never leave a cloud's key management service: the REST API of Google Cloud KMS,
 * `cryptoKeys.encrypt` and `cryptoKeys.decrypt` (https://cloud.google.com/kms/docs/reference/rest/v1). One call per
 * recipient to seal, one to open. The service sees data keys and a digest of the context, never content.
 *
 * @throws ArchiveError `invalid_options` naming the option
 *
 * @example
 * ```ts
 * const keys = cloudKmsKeys({
 *   keyNames: ['projects/acme/locations/eu/keyRings/vault/cryptoKeys/sessions'],
 *   accessToken: () => metadataServerToken(),
 * });
 * ```
 */
export function cloudKmsKeys(options: CloudKmsKeysOptions): KeyProvider {
  const { keyNames, formerKeyNames = [] } = options;
  if (keyNames.length === 0) throw new ArchiveError('invalid_options', '`keyNames` must name at least one key');
  for (const name of [...keyNames, ...formerKeyNames])
    if (!resourceName.test(name))
      throw new ArchiveError('invalid_options', `"${name}" is not the resource name of a Cloud KMS key`);
  const client = cloudKmsClient(options);
  const held = new Set([...keyNames, ...formerKeyNames]);

  return {
    wrap: (dataKey, context) =>
      Promise.all(
        keyNames.map(async (keyId) => ({ keyId, wrapped: await client.encrypt(keyId, dataKey, boundTo(context)) })),
      ),
    async unwrap(wrapped, context) {
      const mine = wrapped.filter(({ keyId }) => held.has(keyId));
      if (mine.length === 0)
        throw new ArchiveError('unknown_key', 'the archive is wrapped for none of the Cloud KMS keys named here');
      return firstOf(mine, ({ keyId, wrapped: bytes }) => client.decrypt(keyId, bytes, boundTo(context)));
    },
  };
}

/** A digest, because the service may log associated data and session ids need not be known there. */
function boundTo(context: ArchiveContext): Uint8Array {
  return hash('sha256', Buffer.concat([Buffer.from(label), encodeContext(context)]), 'buffer');
}

/** One key after the other: a region that is down must not stop the next one, nor hide that it was down. */
async function firstOf(
  wrapped: readonly WrappedKey[],
  open: (key: WrappedKey) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  let failure: unknown;
  for (const key of wrapped) {
    try {
      return await open(key);
    } catch (error) {
      if (!(failure instanceof ArchiveError && failure.code === 'key_unavailable')) failure = error;
    }
  }
  throw failure;
}
