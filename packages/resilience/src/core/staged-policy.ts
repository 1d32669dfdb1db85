import type { Handler, WildcardHandler } from 'mitt';
import type { Clock } from '../clock.ts';
import { EventSource, type Observable } from '../events.ts';
import type { ExecuteOptions, Operation, Policy } from '../policy.ts';
import { operationStage } from './operation-stage.ts';
import { run } from './run.ts';
import { type Stage, type Stageable, stageOf } from './stage.ts';

/** What the policies of this package share: they run alone as a pipeline of one, and they have events. */
export abstract class StagedPolicy<Events extends Record<string, unknown>>
  implements Policy, Stageable, Observable<Events>
{
  readonly clock: Clock;
  readonly #events = new EventSource<Events>();
  #alone: Stage | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  abstract [stageOf](next: Stage): Stage;

  execute<T>(operation: Operation<T>, options?: ExecuteOptions): Promise<T> {
    return run((this.#alone ??= this[stageOf](operationStage)), this.clock, operation, options);
  }

  get events(): EventSource<Events> {
    return this.#events;
  }

  on<Type extends keyof Events>(type: Type, handler: Handler<Events[Type]>): void;
  on(type: '*', handler: WildcardHandler<Events>): void;
  on(type: keyof Events | '*', handler: unknown): void {
    this.#events.on(type, handler);
  }

  off<Type extends keyof Events>(type: Type, handler?: Handler<Events[Type]>): void;
  off(type: '*', handler: WildcardHandler<Events>): void;
  off(type: keyof Events | '*', handler?: unknown): void {
    this.#events.off(type, handler);
  }
}
