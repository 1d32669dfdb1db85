// The contract of this package. What is not listed here is private.

export { startMockServices, type MockServices } from './start-mock-services.ts';
export { seedModels } from './seed-models.ts';
export { StartError, type OptionName } from './start-error.ts';
export { FaultError } from './fault/fault-error.ts';
export { faultsOf } from './fault/read-fault.ts';
export { VerificationError } from './journal/verify.ts';

export type { MockServicesOptions, RecordOptions } from './options.ts';
export type { BreakerReport, Breakers, KnownBreaker } from './control/breakers.ts';
export type { Snapshot, Snapshots } from './state/snapshots.ts';
export type { Fault, Gate, Route, Script, ExpiredCertificate, ServiceName } from './fault/fault.ts';
export type * from './fault/effect.ts';
export type { FaultHandle, Faults, FaultState } from './fault/faults.ts';
export type { Journal } from './journal/journal.ts';
export type { JournalEntry, Outcome } from './journal/journal-entry.ts';
export type { Expectation, JournalFilter } from './journal/verify.ts';
export type { MockClock } from './mock-clock.ts';
