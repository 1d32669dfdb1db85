import { hash } from 'node:crypto';

import { rawMembers } from '@llm-memory-graph/contracts';

import { type ArchiveQuery, type ArchiveRecord } from './archive-store.ts';

type Labelled = Pick<ArchiveRecord, 'tags' | 'policyIds' | 'metadata'>;

const longestValue = 200;

/**
 * What an archive can be found by besides its fields, each as one text: its tags, its policies, and each member of its
 * metadata that is a string, a number or a boolean. Adapters keep an index of them.
 */
export function labelsOf({ tags, policyIds, metadata }: Labelled): string[] {
  const labels = [...tags.map(tagLabel), ...policyIds.map(policyLabel)];
  for (const [key, text] of rawMembers(metadata)) {
    const value = scalar(text);
    if (value !== undefined) labels.push(metadataLabel({ key, value }));
  }
  return labels;
}

/** The labels an archive must have for a query; of each inner list at least one. */
export function wantedLabels({ tag, policyIds, metadata }: ArchiveQuery): string[][] {
  return [
    ...(tag === undefined ? [] : [[tagLabel(tag)]]),
    ...(policyIds === undefined ? [] : [policyIds.map(policyLabel)]),
    ...(metadata === undefined ? [] : [[metadataLabel(metadata)]]),
  ];
}

function tagLabel(tag: string): string {
  return JSON.stringify(['tag', tag]);
}

function policyLabel(policyId: string): string {
  return JSON.stringify(['policy', policyId]);
}

/** A long value is represented by its digest, so that an index stays small. */
function metadataLabel({ key, value }: { readonly key: string; readonly value: string }): string {
  return JSON.stringify(
    value.length > longestValue ? ['metadata', key, null, hash('sha256', value, 'hex')] : ['metadata', key, value],
  );
}

/** A string as it is, a number or boolean as it was written; `undefined` for the rest. */
function scalar(text: string): string | undefined {
  if (text.startsWith('"')) return JSON.parse(text) as string;
  return /^[[{n]/.test(text) ? undefined : text;
}
