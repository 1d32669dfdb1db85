import { stringifyJson } from './lossless.ts';

/**
 * Raw slices of JSON text. A vault must give `data` back as it came: `1.0`, `-0.0` and integers beyond 2^53 do not
 * survive parse and stringify, so values are cut out of the text and spliced into the answer.
 *
 * Both functions expect text that `JSON.parse` accepts.
 */

const space = /[ \t\n\r]*/y;

function skipSpace(text: string, from: number): number {
  space.lastIndex = from;
  space.test(text);
  return space.lastIndex;
}

/** Index just behind the string that starts at `from`. */
function endOfString(text: string, from: number): number {
  for (let at = from + 1; ; at++) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return text.length;
    let slashes = 0;
    while (text[quote - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return quote + 1;
    at = quote;
  }
}

const structural = /["{}[\]]/g;
const scalarEnd = /[,}\]\s]|$/g;

/** Index just behind the value that starts at `from`. */
function endOfValue(text: string, from: number): number {
  const first = text[from];
  if (first === '"') return endOfString(text, from);
  if (first !== '{' && first !== '[') {
    scalarEnd.lastIndex = from;
    return scalarEnd.exec(text)?.index ?? text.length;
  }
  let depth = 0;
  for (let at = from; ;) {
    structural.lastIndex = at;
    const hit = structural.exec(text);
    if (hit === null) return text.length;
    if (hit[0] === '"') {
      at = endOfString(text, hit.index);
      continue;
    }
    depth += hit[0] === '{' || hit[0] === '[' ? 1 : -1;
    at = hit.index + 1;
    if (depth === 0) return at;
  }
}

/** The raw text of each member of a JSON object; the last of duplicate keys wins, as in `JSON.parse`. */
export function rawMembers(text: string): Map<string, string> {
  const members = new Map<string, string>();
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (text[at] === '"') {
    const keyEnd = endOfString(text, at);
    const key = JSON.parse(text.slice(at, keyEnd)) as string;
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = endOfValue(text, start);
    members.set(key, text.slice(start, end));
    at = skipSpace(text, skipSpace(text, end) + 1);
  }
  return members;
}

/** The raw text of each element of a JSON array. */
export function rawElements(text: string): string[] {
  const elements: string[] = [];
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (at < text.length && text[at] !== ']') {
    const end = endOfValue(text, at);
    elements.push(text.slice(at, end));
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return elements;
}

/** `object` as JSON text with one more member whose value is given as raw JSON text. */
export function withRawMembers(
  object: Readonly<Record<string, unknown>>,
  raw: Readonly<Record<string, string>>,
): string {
  const parts = Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${JSON.stringify(key)}:${stringifyJson(value)}`);
  for (const [key, text] of Object.entries(raw)) parts.push(`${JSON.stringify(key)}:${text}`);
  return `{${parts.join(',')}}`;
}
