/** The path of a request target as it came over the wire, without its query. */
export function pathOfTarget(target: string): string {
  return target.replace(/^[a-z]+:\/\/[^/?#]*/i, '').split('?', 1)[0] || '/';
}
