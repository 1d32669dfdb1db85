import type { ServiceName } from '../fault/fault.ts';
import type { ResolvedOptions } from '../options.ts';
import { StartError } from '../start-error.ts';
import { currentScope } from '../write/write-scope.ts';
import { player } from './player.ts';
import { recorder } from './recorder.ts';

/** Where answers come from instead of the services here. @param target path and query as they came */
export type Origin = (service: ServiceName, request: Request, target: string) => Promise<Response>;

const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Nobody here can see what such an origin wrote; a write that succeeded counts as committed. */
function watched(origin: Origin): Origin {
  return async (service, request, target) => {
    const answer = await origin(service, request, target);
    currentScope().committed = answer.ok && !safe.has(request.method);
    return answer;
  };
}

function opened(option: 'record' | 'replay', file: string, open: () => Origin): Origin {
  try {
    return watched(open());
  } catch (error) {
    throw new StartError(option, 'unavailable', `cannot use ${file}: ${(error as Error).message}`, error);
  }
}

/** The real services or a cassette, when the options name them. @throws {StartError} `unavailable` */
export function originOf({ record, replay }: ResolvedOptions): Origin | undefined {
  if (record) {
    const { file, registryUrl: registry, vaultUrl: vault } = record;
    return opened('record', file, () => recorder(file, { registry, vault }));
  }
  return replay === undefined ? undefined : opened('replay', replay, () => player(replay));
}
