import { describe, expect, it } from 'vitest';
import {
  archiveEntry,
  archiveReceipt,
  batchResult,
  decodeSealedFrames,
  decodeSessionDocument,
  encodeSealedFrames,
  encodeSessionDocument,
  isResourceId,
  modelMetadata,
  parseJson,
  pathOf,
  registryEndpoints,
  retentionDaysOf,
  retentionPolicy,
  sealedEntry,
  sessionDocument,
  sessionInfo,
  sessionRegistration,
  stringifyJson,
  usageReport,
  usageStats,
  vaultEndpoints,
} from '../src/index.ts';

describe('registry types', () => {
  it('SessionRegistration fills the defaults of the seed and goes out as the existing client sends it', () => {
    const startedAt = new Date('2026-01-02T03:04:05.678Z');
    expect(
      sessionRegistration.encode(sessionRegistration.parse({ sessionId: 's', modelId: 'gpt-4', startedAt })),
    ).toEqual({
      session_id: 's',
      model_id: 'gpt-4',
      model_version: '',
      started_at: '2026-01-02T03:04:05.678Z',
      metadata: {},
      tags: [],
    });
  });

  it('SessionInfo reads the least a service may answer', () => {
    const wire = {
      session_id: 's',
      model_id: 'm',
      started_at: '2026-01-01T00:00:00Z',
      status: 'active',
      prompt_count: 0,
      total_tokens: 0,
    };
    expect(sessionInfo.decode(wire)).toMatchObject({ endedAt: null, metadata: {}, status: 'active' });
    expect(() => sessionInfo.decode({ ...wire, status: 'Active' })).toThrow('/status');
  });

  it('token counts: integers in [0, 2^63 - 1], never fractions, strings or negatives', () => {
    const wire = {
      session_id: 's',
      prompt_tokens: 1,
      completion_tokens: 2,
      total_tokens: 3,
      timestamp: '2026-01-01T00:00:00Z',
    };
    expect(usageReport.decode(wire)).toMatchObject({ modelId: '', latencyMs: null, totalTokens: 3 });
    const large = parseJson(
      '{"session_id":"s","prompt_tokens":9223372036854775807,"completion_tokens":0,"total_tokens":9223372036854775807}',
    );
    expect(stringifyJson(usageReport.encode(usageReport.decode(large)))).toContain(
      '"total_tokens":9223372036854775807',
    );
    for (const bad of [1.5, '3', -1, null, 2 ** 60])
      expect(() => usageReport.decode({ ...wire, total_tokens: bad })).toThrow('/total_tokens');
    expect(() =>
      usageReport.decode(
        parseJson('{"session_id":"s","prompt_tokens":0,"completion_tokens":0,"total_tokens":9223372036854775808}'),
      ),
    ).toThrow('/total_tokens');
  });

  it('ModelMetadata requires a temperature', () => {
    const model = { modelId: 'm', version: '1', provider: 'p', createdAt: new Date(0) };
    expect(modelMetadata.parse({ ...model, parameters: { temperature: 1 } }).parameters.stopSequences).toEqual([]);
    expect(() => modelMetadata.parse({ ...model, parameters: {} as never })).toThrow('/parameters/temperature');
  });

  it('UsageStats carries every required field when nothing was used', () => {
    const none = {
      id: 's',
      totalPrompts: 0,
      totalResponses: 0,
      totalPromptTokens: 0,
      totalCompletionTokens: 0,
      totalTokens: 0,
    };
    expect(
      usageStats.encode(usageStats.parse({ ...none, avgLatencyMs: 0, from: new Date(0), to: new Date(0) })),
    ).toMatchObject({
      avg_latency_ms: 0,
      custom_metrics: {},
    });
  });
});

