import mitt, { type Emitter, type Handler, type WildcardHandler } from 'mitt';

/** The listening half of a policy's events. Exceptions of listeners are dropped: they never reach the call. */
export interface Observable<Events extends Record<string, unknown>> {
  on<Type extends keyof Events>(type: Type, handler: Handler<Events[Type]>): void;
  on(type: '*', handler: WildcardHandler<Events>): void;
  off<Type extends keyof Events>(type: Type, handler?: Handler<Events[Type]>): void;
  off(type: '*', handler: WildcardHandler<Events>): void;
}

/**
 * A mitt emitter that is created with its first listener, so an unobserved policy carries none, and that
 * isolates listeners from each other and from the call.
 */
export class EventSource<Events extends Record<string, unknown>> {
  #emitter: Emitter<Events> | undefined;

  /** Ask before building an event: nothing is allocated while nobody listens. */
  hears(type: keyof Events): boolean {
    const all = this.#emitter?.all;
    return all !== undefined && (Boolean(all.get(type)?.length) || Boolean(all.get('*')?.length));
  }

  on(type: keyof Events | '*', handler: unknown): void {
    (this.#emitter ??= mitt<Events>()).on(type as never, handler as never);
  }

  off(type: keyof Events | '*', handler?: unknown): void {
    this.#emitter?.off(type as never, handler as never);
  }

  emit<Type extends keyof Events>(type: Type, event: Events[Type]): void {
    const all = this.#emitter?.all;
    if (all === undefined) return;
    for (const handler of [...(all.get(type) ?? [])]) isolated(handler as (event: unknown) => void, event);
    for (const handler of [...(all.get('*') ?? [])]) isolated(handler as (...args: unknown[]) => void, type, event);
  }
}

function isolated(handler: (...args: unknown[]) => void, ...args: unknown[]): void {
  try {
    handler(...args);
  } catch {
    // A listener observes; what goes wrong inside it must not change the outcome of the call.
  }
}
