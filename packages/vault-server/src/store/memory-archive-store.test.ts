import { archiveStoreContract } from '../../test/archive-store-contract.ts';
import { uploadStoreContract } from '../../test/upload-store-contract.ts';
import { memoryArchiveStore } from './memory-archive-store.ts';

archiveStoreContract('memory', async () => ({ store: memoryArchiveStore(), dispose: async () => {} }));
uploadStoreContract('memory', async () => ({ store: memoryArchiveStore(), dispose: async () => {} }));
archiveStoreContract('copied memory', async () => ({ store: memoryArchiveStore().copy(), dispose: async () => {} }));
uploadStoreContract('copied memory', async () => ({ store: memoryArchiveStore().copy(), dispose: async () => {} }));
