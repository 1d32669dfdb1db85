import { stringifyJson, type Contract } from '@llm-memory-graph/contracts';

/** Status and headers of an answer. */
export interface AnswerInit {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

// Reading the text back out of a `Response` takes longer than making it, and two middlewares need it.
const texts = new WeakMap<Response, string>();

/** The text of an answer; the answer can still be sent. */
export async function textOf(answer: Response): Promise<string> {
  return texts.get(answer) ?? (await answer.clone().text());
}

/** An answer of ready JSON text: one bare value, no envelope. */
export function jsonTextAnswer(text: string, init: AnswerInit = {}): Response {
  const answer = new Response(text, {
    status: init.status ?? 200,
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
      ...init.headers,
    },
  });
  texts.set(answer, text);
  return answer;
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
  const answer = new Response(null, { status: 204, headers });
  texts.set(answer, '');
  return answer;
}
