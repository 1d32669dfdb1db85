import { Breakers } from './control/breakers.ts';
import { controlApp, controlRoot, isControlPath } from './control/control-app.ts';
import type { Controls } from './control/controls.ts';
import { EventStream } from './control/event-stream.ts';
import { UsageMeter } from './control/usage-meter.ts';
import { Faults } from './fault/faults.ts';
import type { ServiceName } from './fault/fault.ts';
import { admission } from './front/admission.ts';
import { pathOfTarget } from './front/path-of.ts';
import { serviceFront } from './front/service-front.ts';
import type { NodeEnv } from './front/exchange.ts';
import { listen, type Listener } from './http-listener.ts';
import { Journal } from './journal/journal.ts';
import type { MockClock } from './mock-clock.ts';
import { resolveOptions, type MockServicesOptions, type ResolvedOptions } from './options.ts';
import { originOf } from './replay/origin.ts';
import { StartError } from './start-error.ts';
import { Backend } from './state/backend.ts';
import { durableState } from './state/durable-state.ts';
import { memoryState } from './state/memory-state.ts';
import { Snapshots } from './state/snapshots.ts';
import type { State } from './state/state.ts';
import { makeCertificates } from './tls/certificates.ts';

/** Both services, listening. */
export interface MockServices extends AsyncDisposable {
  /** For example `http://127.0.0.1:8080`. */
  readonly registryUrl: string;
  /** Undefined when the registry is open. */
  readonly registryApiKey: string | undefined;
  readonly vaultUrl: string;
  readonly vaultApiKey: string;
  /** The console, and the control API below it. */
  readonly consoleUrl: string;
  /** Certificate that clients must trust, PEM; undefined without `tls`. */
  readonly ca: string | undefined;
  /** What goes wrong. */
  readonly faults: Faults;
  /** What every request became. */
  readonly journal: Journal;
  /** The time that both services go by. */
  readonly clock: MockClock;
  /** The circuit breakers of the clients, as they told. */
  readonly breakers: Breakers;
  /** States of both services that can be brought back. */
  readonly snapshots: Snapshots;
  /** Everything as at the start: empty services, the first faults, an empty journal, the clock; snapshots stay. */
  reset(): Promise<void>;
  /** Ends idle connections, lets requests in flight finish, and closes the stores. Calling it again does nothing. */
  close(): Promise<void>;
}

const targetOf = ({ incoming }: NodeEnv): string => incoming.url ?? '/';

function faultsOf({ seed, faults }: ResolvedOptions, changed: () => void): Faults {
  try {
    return new Faults(seed, faults, changed);
  } catch (error) {
    throw new StartError('faults', 'invalid', (error as Error).message, error);
  }
}

async function controlsOf(options: ResolvedOptions, state: State): Promise<Controls> {
  const { clock, base } = options;
  const journal = new Journal(() => clock.now(), options.journalSize);
  const events = new EventStream(journal);
  const faults = faultsOf(options, () => events.change('faults'));
  const breakers = new Breakers(
    () => base.now(),
    () => events.change('breakers'),
  );
  const meter = new UsageMeter(() => performance.now());
  const backend = await Backend.create({
    ...options,
    state,
    patienceMs: options.closeGraceMs,
    counted: (report) => meter.count(report),
  });
  const snapshots = new Snapshots(backend, () => clock.now());
  const reset = async (): Promise<void> => {
    await backend.clear();
    for (const part of [journal, meter, breakers]) part.clear();
    for (const part of [faults, clock]) part.reset();
    events.change('state');
  };
  return { journal, events, faults, breakers, meter, backend, snapshots, clock, reset };
}

/**
 * Starts an LLM-Registry and a Data-Vault in this process.
 *
 * @example
 * await using services = await startMockServices();
 * const answer = await fetch(`${services.registryUrl}/api/v1/models/gpt-4`);
 *
 * @throws {StartError} naming the option that stands in the way; nothing is left open
 */
export async function startMockServices(options: MockServicesOptions = {}): Promise<MockServices> {
  const resolved = resolveOptions(options);
  const { host, registryApiKey, vaultApiKey, dataDir, clock, base } = resolved;
  const origin = originOf(resolved);
  const state = dataDir === undefined ? memoryState() : durableState(dataDir, clock);
  const listeners: Listener[] = [];
  let controls: Controls | undefined;
  const closeAll = async (): Promise<void> => {
    controls?.events.close();
    await Promise.all(listeners.map((listener) => listener.close(resolved.closeGraceMs)));
    await state.close();
  };
  try {
    controls = await controlsOf(resolved, state);
    const { backend, faults, journal, breakers, snapshots, reset } = controls;
    const certificates = resolved.tls ? await makeCertificates(host, Date.now()) : undefined;
    const control = controlApp(controls, { key: resolved.controlKey, ca: certificates?.ca, logger: resolved.logger });
    const start = async (service: ServiceName, key: string | undefined): Promise<string> => {
      const front = serviceFront({
        service,
        fetch: (request, env) =>
          origin ? origin(service, request, targetOf(env)) : backend.fetch(service, request, env),
        // The keys of real services are known only there.
        admits: admission(origin ? undefined : key),
        faults,
        journal,
        monotonic: () => clock.monotonic(),
        now: () => base.now(),
      });
      const listener = await listen({
        fetch: (request, env) => (isControlPath(pathOfTarget(targetOf(env))) ? control : front)(request, env),
        host,
        port: service === 'registry' ? resolved.registryPort : resolved.vaultPort,
        portOption: service === 'registry' ? 'registryPort' : 'vaultPort',
        tls: certificates && { certificates, expires: () => faults.expires(service) },
      });
      listeners.push(listener);
      return listener.url;
    };
    const registryUrl = await start('registry', registryApiKey);
    const vaultUrl = await start('vault', vaultApiKey);

    let closing: Promise<void> | undefined;
    const close = (): Promise<void> => (closing ??= closeAll());
    return {
      registryUrl,
      registryApiKey,
      vaultUrl,
      vaultApiKey,
      consoleUrl: `${registryUrl}${controlRoot}`,
      ca: certificates?.ca,
      faults,
      journal,
      clock,
      breakers,
      snapshots,
      reset,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
