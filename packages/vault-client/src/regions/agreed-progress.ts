import type { Progress } from '../stream/stream-options.ts';
import type { Agreement } from './agreement.ts';
import type { Region } from './region.ts';

/** Tells how far enough regions are, from how far each of them is. It never goes back. */
export function agreedProgress(
  agreement: Agreement,
  tell: ((progress: Progress) => void) | undefined,
): (region: Region) => (progress: Progress) => void {
  const reached = new Map<Region, number>();
  let told = 0;
  return (region) =>
    ({ bytes, total }) => {
      reached.set(region, bytes);
      const holds = (least: number): boolean =>
        agreement([...reached].flatMap(([each, at]) => (at >= least ? [each] : [])));
      const agreed = Math.max(0, ...[...reached.values()].filter(holds));
      if (agreed > told) tell?.({ bytes: (told = agreed), total });
    };
}
