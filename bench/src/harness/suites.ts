import type { Suite } from './suite.ts';

/** A suite and the file a case process loads it from. */
export interface LoadedSuite extends Suite {
  readonly module: string;
}

/** Loads `bench/src/<name>/suite.ts`; a new suite is a new folder. */
export async function suite(name: string): Promise<LoadedSuite> {
  if (!/^[a-z][a-z-]*$/.test(name)) throw new Error(`"${name}" is not the name of a suite`);
  const module = new URL(`../${name}/suite.ts`, import.meta.url).href;
  const loaded = (await import(module)) as { suite: Suite };
  return { ...loaded.suite, module };
}
