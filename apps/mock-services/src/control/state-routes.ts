import {
  emptyAnswer,
  jsonTextAnswer,
  problem,
  resource,
  type ServiceContext,
  type ServiceEnv,
} from '@llm-memory-graph/service';
import type { Hono } from 'hono';
import * as z from 'zod';
import type { Snapshot } from '../state/snapshots.ts';
import { jsonOf, read } from './body.ts';
import type { Controls } from './controls.ts';

const snapshotJson = ({ id, takenAt }: Snapshot): unknown => ({ id, taken_at: takenAt });

const clockChange = z.union([
  z.strictObject({ now: z.iso.datetime({ offset: true }).transform((text) => new Date(text)) }),
  z.strictObject({ advance_ms: z.number().min(0).max(1e15) }),
]);

const report = z.strictObject({
  client: z.string().min(1).max(100),
  name: z.string().min(1).max(100),
  state: z.enum(['closed', 'open', 'half-open']),
  reason: z.string().max(100).optional(),
  open_for_ms: z.number().min(0).optional(),
});

function noSnapshot(): Error {
  return problem(404, 'unknown-snapshot', 'there is no snapshot of this id');
}

/** `/__mock/reset`, `/__mock/snapshots`, `/__mock/clock` and `/__mock/breakers`. */
export function stateRoutes(app: Hono<ServiceEnv>, controls: Controls): void {
  const { clock, snapshots, breakers, events } = controls;
  const id = (c: ServiceContext): string => c.req.param('id') ?? '';
  const clockAnswer = (): Response => jsonTextAnswer(JSON.stringify({ now: new Date(clock.now()) }));

  resource(app, '/__mock/reset', {
    POST: async () => {
      await controls.reset();
      return emptyAnswer();
    },
  });
  resource(app, '/__mock/snapshots', {
    GET: () => jsonTextAnswer(JSON.stringify({ snapshots: snapshots.list().map(snapshotJson) })),
    POST: async () => jsonTextAnswer(JSON.stringify(snapshotJson(await snapshots.take())), { status: 201 }),
  });
  resource(app, '/__mock/snapshots/:id', {
    DELETE: (c) => {
      if (snapshots.discard(id(c))) return emptyAnswer();
      throw noSnapshot();
    },
  });
  resource(app, '/__mock/snapshots/:id/restore', {
    POST: async (c) => {
      if (!(await snapshots.restore(id(c)))) throw noSnapshot();
      events.change('state');
      return emptyAnswer();
    },
  });
  resource(app, '/__mock/clock', {
    GET: clockAnswer,
    PUT: async (c) => {
      const wanted = read(clockChange, await jsonOf(c));
      try {
        if ('now' in wanted) clock.set(wanted.now);
        else clock.advance(wanted.advance_ms);
      } catch (error) {
        throw problem(400, 'validation', (error as Error).message);
      }
      events.change('clock');
      return clockAnswer();
    },
  });
  resource(app, '/__mock/breakers', {
    GET: () =>
      jsonTextAnswer(
        JSON.stringify({
          breakers: breakers.list().map(({ openForMs, ...told }) => ({ ...told, open_for_ms: openForMs })),
        }),
      ),
    POST: async (c) => {
      const { open_for_ms: openForMs, ...told } = read(report, await jsonOf(c));
      breakers.report({ ...told, openForMs });
      return emptyAnswer();
    },
  });
}
