import type { SessionStatus } from '@llm-memory-graph/contracts';

/** Which page of a list. `cursor` wins over `page`. */
export interface PageRequest {
  /** From 1. */
  readonly page?: number;
  /** 1 to 1,000; the service's own default otherwise. */
  readonly pageSize?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

/** Narrows a list of sessions; all conditions must hold. */
export interface SessionFilter {
  readonly status?: SessionStatus;
  readonly modelId?: string;
  readonly tag?: string;
  /** Exclusive. */
  readonly startedBefore?: Date;
  /** Exclusive. */
  readonly startedAfter?: Date;
}

/** When calls were made whose usage is added up. */
export interface UsagePeriod {
  /** Inclusive. */
  readonly from?: Date;
  /** Exclusive. */
  readonly to?: Date;
}

/** Narrows the usage of models. */
export interface UsageFilter extends UsagePeriod {
  readonly sessionId?: string;
}

type Query = Record<string, string | number | undefined>;

export function pageQuery({ page, pageSize, cursor }: PageRequest): Query {
  return { page: cursor === undefined ? page : undefined, page_size: pageSize, cursor };
}

export function sessionQuery(filter: SessionFilter): Query {
  return {
    status: filter.status,
    model_id: filter.modelId,
    tag: filter.tag,
    started_before: filter.startedBefore?.toISOString(),
    started_after: filter.startedAfter?.toISOString(),
  };
}

export function usageQuery({ from, to, sessionId }: UsageFilter): Query {
  return { from: from?.toISOString(), to: to?.toISOString(), session_id: sessionId };
}
