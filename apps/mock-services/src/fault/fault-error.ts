/** A fault, or a file of faults, that cannot be understood; names the field. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
  readonly code = 'invalid_fault';
}
