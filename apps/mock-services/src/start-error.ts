/** What an option of {@link startMockServices} is called there. */
export type OptionName =
  | 'host'
  | 'registryPort'
  | 'vaultPort'
  | 'registryApiKey'
  | 'vaultApiKey'
  | 'dataDir'
  | 'clock'
  | 'seed'
  | 'faults'
  | 'journalSize'
  | 'controlKey'
  | 'record'
  | 'replay';

/** The services cannot start. */
export class StartError extends Error {
  override readonly name = 'StartError';
  /** The option that stands in the way. */
  readonly option: OptionName;
  /** What is wrong with it. */
  readonly reason: string;
  /** `invalid`: no value like this can work; `unavailable`: this one does not work here and now. */
  readonly code: 'invalid' | 'unavailable';

  constructor(option: OptionName, code: 'invalid' | 'unavailable', reason: string, cause?: unknown) {
    super(`${option}: ${reason}`, cause === undefined ? undefined : { cause });
    this.option = option;
    this.code = code;
    this.reason = reason;
  }
}
