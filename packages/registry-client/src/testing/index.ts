// For tests of code that talks to a registry. What is not listed here is private.

export { memoryRegistry, type MemoryRegistry, type MemoryRegistryOptions } from './memory-registry.ts';
export { conformanceModels, registryContract, type RegistryRule } from './registry-contract.ts';
