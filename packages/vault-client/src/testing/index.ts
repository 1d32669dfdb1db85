// For tests of code that talks to a vault. What is not listed here is private.

export { memoryVault, type MemoryVaultOptions } from './memory-vault.ts';
export { vaultContract, type VaultRule } from './vault-contract.ts';
