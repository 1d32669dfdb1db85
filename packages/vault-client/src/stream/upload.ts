import { archiveReceipt, stringifyJson, type ArchiveReceipt } from '@llm-memory-graph/contracts';
import {
  HttpError,
  isIntegrationError,
  json,
  type CallOptions,
  type HttpAnswer,
  type HttpClient,
  type HttpRequest,
} from '@llm-memory-graph/http';

const path = '/api/v1/archive';
const receiptIn = json(archiveReceipt);
const raw = (answer: HttpAnswer): HttpAnswer => answer;
const whole = (answer: HttpAnswer): boolean => answer.headers.get('upload-complete') === '?1';

// A vault that says again and again that it got nothing must not be asked for ever.
const maxFruitless = 3;

/** Where an upload is: at an offset, or archived. */
export type UploadState = { readonly offset: number } | { readonly receipt: ArchiveReceipt };

/**
 * One upload to the vault in the shape of draft-ietf-httpbis-resumable-upload. Each request is retried by the client;
 * where that is not enough, the vault is asked how far it got.
 */
export class ArchiveUpload {
  readonly #http: HttpClient;
  readonly #options: CallOptions;
  readonly #begin: HttpRequest;
  readonly #key: string;
  #location = '';

  /** @param key names the upload: the same key is the same upload, in every process */
  constructor(http: HttpClient, fields: Readonly<Record<string, unknown>>, key: string, options: CallOptions) {
    this.#http = http;
    this.#options = options;
    this.#key = key;
    const headers = { 'upload-complete': '?0', 'archive-entry': `:${base64(stringifyJson(fields))}:` };
    this.#begin = { method: 'POST', path, headers };
  }

  /** Opens the upload, or finds it again. */
  async open(): Promise<UploadState> {
    const { answer } = await this.#http.call(this.#begin, raw, { ...this.#options, idempotencyKey: this.#key });
    if (whole(answer)) return { receipt: receiptIn(answer) };
    this.#location = locationOf(answer);
    return { offset: offsetOf(answer) };
  }

  /**
   * Sends `bytes` at `offset`; `digest` with the last ones.
   *
   * @returns how far the vault got, which may be less than all of `bytes`
   */
  async send(offset: number, bytes: Uint8Array<ArrayBuffer>, digest: string | undefined): Promise<UploadState> {
    const request: HttpRequest = {
      method: 'PATCH',
      path: this.#location,
      body: bytes,
      contentType: 'application/partial-upload',
      headers: {
        'upload-offset': String(offset),
        'upload-complete': digest === undefined ? '?0' : '?1',
        ...(digest !== undefined && { 'repr-digest': reprDigest(digest) }),
      },
    };
    for (let fruitless = 1; ; fruitless++) {
      try {
        // The key lets the client repeat the request: a repeat of what arrived finds another offset and changes nothing.
        const options = { ...this.#options, idempotencyKey: `${this.#key}:${String(offset)}` };
        const { answer } = await this.#http.call(request, raw, options);
        return whole(answer) ? { receipt: receiptIn(answer) } : { offset: offsetOf(answer) };
      } catch (error) {
        if (!mayHaveArrived(error)) throw error;
        const state = await this.#state();
        if ('receipt' in state || state.offset > offset) return state;
        if (state.offset < offset || fruitless === maxFruitless) throw error;
      }
    }
  }

  async #state(): Promise<UploadState> {
    const { answer } = await this.#http.call({ method: 'HEAD', path: this.#location }, raw, this.#options);
    return whole(answer) ? this.open() : { offset: offsetOf(answer) };
  }

  /** Gives the upload up. */
  async cancel(): Promise<void> {
    if (this.#location !== '') await this.#http.call({ method: 'DELETE', path: this.#location }, raw, {});
  }
}

/** A lost answer, an offset that moved, an upload that is complete already. */
function mayHaveArrived(error: unknown): boolean {
  if (!isIntegrationError(error)) return false;
  const { type = '' } = error.problem ?? {};
  return (
    error.retryable ||
    type.endsWith('mismatching-upload-offset') ||
    type.endsWith('completed-upload') ||
    type.endsWith('upload-taken-over')
  );
}

/** Only a path below this vault's uploads is followed: the key goes nowhere else. */
function locationOf(answer: HttpAnswer): string {
  const location = answer.headers.get('location') ?? '';
  if (/^\/api\/v1\/uploads\/[\w-]+$/.test(location)) return location;
  throw new HttpError('the vault did not say where the upload is; it may not know resumable uploads', {
    method: 'POST',
    path,
    status: answer.status,
  });
}

function offsetOf(answer: HttpAnswer): number {
  const offset = answer.headers.get('upload-offset') ?? '';
  if (/^\d{1,15}$/.test(offset)) return Number(offset);
  throw new HttpError('the vault did not say how much of the upload it has', { path, status: answer.status });
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** `sha256:<hex>` as RFC 9530 writes it. */
function reprDigest(digest: string): string {
  const bytes = (digest.slice('sha256:'.length).match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
  return `sha-256=:${btoa(String.fromCharCode(...bytes))}:`;
}
