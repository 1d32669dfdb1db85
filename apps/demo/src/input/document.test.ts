import { describe, expect, it } from 'vitest';
import { conversationOf } from './conversation.ts';
import { documentOf, sessionIdOf } from './document.ts';

const writtenAt = new Date('2026-01-01T00:00:00Z');

function found(value: unknown) {
  const conversation = conversationOf(value);
  if (!('messages' in conversation)) throw new Error(conversation.message);
  return { ...conversation, file: 'my file', writtenAt };
}

const call = { id: 'c1', type: 'function', function: { name: 'lookup', arguments: '{"a": 1.0}' } };

describe('documentOf', () => {
  it('makes prompts, responses and tool invocations with their ties', () => {
    const document = documentOf(
      found([
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Look it up' },
        { role: 'assistant', content: null, tool_calls: [call], refusal: 'kept' },
        { role: 'tool', tool_call_id: 'c1', name: 'lookup', content: '42' },
        { role: 'assistant', content: 'It is 42.' },
      ]),
    );
    expect(document.prompts.map((p) => [p.role, p.sequence])).toEqual([
      ['system', 0],
      ['user', 1],
    ]);
    expect(document.responses.map((r) => [r.content, r.sequence, r.finishReason])).toEqual([
      [null, 2, 'tool_calls'],
      ['It is 42.', 4, 'stop'],
    ]);
    expect(document.responses[0]?.metadata).toEqual({ refusal: 'kept' });
    expect(document.toolInvocations).toMatchObject([
      { toolName: 'lookup', parameters: '{"a": 1.0}', result: '42', toolCallId: 'c1' },
    ]);
    expect(document.edges.map((edge) => edge.type)).toEqual([
      'part_of',
      'part_of',
      'follows',
      'responds_to',
      'follows',
      'invokes',
      'responds_to',
      'follows',
    ]);
  });

  it('takes token counts from the data and marks estimates', () => {
    const usage = { prompt_tokens: 7, completion_tokens: 3 };
    const document = documentOf(
      found([
        { role: 'user', content: '12345678' },
        { role: 'assistant', content: '1234', usage },
        { role: 'assistant', content: '12345' },
      ]),
    );
    expect(document.responses.map((response) => response.usage)).toEqual([
      { promptTokens: 7, completionTokens: 3, totalTokens: 10, estimated: false },
      { promptTokens: 5, completionTokens: 2, totalTokens: 7, estimated: true },
    ]);
  });

  it('reads request logs with their completion', () => {
    const document = documentOf(
      found({
        model: 'gpt-4o-mini',
        created: 1_700_000_000,
        messages: [{ role: 'user', content: 'hi' }],
        choices: [{ message: { role: 'assistant', content: 'hello' } }],
        usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
        user: 'u1',
      }),
    );
    expect(document.session).toMatchObject({
      modelId: 'gpt-4o-mini',
      createdAt: new Date(1_700_000_000_000),
      metadata: { user: 'u1' },
    });
    expect(document.responses).toMatchObject([{ content: 'hello', usage: { totalTokens: 3, estimated: false } }]);
  });

  it('keeps all that a trajectory says besides its messages', () => {
    const document = documentOf(
      found({ task_id: 3, trial: 1, reward: 0.5, info: { a: [1] }, traj: [{ role: 'user', content: 'x' }] }),
    );
    expect(document.session.metadata).toEqual({ task_id: 3, trial: 1, reward: 0.5, info: { a: [1] } });
    expect(document.session.tags).toEqual(['tau-bench']);
  });

  it('keeps a tool result that nobody asked for', () => {
    const late = documentOf(
      found([
        { role: 'assistant', content: 'x' },
        { role: 'tool', content: 'y', name: 'f' },
      ]),
    );
    expect(late.toolInvocations).toMatchObject([{ toolName: 'f', result: 'y' }]);
    const first = documentOf(found([{ role: 'tool', tool_call_id: 'c', content: 'y' }]));
    expect(first.prompts).toMatchObject([{ content: 'y', metadata: { tool_call_id: 'c' } }]);
  });

  it('gives the same session the same id and another one another', () => {
    const one = found([{ role: 'user', content: 'a' }]);
    expect(sessionIdOf(one)).toBe(sessionIdOf({ ...one, writtenAt: new Date() }));
    expect(sessionIdOf(one)).not.toBe(sessionIdOf(found([{ role: 'user', content: 'b' }])));
    expect(sessionIdOf(one)).toMatch(/^my-file-[0-9a-f]{16}$/);
  });
});
