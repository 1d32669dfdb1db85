import { jsonTextAnswer, problem, resource, serviceApp, type Logger } from '@llm-memory-graph/service';
import type { NodeEnv } from '../front/exchange.ts';
import { consolePage } from '../console-page.ts';
import type { Controls } from './controls.ts';
import { faultRoutes } from './fault-routes.ts';
import { refusalOf } from './guard.ts';
import { journalRoutes } from './journal-routes.ts';
import { overview } from './overview.ts';
import { stateRoutes } from './state-routes.ts';

/** Where the control API and the console live, on both ports. */
export const controlRoot = '/__mock/';

export const isControlPath = (path: string): boolean => path === '/__mock' || path.startsWith(controlRoot);

/** What else {@link controlApp} goes by. */
export interface ControlOptions {
  /** Key of the control API; without one it answers this machine only. */
  readonly key: string | undefined;
  /** Certificate that clients trust, PEM. */
  readonly ca: string | undefined;
  readonly logger: Logger;
}

/** The control API and the console. */
export function controlApp(
  controls: Controls,
  { key, ca, logger }: ControlOptions,
): (request: Request, env: NodeEnv) => Promise<Response> {
  const app = serviceApp({
    name: 'mock',
    keys: key === undefined ? [] : [{ secret: key }],
    openPaths: ['/__mock', controlRoot, '/__mock/ca.pem'],
    logger,
  });
  app.use(async (c, next) => {
    const { incoming } = c.env as unknown as NodeEnv;
    const isPage = c.req.path === controlRoot && c.req.method === 'GET';
    const refusal = refusalOf(incoming, key !== undefined, isPage);
    if (refusal !== undefined) throw problem(403, 'forbidden', refusal);
    await next();
  });
  resource(app, '/__mock', { GET: (c) => c.redirect(controlRoot, 308) }, { produces: false });
  resource(app, controlRoot, { GET: consolePage }, { produces: false });
  resource(app, '/__mock/overview', { GET: async () => jsonTextAnswer(JSON.stringify(await overview(controls))) });
  resource(app, '/__mock/events', { GET: () => controls.events.answer() }, { produces: false });
  if (ca !== undefined) {
    const headers = { 'content-type': 'application/x-pem-file' };
    resource(app, '/__mock/ca.pem', { GET: () => new Response(ca, { headers }) }, { produces: false });
  }
  faultRoutes(app, controls);
  journalRoutes(app, controls);
  stateRoutes(app, controls);
  return async (request, env) => app.fetch(request, env);
}
