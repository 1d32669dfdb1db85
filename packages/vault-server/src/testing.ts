// For those who write another adapter; needs vitest.
export { archiveStoreContract, type StoreUnderTest } from './testing/archive-store-contract.ts';
