import { parseJson, type Contract } from '@llm-memory-graph/contracts';
import { bodyBytes } from './body-bytes.ts';
import type { ServiceContext } from './env.ts';
import { nestsDeeperThan } from './json-depth.ts';
import type { ResolvedLimits } from './limits.ts';
import { problem } from './problem-error.ts';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const jsonType = /^application\/(?:json|[\w.!#$&^+-]+\+json)\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

function checkContentType(type: string | undefined): void {
  // A sender that names no type is taken to mean JSON: RFC 9110, section 8.3 lets the recipient assume one.
  if (type === undefined || jsonType.test(type.trim())) return;
  throw problem(415, 'unsupported-media-type', 'the body must be application/json in UTF-8');
}

function decodeText(bytes: Uint8Array): string {
  let text: string;
  try {
    text = strictUtf8.decode(bytes);
  } catch {
    throw problem(400, 'malformed-json', 'the body is not valid UTF-8');
  }
  if (text.charCodeAt(0) === 0xfeff) throw problem(400, 'malformed-json', 'the body starts with a byte order mark');
  return text;
}

/** A JSON body: its text for what must be kept digit for digit, and its value. */
export interface JsonBody {
  readonly text: string;
  /** As `parseJson` reads it: integers beyond 2^53 - 1 are `bigint`. */
  readonly value: unknown;
}

/** Reads a bounded JSON body. @throws 400, 413, 415 */
export async function readJsonBody(c: ServiceContext, limits: ResolvedLimits): Promise<JsonBody> {
  checkContentType(c.req.header('content-type'));
  const text = decodeText(await bodyBytes(c, limits.maxBodyBytes));
  if (nestsDeeperThan(text, limits.maxJsonDepth))
    throw problem(400, 'malformed-json', `the body nests deeper than ${String(limits.maxJsonDepth)} levels`);
  try {
    return { text, value: parseJson(text) };
  } catch {
    throw problem(400, 'malformed-json', 'the body is not JSON');
  }
}

/** Reads a JSON body by its contract. @throws 400 with one entry per wrong field, 413, 415 */
export async function readJson<Out>(
  c: ServiceContext,
  limits: ResolvedLimits,
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- only the output type matters here
  contract: Contract<Out, any>,
): Promise<Out> {
  return contract.decode((await readJsonBody(c, limits)).value);
}
