import type { ServiceContext } from './env.ts';
import { problem } from './problem-error.ts';

/** @throws 406 when the request's `Accept` rules out `mediaType` */
export function checkAccept(c: ServiceContext, mediaType: string): void {
  const accept = c.req.header('accept');
  if (accept === undefined || accept === '*/*') return;
  const family = `${mediaType.split('/', 1)[0] ?? ''}/*`;
  const wanted = accept.toLowerCase().split(',');
  const fits = wanted.some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const refused = parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
    return !refused && (type === '*/*' || type === family || type === mediaType || type === '');
  });
  if (!fits) throw problem(406, 'not-acceptable', `this resource answers as ${mediaType}`);
}
