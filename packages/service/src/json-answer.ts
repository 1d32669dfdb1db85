import { stringifyJson, type Contract } from '@llm-memory-graph/contracts';

/** Status and headers of an answer. */
export interface AnswerInit {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer of ready JSON text: one bare value, no envelope. */
export function jsonTextAnswer(text: string, init: AnswerInit = {}): Response {
  return new Response(text, {
    status: init.status ?? 200,
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
      ...init.headers,
    },
  });
}

/** An answer by its contract. What does not fit is our own fault, so it is a plain error (500), not a 400. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- only the output type matters here
export function jsonAnswer<Out>(contract: Contract<Out, any>, value: Out, init?: AnswerInit): Response {
  let wire: unknown;
  try {
    wire = contract.encode(value);
  } catch (cause) {
    throw new Error(`cannot answer with this ${contract.name}`, { cause });
  }
  return jsonTextAnswer(stringifyJson(wire), init);
}

/** 204. */
export function emptyAnswer(headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status: 204, headers });
}
