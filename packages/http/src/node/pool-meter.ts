import { Pool, type Dispatcher } from 'undici';

/** A pool as it stands now, over all hosts. */
export interface PoolStats {
  /** Open connections. */
  readonly open: number;
  /** Requests that were handed over and are not done, those that are `queued` included. */
  readonly busy: number;
  /** Requests that wait for a connection, be it a free one or a new one. */
  readonly queued: number;
  /** Requests since the start that were sent on a connection that had been used before. */
  readonly reused: number;
  /** Connections opened since the start. */
  readonly connects: number;
}

/** A request on its way. Both may be told more than once; the first time counts. */
export interface MeteredRequest {
  sent(): void;
  ended(): void;
}

/** Counts connections and requests by their events, so that it holds behind a proxy too. */
export class PoolMeter {
  #open = 0;
  #connects = 0;
  #busy = 0;
  #sent = 0;
  #queued = 0;

  /** Makes the connections to one host; for the `factory` of an agent. */
  readonly poolOf = (origin: string | URL, options: object): Dispatcher =>
    new Pool(origin, options)
      .on('connect', () => {
        this.#open++;
        this.#connects++;
      })
      .on('disconnect', () => {
        this.#open--;
      });

  started(): MeteredRequest {
    let isSent = false;
    let isEnded = false;
    this.#busy++;
    this.#queued++;
    return {
      sent: () => {
        // Again, when the connection closed before a byte was written.
        if (isSent || isEnded) return;
        isSent = true;
        this.#queued--;
        this.#sent++;
      },
      ended: () => {
        if (isEnded) return;
        isEnded = true;
        this.#busy--;
        if (!isSent) this.#queued--;
      },
    };
  }

  stats(): PoolStats {
    const [open, busy, queued, connects] = [this.#open, this.#busy, this.#queued, this.#connects];
    // A connection carries its first request as soon as it is open, unless that was given up meanwhile.
    return { open, busy, queued, reused: Math.max(0, this.#sent - connects), connects };
  }
}
