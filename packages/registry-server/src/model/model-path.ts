import { problem, type ServiceContext } from '@llm-memory-graph/service';

// eslint-disable-next-line no-control-regex -- control characters are exactly what is refused
const unsafe = /[\u0000-\u001f\u007f\\]|\p{Surrogate}|^\s|\s$/u;

/** What a path below `/api/v1/models/` means. */
export interface ModelPath {
  readonly id: string;
  /** Whether it is the model's usage, not the model. */
  readonly usage: boolean;
}

/**
 * Reads a path below `/api/v1/models/`. A model id may hold slashes (`meta-llama/Llama-3`), encoded or not, because
 * clients that do not percent-encode exist; a last segment `usage` that is not encoded is the model's usage.
 *
 * @throws 400
 */
export function modelPath(c: ServiceContext): ModelPath {
  const rest = c.req.param('rest') ?? '';
  // `path` keeps encoded slashes, `param` does not.
  const usage = rest !== 'usage' && c.req.path.endsWith('/usage');
  const id = usage ? rest.slice(0, -'/usage'.length) : rest;
  const climbs = id.split('/').some((part) => part === '' || part === '.' || part === '..');
  if (id.length <= 256 && !climbs && !unsafe.test(id)) return { id, usage };
  throw problem(400, 'bad-path', 'a model id has 1 to 256 characters, no control character, no empty or dot segment');
}
