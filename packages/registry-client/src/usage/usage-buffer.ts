import { usageReport } from '@llm-memory-graph/contracts';
import { bodyOf, isIntegrationError, RequestTimeoutError } from '@llm-memory-graph/http';
import type { TimerHandle } from '@llm-memory-graph/resilience';
import type { Handler, WildcardHandler } from 'mitt';
import { EventSource, isolated } from '../events.ts';
import { BatchDelivery, type Delivery, type UsageReceiver } from './deliver-batch.ts';
import { ReportQueue } from './report-queue.ts';
import type { UsageBufferEvents } from './usage-buffer-events.ts';
import {
  checkDeadline,
  resolveBufferOptions,
  type ResolvedBufferOptions,
  type UsageBufferOptions,
} from './usage-buffer-options.ts';
import { completed, type UsageInput } from './usage-input.ts';
import type { QueuedBatch, UsageSpool } from './usage-spool.ts';
import { within } from './within.ts';

// Well below what a service takes as one body.
const maxBatchBytes = 1024 * 1024;

/** How long {@link UsageBuffer.flush} may take. */
export interface FlushOptions {
  /** Ends the wait; the reports stay in the buffer. */
  readonly signal?: AbortSignal | undefined;
  /** In ms. @default `flushDeadlineMs` of the buffer */
  readonly deadlineMs?: number | undefined;
}

/**
 * Collects usage reports and sends them in batches. A batch that fails is sent again, under the same idempotency key
 * and the same report ids, so that each report counts once. Its timers keep no process alive; `flushOnExit` and
 * `fileSpool` of `./node` bring reports over the end of one.
 *
 * @example
 * await using usage = new UsageBuffer(registry);
 * usage.track({ sessionId: 'session-1', promptTokens: 12, completionTokens: 30 });
 */
export class UsageBuffer implements AsyncDisposable {
  readonly #options: ResolvedBufferOptions;
  readonly #delivery: BatchDelivery;
  readonly #queue = new ReportQueue();
  readonly #events = new EventSource<UsageBufferEvents>();
  #seq = 0;
  #timer: TimerHandle | undefined;
  #draining: Promise<{ readonly error: unknown } | undefined> | undefined;
  #failures = 0;
  /** On the monotonic clock; nothing is sent unasked before. */
  #notBefore = Number.NEGATIVE_INFINITY;
  #closing: Promise<void> | undefined;
  #closed = false;

