import type { Emitter } from 'mitt';

/** What a {@link MultiRegionVault} tells. Names regions and archives, never content. */
export type MultiRegionEvents = {
  /** A region did not take, or did not say that it took, what the others did; `repair` sees to it. */
  lagging: { readonly region: string; readonly archiveId: string; readonly error: unknown };
  /** An archive was brought to a region that did not have it. */
  copied: { readonly region: string; readonly archiveId: string };
  /** An archive that was deleted in one region was deleted in this one too. */
  deleted: { readonly region: string; readonly archiveId: string };
  /** A hold or a policy was brought to a region that did not know it. */
  aligned: { readonly region: string; readonly archiveId: string };
  /** A region gave bytes that are not the archive. It cannot be mended from here. */
  corrupt: { readonly region: string; readonly archiveId: string };
  /** A deletion that a hold or a lock in this region keeps from being complete. */
  blocked: { readonly region: string; readonly archiveId: string };
  /** Too many archives wait for `repair`; a full one will find this one. */
  forgotten: { readonly archiveId: string };
};

/** Tells the listeners, if any. */
export type Tell = <Type extends keyof MultiRegionEvents>(type: Type, event: MultiRegionEvents[Type]) => void;

/** A listener that throws must not change what becomes of an archive. */
export function tellBy(emitter: Emitter<MultiRegionEvents>): Tell {
  return (type, event) => {
    try {
      emitter.emit(type, event);
    } catch {
      // Whoever listens only observes.
    }
  };
}
