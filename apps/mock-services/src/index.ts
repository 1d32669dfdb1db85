// The contract of this package. What is not listed here is private.

export { startMockServices, type MockServices } from './start-mock-services.ts';
export { seedModels } from './seed-models.ts';
export { StartError, type OptionName } from './start-error.ts';
export type { MockServicesOptions } from './options.ts';
