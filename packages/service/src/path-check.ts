import type { ServiceContext } from './env.ts';
import { problem } from './problem-error.ts';

const climbing = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i;
const malformedEscape = /%(?![0-9a-f]{2})/i;
const controlOrBackslash = /%(?:[01][0-9a-f]|7f|5c)|\\/i;

/**
 * Refuses a path that another reader may take for a different one: dot segments, encoded control characters or
 * backslashes, broken escapes. It looks at the target as it came over the wire where the server shows it, because a
 * `URL` has already resolved dot segments.
 *
 * @throws 400
 */
export function checkPath(c: ServiceContext): void {
  const incoming = (c.env as ServiceContext['env'] | undefined)?.incoming?.url;
  const target = incoming ?? c.req.url.replace(/^[a-z]+:\/\/[^/]*/i, '');
  const [path = ''] = target.split('?', 1);
  if (climbing.test(path) || malformedEscape.test(path) || controlOrBackslash.test(path)) {
    throw problem(400, 'bad-path', 'the path holds a dot segment, a control character, a backslash or a broken escape');
  }
}
