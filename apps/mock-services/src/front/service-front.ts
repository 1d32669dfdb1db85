import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Hit } from '../fault/armed-fault.ts';
import { drawn } from '../fault/duration.ts';
import type { EffectOf } from '../fault/effect.ts';
import type { FaultTurn } from '../fault/fault-turn.ts';
import type { Faults } from '../fault/faults.ts';
import type { ServiceName } from '../fault/fault.ts';
import type { Journal, JournalWriter } from '../journal/journal.ts';
import { inScope, WriteScope } from '../write/write-scope.ts';
import { Exchange, type NodeEnv } from './exchange.ts';
import { problemAnswer, retryAfterText } from './problem-answer.ts';
import { pathOfTarget } from './path-of.ts';
import { malformed, misshapen } from './spoil.ts';
import { trickling } from './trickle.ts';

export type FetchHandler = (request: Request, env: NodeEnv) => Promise<Response>;

/** What {@link serviceFront} stands before. */
export interface FrontOptions {
  readonly service: ServiceName;
  /** The service. */
  readonly fetch: (request: Request, env: NodeEnv) => Response | Promise<Response>;
  /** Whether the service will know the request's key. */
  readonly admits: (path: string, authorization: string | undefined) => boolean;
  readonly faults: Faults;
  readonly journal: Journal;
  /** Monotonic ms, for token buckets. */
  readonly monotonic: () => number;
  /** Wall clock of the clients, ms since the epoch, for `Retry-After` as a date. */
  readonly now: () => number;
}

/** One request on its way through the front. */
interface Passage {
  readonly path: string;
  readonly turn: FaultTurn | undefined;
  readonly exchange: Exchange;
  readonly entry: JournalWriter;
}

const detailOf = (fault: string): string => `injected by the fault ${fault}`;

/**
 * Stands before a service, breaks what its faults say, and keeps the journal. The order for every request: key, limit,
 * faults before, the service with faults of its writes, journal, faults after.
 */
export function serviceFront(options: FrontOptions): FetchHandler {
  const { service, admits, faults, journal, now } = options;

  const statusProblem = ({ path }: Passage, { fault, effect }: Hit): Response => {
    const { status, retryAfter, retryAfterForm } = effect as EffectOf<'status'>;
    const after = retryAfter === undefined ? undefined : retryAfterText(retryAfter * 1000, retryAfterForm, now);
    const problem = { status, type: 'injected', title: 'Injected fault', detail: detailOf(fault.name), path };
    return problemAnswer({ ...problem, retryAfter: after });
  };

  const limited = ({ path, turn }: Passage): Response | undefined => {
    const [hit] = turn?.hits('limit') ?? [];
    if (hit?.effect.kind !== 'rate-limit') return undefined;
    const retryAfter = retryAfterText(hit.waitMs, hit.effect.retryAfterForm, now);
    const about = { type: 'rate-limited', title: 'Rate limited', detail: detailOf(hit.fault.name), path, retryAfter };
    return problemAnswer({ status: 429, ...about });
  };

  const cut = ({ entry, turn, exchange }: Passage): Response => {
    entry.write({ outcome: 'cut', faults: turn?.struck ?? [] });
    exchange.reset();
    return RESPONSE_ALREADY_SENT;
  };

  /** An answer instead of the service's, `undefined` when the service may do its work. */
  const before = async (passage: Passage): Promise<Response | undefined> => {
    for (const hit of passage.turn?.hits('before') ?? []) {
      const { effect, random } = hit;
      if (effect.kind === 'latency') await passage.exchange.sleep(drawn(effect.ms, random));
      else if (effect.kind === 'status') return statusProblem(passage, hit);
      else if (effect.kind === 'reset') return cut(passage);
    }
    return undefined;
  };

  const sendPart = async (passage: Passage, answer: Response, bytes: number | undefined): Promise<Response> => {
    const body = new Uint8Array(await answer.arrayBuffer());
    if (body.length === 0) return cut(passage);
    passage.entry.write({ outcome: 'cut', faults: passage.turn?.struck ?? [] });
    const part = body.subarray(0, Math.min(bytes ?? Math.ceil(body.length / 2), body.length - 1));
    passage.exchange.sendPart(answer, part, body.length);
    return RESPONSE_ALREADY_SENT;
  };

  const after = async (passage: Passage, given: Response): Promise<Response> => {
    let answer = given;
    for (const hit of passage.turn?.hits('after') ?? []) {
      const { effect, random } = hit;
      switch (effect.kind) {
        case 'latency':
          await passage.exchange.sleep(drawn(effect.ms, random));
          break;
        case 'status':
          answer = statusProblem(passage, hit);
          break;
        case 'lost-answer':
          return cut(passage);
        case 'reset':
          return sendPart(passage, answer, 0);
        case 'truncated-body':
          return sendPart(passage, answer, effect.bytes);
        case 'slow-body':
          answer = await trickling(answer, effect, (ms) => passage.exchange.sleep(ms));
          break;
        case 'malformed-json':
          answer = await malformed(answer);
          break;
        case 'wrong-shape':
          answer = await misshapen(answer, effect, random);
          break;
      }
    }
    return answer;
  };

  const pass = async (passage: Passage, request: Request, env: NodeEnv): Promise<Response> => {
    const refusal = limited(passage) ?? (await before(passage));
    if (refusal) return refusal;
    const scope = new WriteScope(passage.turn);
    const answer = await inScope(scope, () => options.fetch(request, env));
    passage.entry.write({ status: answer.status, committed: scope.committed });
    return passage.turn ? after(passage, answer) : answer;
  };

  return async (request, env) => {
    const { method, headers, url = '/' } = env.incoming;
    const path = pathOfTarget(url);
    const subject = { service, method: method ?? 'GET', path };
    const entry = journal.begin(subject);
    const exchange = new Exchange(env, () => entry.write({ outcome: 'gone' }));
    const turn = admits(path, headers.authorization) ? faults.turn(subject, options.monotonic()) : undefined;
    try {
      const answer = await pass({ path, turn, exchange, entry }, request, env);
      if (answer !== RESPONSE_ALREADY_SENT) {
        const requestId = answer.headers.get('x-request-id');
        const outcome = exchange.gone.aborted ? 'gone' : 'answered';
        entry.write({ outcome, status: answer.status, requestId, faults: turn?.struck ?? [] });
      }
      return answer;
    } catch (error) {
      // The client left while a fault let it wait: nobody is there to be answered.
      if (exchange.gone.aborted) return RESPONSE_ALREADY_SENT;
      throw error;
    }
  };
}
