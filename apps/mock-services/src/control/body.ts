import { problem, readJsonBody, resolveLimits, type ServiceContext } from '@llm-memory-graph/service';
import type * as z from 'zod';

const limits = resolveLimits({ maxBodyBytes: 2 ** 20, maxJsonDepth: 16 });

/** The JSON of a body; `{}` when there is none. @throws 400, 413, 415 */
export async function jsonOf(c: ServiceContext): Promise<unknown> {
  if (c.req.raw.body === null) return {};
  return (await readJsonBody(c, limits)).value;
}

/** Reads a value by its schema. @throws 400 naming the field */
export function read<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const { data, error } = schema.safeParse(value);
  if (!error) return data;
  const errors = error.issues.map(({ path, message }) => ({
    pointer: path.map((step) => `/${String(step)}`).join(''),
    message: message.replace(/^Invalid input: /, ''),
  }));
  throw problem(400, 'validation', `${errors[0]?.pointer ?? ''}: ${errors[0]?.message ?? ''}`, { errors });
}
