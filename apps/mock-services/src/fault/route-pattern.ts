/**
 * Reads a pattern of paths: `:name` stands for one segment, `*` at the end for all that follows.
 *
 * @example
 * matcherOf('/api/v1/sessions/:id/usage')('/api/v1/sessions/s-1/usage'); // true
 */
export function matcherOf(pattern: string): (path: string) => boolean {
  const source = pattern
    .split('/')
    .map((part, i, all) => {
      if (part === '*' && i === all.length - 1) return '.+';
      return /^:\w+$/.test(part) ? '[^/]+' : part.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
    })
    .join('/');
  const expression = new RegExp(`^${source}$`, 's');
  return (path) => expression.test(path);
}

/** Whether {@link matcherOf} understands it. */
export function isPattern(pattern: string): boolean {
  return pattern.startsWith('/') && !/[?#\s]/.test(pattern) && !pattern.slice(0, -1).includes('*');
}