  /** @throws {InvalidConfigError} naming the option and its value */
  constructor(registry: UsageReceiver, options: UsageBufferOptions = {}) {
    this.#options = resolveBufferOptions(options);
    this.#delivery = new BatchDelivery(registry);
    if (this.#options.spool) this.#restore(this.#options.spool);
  }

  /** Reports that are not delivered yet. */
  get pending(): number {
    return this.#queue.size;
  }

  on<Type extends keyof UsageBufferEvents>(type: Type, handler: Handler<UsageBufferEvents[Type]>): void;
  on(type: '*', handler: WildcardHandler<UsageBufferEvents>): void;
  on(type: keyof UsageBufferEvents | '*', handler: unknown): void {
    this.#events.on(type, handler);
  }

  off<Type extends keyof UsageBufferEvents>(type: Type, handler?: Handler<UsageBufferEvents[Type]>): void;
  off(type: '*', handler: WildcardHandler<UsageBufferEvents>): void;
  off(type: keyof UsageBufferEvents | '*', handler?: unknown): void {
    this.#events.off(type, handler);
  }

  /**
   * Takes a report; with a spool it survives a kill of the process from here on. Later changes to `report` have no
   * effect.
   *
   * @returns false when it had to be dropped, because the buffer is full or closed
   * @throws {SerializationError} when the report does not fit its contract
   */
  track(report: UsageInput): boolean {
    const text = bodyOf(usageReport, completed(report));
    const { maxReports, maxBytes, maxBatchSize, flushIntervalMs } = this.#options;
    const full = this.#queue.size >= maxReports || this.#queue.bytes + text.length > maxBytes;
    if (full || this.#closing) {
      this.#events.emit('dropped', { count: 1, reason: this.#closing ? 'closed' : 'full' });
      return false;
    }
    const queued = { seq: this.#seq++, text };
    this.#spool((spool) => spool.add(queued));
    this.#queue.add(queued);
    if (this.#queue.size >= maxBatchSize && this.#waitMs() === 0) void this.#drain();
    else this.#wakeIn(flushIntervalMs);
    return true;
  }

  /**
   * Sends until nothing is left, what is tracked meanwhile included. Failures that may pass are waited out.
   *
   * @throws {IntegrationError} why the reports could not be delivered in time; they stay in the buffer
   * @throws the reason of `signal`
   */
  async flush({ signal, deadlineMs = this.#options.flushDeadlineMs }: FlushOptions = {}): Promise<void> {
    const { clock } = this.#options;
    const end = clock.monotonic() + checkDeadline(deadlineMs);
    while (this.#queue.size > 0) {
      const ended = await within(this.#drain(), { ms: end - clock.monotonic(), signal, clock });
      if (!ended)
        throw new RequestTimeoutError(
          `${String(this.#queue.size)} usage reports were not delivered within ${String(deadlineMs)} ms`,
          { retryable: true },
        );
      if (!ended.value) continue;
      const { error } = ended.value;
      const wait = this.#waitMs();
      if (!isIntegrationError(error) || !error.retryable || clock.monotonic() + wait >= end) throw error;
      await clock.sleep(wait, signal);
    }
  }

  /**
   * Flushes and takes no more. What cannot be delivered stays in the spool for the next process; without one it is
   * dropped.
   *
   * @throws {IntegrationError} why not everything could be delivered
   */
  close(options: FlushOptions = {}): Promise<void> {
    return (this.#closing ??= this.#close(options));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(options: FlushOptions): Promise<void> {
    const { spool } = this.#options;
    try {
      // Not before `#closing` is set.
      await Promise.resolve();
      await this.flush(options);
    } finally {
      this.#closed = true;
      this.#sleep();
      if (!spool && this.#queue.size > 0) this.#events.emit('dropped', { count: this.#queue.size, reason: 'closed' });
      this.#queue.clear();
      await spool?.close();
    }
  }

  /** One at a time; resolves with the error that stopped it. */
  #drain(): Promise<{ readonly error: unknown } | undefined> {
    return (this.#draining ??= this.#send().finally(() => {
      this.#draining = undefined;
      // A failed batch, or a report that came after the last look.
      if (this.#queue.size > 0 && !this.#closed) this.#wakeIn(this.#failures > 0 ? 0 : this.#options.flushIntervalMs);
    }));
  }

  async #send(): Promise<{ readonly error: unknown } | undefined> {
    // Whoever tracks a report does not wait for the request to be made.
    await Promise.resolve();
    this.#sleep();
    for (;;) {
      const next = this.#queue.next(this.#options.maxBatchSize, maxBatchBytes);
      if (!next) return undefined;
      const { batch, formed } = next;
      if (formed) this.#spool((spool) => spool.batch(batch));
      const delivery = await this.#delivery.send(batch);
      if (this.#closed) return undefined;
      this.#settle(batch, delivery);
      if ('error' in delivery) return this.#failed(batch, delivery.error);
      this.#failures = 0;
      this.#notBefore = Number.NEGATIVE_INFINITY;
    }
  }

  #settle(batch: QueuedBatch, { settled, duplicates, refused, again }: Delivery): void {
    if (settled.length === 0 && again.length === 0) return;
    const rest = again.map((reports) => ({ key: crypto.randomUUID(), reports }));
    this.#spool((spool) => {
      for (const part of rest) spool.batch(part);
      if (settled.length > 0) spool.settle(settled);
    });
    this.#queue.replace(batch, rest);
    if (settled.length > refused.length)
      this.#events.emit('delivered', { reports: settled.length - refused.length, duplicates });
    for (const { report, reason } of refused) {
      this.#events.emit('refused', { reportId: report.reportId, sessionId: report.sessionId, reason });
      isolated(() => this.#options.onRefused?.({ report, reason }));
    }
  }

  #failed({ reports }: QueuedBatch, error: unknown): { readonly error: unknown } {
    const { initialDelayMs, maxDelayMs, random, clock } = this.#options;
    const delay = Math.min(maxDelayMs, initialDelayMs * 2 ** Math.min(this.#failures++, 30));
    const hint = isIntegrationError(error) ? (error.retryAfterMs ?? 0) : 0;
    const retryInMs = Math.max(hint, delay / 2 + (random() * delay) / 2);
    this.#notBefore = clock.monotonic() + retryInMs;
    this.#events.emit('failed', { error, reports: reports.length, retryInMs });
    return { error };
  }

  #waitMs(): number {
    return Math.max(0, this.#notBefore - this.#options.clock.monotonic());
  }

  #wakeIn(ms: number): void {
    if (this.#timer || this.#draining) return;
    const wake = (): void => {
      this.#timer = undefined;
      void this.#drain();
    };
    const delay = Math.min(Math.max(ms, this.#waitMs()), 2 ** 31 - 1);
    this.#timer = this.#options.clock.setTimer(delay, wake, { ref: false });
  }

  #sleep(): void {
    this.#timer?.();
    this.#timer = undefined;
  }

  #restore(spool: UsageSpool): void {
    const { batches, reports, unreadable } = spool.restore();
    for (const batch of batches) this.#queue.addBatch(batch);
    for (const report of reports) this.#queue.add(report);
    for (const { seq } of [...batches.flatMap((batch) => batch.reports), ...reports])
      this.#seq = Math.max(this.#seq, seq + 1);
    if (this.#queue.size === 0 && unreadable === 0) return;
    const restored = { reports: this.#queue.size, unreadable };
    // After the constructor, so that whoever made this can listen.
    queueMicrotask(() => this.#events.emit('restored', restored));
    this.#wakeIn(this.#options.flushIntervalMs);
  }

  #spool(write: (spool: UsageSpool) => void): void {
    const { spool } = this.#options;
    if (!spool) return;
    try {
      write(spool);
    } catch (error) {
      this.#events.emit('spoolFailed', { error });
    }
  }
}
