import { pathOfTarget } from '../front/path-of.ts';
import { problemAnswer } from '../front/problem-answer.ts';
import { readCassette, sha256, type Exchange } from './cassette.ts';
import type { Origin } from './origin.ts';

/** Answers one after the other; the last one again and again. */
class Track {
  readonly #exchanges: Exchange[] = [];
  #next = 0;

  add(exchange: Exchange): void {
    this.#exchanges.push(exchange);
  }

  next(): Exchange | undefined {
    return this.#exchanges[Math.min(this.#next++, this.#exchanges.length - 1)];
  }
}

class Tracks {
  readonly #tracks = new Map<string, Track>();

  add(key: string, exchange: Exchange): void {
    let track = this.#tracks.get(key);
    if (!track) this.#tracks.set(key, (track = new Track()));
    track.add(exchange);
  }

  next(key: string): Exchange | undefined {
    return this.#tracks.get(key)?.next();
  }
}

/**
 * Answers from a cassette: the nth request gets the nth recorded answer for the same method, target and body, or else for
 * the same method and target, since bodies hold times and ids that differ from run to run. What was not recorded is 501.
 *
 * @throws {Error} when the file cannot be read
 */
export function player(file: string): Origin {
  const exact = new Tracks();
  const similar = new Tracks();
  for (const exchange of readCassette(file)) {
    const { service, method, target, request_sha256: digest } = exchange;
    exact.add(JSON.stringify([service, method, target, digest]), exchange);
    similar.add(JSON.stringify([service, method, target]), exchange);
  }
  return async (service, request, target) => {
    const { method } = request;
    const digest = sha256(new Uint8Array(await request.arrayBuffer()));
    const found =
      exact.next(JSON.stringify([service, method, target, digest])) ??
      similar.next(JSON.stringify([service, method, target]));
    if (!found) {
      const about = { type: 'not-recorded', title: 'Not recorded', detail: 'nothing like this was recorded' };
      return problemAnswer({ status: 501, path: pathOfTarget(target), ...about });
    }
    const bytes = Buffer.from(found.body, 'base64');
    return new Response(bytes.length > 0 ? bytes : null, { status: found.status, headers: found.headers });
  };
}