describe('vault types', () => {
  it('ArchiveEntry takes any JSON value as data, null too', () => {
    for (const data of [null, 1, 'x', [], {}])
      expect(
        archiveEntry.encode(archiveEntry.parse({ id: 'a', sessionId: 's', retentionDays: 1, data })),
      ).toMatchObject({ data });
  });

  it('presets are those of the seed', () => {
    expect(retentionDaysOf).toEqual({ standard: 365, hipaa: 2555, gdpr: 2555, pci: 1095, soc2: 2555 });
    expect(retentionPolicy.parse({ policyId: 'p', name: 'n', retentionDays: 1 })).toMatchObject({
      autoDelete: false,
      complianceLevel: 'standard',
    });
    expect(() => retentionPolicy.parse({ policyId: 'p', name: 'n', retentionDays: 0 })).toThrow('/retentionDays');
  });

  it('reads receipts and batch results of services that only know the seed', () => {
    const receipt = { archive_id: 'a', session_id: 's', status: 'archived', archived_at: '2026-01-01T00:00:00Z' };
    expect(archiveReceipt.decode(receipt)).toMatchObject({ archiveId: 'a' });
    expect(batchResult.decode({ archived: ['a'], total: 1, success_count: 1 })).toMatchObject({ failed: [] });
    expect(
      batchResult.decode({ archived: ['a'], total: 1, success_count: 1, receipts: [receipt] }).receipts?.[0]
        ?.archivedAt,
    ).toEqual(new Date('2026-01-01T00:00:00Z'));
  });
});

describe('ids and paths', () => {
  it('percent-encodes ids into paths', () => {
    expect(pathOf(registryEndpoints.getModelMetadata, 'meta/llama 3')).toBe('/api/v1/models/meta%2Fllama%203');
    expect(pathOf(vaultEndpoints.archiveSession)).toBe('/api/v1/archive');
  });

  it('only ids that survive a client without percent-encoding are resource ids', () => {
    for (const id of ['a', 'a.b', '…', 'user@x:1', '名']) expect(isResourceId(id), id).toBe(true);
    for (const id of ['', '.', '..', 'a/b', 'a\\b', 'a?b', 'a#b', '%2e', ' a', 'a ', 'a\nb', '\ud800', 'x'.repeat(257)])
      expect(isResourceId(id), JSON.stringify(id)).toBe(false);
  });
});

describe('sealed frames', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const frame = (id: string, size: number) => ({
    entry: sealedEntry.parse({ id, sessionId: 's', retentionDays: 1, digest, archivedAt: new Date(0) }),
    content: new Uint8Array(size).fill(7),
  });

  it('round-trips, zero frames and empty contents too', () => {
    const frames = [frame('a', 0), frame('b', 1000)];
    expect(decodeSealedFrames(encodeSealedFrames(frames))).toEqual(frames);
    expect(decodeSealedFrames(encodeSealedFrames([]))).toEqual([]);
  });

  it('names the frame that is cut short, at every length', () => {
    const first = encodeSealedFrames([frame('a', 3)]).length;
    const bytes = encodeSealedFrames([frame('a', 3), frame('b', 3)]);
    for (let length = 1; length < bytes.length; length++) {
      if (length === first) continue;
      expect(() => decodeSealedFrames(bytes.subarray(0, length))).toThrow(
        length < first ? '/0: cut short' : '/1: cut short',
      );
    }
  });
});

describe('session document', () => {
  it('round-trips byte for byte', () => {
    const at = new Date('2026-01-01T00:00:00Z');
    const document = sessionDocument.parse({
      format: 'llm-memory-graph/session',
      formatVersion: 1,
      session: {
        id: 's',
        modelId: 'gpt-4',
        status: 'completed',
        createdAt: at,
        updatedAt: at,
        version: 1,
        metadata: { aB: 1 },
      },
      prompts: [{ id: 'p', sequence: 0, timestamp: at, role: 'user', content: 'hi' }],
      responses: [
        {
          id: 'r',
          sequence: 1,
          timestamp: at,
          promptId: 'p',
          content: null,
          usage: { promptTokens: 1, completionTokens: 1, totalTokens: 2 },
        },
      ],
      toolInvocations: [
        { id: 't', sequence: 2, timestamp: at, responseId: 'r', toolName: 'f', parameters: '{"a": 1.0}', result: null },
      ],
      edges: [{ from: 'r', to: 'p', type: 'responds_to', createdAt: at }],
    });
    const bytes = encodeSessionDocument(document);
    expect(decodeSessionDocument(bytes)).toEqual(document);
    expect(encodeSessionDocument(decodeSessionDocument(bytes))).toEqual(bytes);
    expect(new TextDecoder().decode(bytes)).toContain('"tool_invocations":[{"id":"t"');
  });
});
