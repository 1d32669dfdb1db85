import { isArchiveError } from '../src/index.ts';

/** The code of the ArchiveError that `run` throws; anything else it throws or returns fails the test that asked. */
export async function codeOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (isArchiveError(error)) return error.code;
    throw error;
  }
  throw new Error('expected an ArchiveError, but nothing was thrown');
}
