import { parseJson, stringifyJson } from '@llm-memory-graph/contracts';
import type { EffectOf } from '../fault/effect.ts';
import type { SeededRandom } from '../fault/seeded-random.ts';

function withBody(answer: Response, text: string): Response {
  const headers = new Headers(answer.headers);
  headers.set('content-type', headers.get('content-type') ?? 'application/json');
  headers.set('content-length', String(Buffer.byteLength(text)));
  // A tag would vouch for a body that this is not.
  headers.delete('etag');
  return new Response(text, { status: answer.status === 204 ? 200 : answer.status, headers });
}

/** The answer with JSON that breaks off. */
export async function malformed(answer: Response): Promise<Response> {
  const text = await answer.text();
  return withBody(answer, `${text.slice(0, Math.ceil(text.length / 2))}{"`);
}

function otherType(value: unknown): unknown {
  if (typeof value === 'string') return { text: value };
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : 0;
}

function reshaped(value: unknown, shape: string, random: SeededRandom): unknown {
  if (shape === 'envelope') return { data: value };
  if (typeof value !== 'object' || value === null || shape === 'empty') return {};
  const names = Object.keys(value);
  const name = names[random.below(Math.max(1, names.length))];
  if (name === undefined) return { unexpected: true };
  const { [name]: member, ...rest } = value as Record<string, unknown>;
  return shape === 'missing-field' ? rest : { ...value, [name]: otherType(member) };
}

/** The answer with JSON that is not what the contract says; what is not JSON becomes `{}`. */
export async function misshapen(
  answer: Response,
  { shape = 'wrong-type' }: EffectOf<'wrong-shape'>,
  random: SeededRandom,
): Promise<Response> {
  let value: unknown;
  try {
    value = parseJson(await answer.text());
  } catch {
    return withBody(answer, '{}');
  }
  return withBody(answer, stringifyJson(reshaped(value, shape, random)));
}
