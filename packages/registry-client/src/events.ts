import mitt, { type Emitter, type Handler, type WildcardHandler } from 'mitt';

/** A mitt emitter whose listeners cannot disturb the work or each other. */
export class EventSource<Events extends Record<string, unknown>> {
  readonly #emitter: Emitter<Events> = mitt<Events>();

  on(type: keyof Events | '*', handler: unknown): void {
    this.#emitter.on(type as never, handler as never);
  }

  off(type: keyof Events | '*', handler?: unknown): void {
    this.#emitter.off(type as never, handler as never);
  }

  emit<Type extends keyof Events>(type: Type, event: Events[Type]): void {
    const { all } = this.#emitter;
    const listeners = (all.get(type) ?? []) as Handler<Events[Type]>[];
    const wildcards = (all.get('*') ?? []) as unknown as WildcardHandler<Events>[];
    for (const listener of [...listeners]) isolated(() => listener(event));
    for (const listener of [...wildcards]) isolated(() => listener(type, event));
  }
}

/** Runs a callback of the caller; what goes wrong inside it must not change what is delivered. */
export function isolated(call: () => void): void {
  try {
    call();
  } catch {
    // Whoever listens only observes.
  }
}
