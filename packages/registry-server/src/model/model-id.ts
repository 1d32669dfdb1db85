import { problem, type ServiceContext } from '@llm-memory-graph/service';

// eslint-disable-next-line no-control-regex -- control characters are exactly what is refused
const unsafe = /[\u0000-\u001f\u007f\\]|\p{Surrogate}|^\s|\s$/u;

/**
 * The model id in the path. It may hold slashes (`meta-llama/Llama-3`), encoded or not, because clients that do not
 * percent-encode exist.
 *
 * @throws 400
 */
export function modelIdOf(c: ServiceContext): string {
  const id = c.req.param('id') ?? '';
  const climbs = id.split('/').some((part) => part === '' || part === '.' || part === '..');
  if (id.length <= 256 && !climbs && !unsafe.test(id)) return id;
  throw problem(
    400,
    'bad-path',
    'a model id has 1 to 256 characters, no control characters and no empty or dot segment',
  );
}
