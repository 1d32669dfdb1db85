/** The command line or an input file is wrong; exit code 2 and one line that names what. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
