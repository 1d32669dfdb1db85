import { isProblemError, problem, type ProblemError } from '@llm-memory-graph/service';

import { type ArchiveRecord, type InsertResult } from '../store/archive-store.ts';
import { type Vault } from '../vault.ts';
import { type Candidate } from './candidate.ts';

export type IntakeResult =
  | { readonly ok: true; readonly record: ArchiveRecord; readonly duplicate: boolean }
  | { readonly ok: false; readonly refusal: ProblemError };

/** Stores all candidates in one durable step and says for each what became of it. */
export async function takeIn(vault: Vault, candidates: readonly Candidate[]): Promise<IntakeResult[]> {
  const results = await vault.store.insert(candidates.map(({ archive }) => archive));
  return Promise.all(candidates.map(({ isSameAs }, i) => resultOf(vault, results[i] as InsertResult, isSameAs)));
}

/** What an insert means to the client. */
export async function resultOf(
  { metrics }: Vault,
  result: InsertResult,
  isSameAs: Candidate['isSameAs'],
): Promise<IntakeResult> {
  const judged = await judge(result, isSameAs);
  if (!judged.ok) metrics.refused(judged.refusal.type);
  else if (!judged.duplicate) metrics.stored(judged.record);
  return judged;
}

async function judge(result: InsertResult, isSameAs: Candidate['isSameAs']): Promise<IntakeResult> {
  if (result.outcome === 'stored') return { ok: true, record: result.record, duplicate: false };
  if (result.outcome === 'deleted') {
    const refusal = problem(410, 'archive-deleted', 'an archive with this id was deleted; its id is not used again');
    return { ok: false, refusal };
  }
  try {
    if (await isSameAs(result.record)) return { ok: true, record: result.record, duplicate: true };
  } catch (error) {
    // The held archive cannot be opened: that must not take the successes of its batch along.
    if (!isProblemError(error)) throw error;
    return { ok: false, refusal: error };
  }
  const refusal = problem(409, 'archive-conflict', 'the vault holds an archive with this id and other content');
  return { ok: false, refusal };
}
