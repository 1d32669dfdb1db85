import { readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { UsageError } from '../usage-error.ts';
import { conversationOf, looksLikeMessages, type Conversation } from './conversation.ts';

/** A conversation and where it stands. */
export interface FoundConversation extends Conversation {
  /** Name of the file without folder and extension. */
  readonly file: string;
  /** When the file was last written, for conversations that do not tell their own time. */
  readonly writtenAt: Date;
}

const extensions = new Set(['.json', '.jsonl', '.ndjson']);

function reason(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return (
    { ENOENT: 'does not exist', EACCES: 'must not be read', EISDIR: 'is a folder' }[code ?? ''] ??
    `cannot be read (${code ?? 'error'})`
  );
}

/** The files behind the inputs, sorted within a folder. @throws {UsageError} naming the file or folder */
export function filesOf(inputs: readonly string[]): string[] {
  return inputs.flatMap((input) => {
    try {
      if (!statSync(input).isDirectory()) return [input];
      const files = readdirSync(input, { recursive: true, encoding: 'utf8' })
        .filter((name) => extensions.has(extname(name)))
        .sort()
        .map((name) => join(input, name));
      if (files.length > 0) return files;
    } catch (error) {
      throw new UsageError(`--input ${input} ${reason(error)}`);
    }
    throw new UsageError(`--input ${input} holds no .json, .jsonl or .ndjson file`);
  });
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

function read(path: string): { text: string; writtenAt: Date } {
  try {
    return { text: strictUtf8.decode(readFileSync(path)), writtenAt: statSync(path).mtime };
  } catch (error) {
    throw new UsageError(`--input ${path} ${error instanceof TypeError ? 'is not UTF-8 text' : reason(error)}`);
  }
}

function parse(path: string, text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`--input ${path}${where} is not JSON`);
  }
}

/** Values of a file: the elements of an array, the lines of a .jsonl file, or the one value that it is. */
function valuesOf(path: string, text: string): { readonly value: unknown; readonly where: string }[] {
  if (extname(path) !== '.json') {
    return text
      .split('\n')
      .map((line, i) => ({ line, where: `: line ${String(i + 1)}` }))
      .filter(({ line }) => line.trim() !== '')
      .map(({ line, where }) => ({ value: parse(path, line, where), where }));
  }
  const value = parse(path, text, '');
  if (Array.isArray(value) && !looksLikeMessages(value))
    return value.map((item: unknown, i) => ({ value: item, where: `: [${String(i)}]` }));
  return [{ value, where: '' }];
}

/** Every conversation of one file. @throws {UsageError} naming file, place and problem */
export function conversationsOf(path: string): FoundConversation[] {
  const { text, writtenAt } = read(path);
  const values = valuesOf(path, text);
  if (values.length === 0) throw new UsageError(`--input ${path} holds no session`);
  return values.map(({ value, where }) => {
    const found = conversationOf(value);
    if ('messages' in found) return { ...found, file: basename(path, extname(path)), writtenAt };
    const at = found.path.map((step) => (typeof step === 'number' ? `[${String(step)}]` : `.${String(step)}`)).join('');
    throw new UsageError(`--input ${path}${where}${at === '' || where ? at : `: ${at}`} ${found.message}`);
  });
}
