import { startMockServices } from '../../src/index.ts';

/** Both services in a process of their own, so that their sockets are not counted with those of the test. */
const services = await startMockServices({ registryPort: 0, vaultPort: 0, vaultApiKey: 'key', registryApiKey: 'key' });
process.send?.({ registry: services.registryUrl, vault: services.vaultUrl });
process.once('disconnect', () => process.exit());
