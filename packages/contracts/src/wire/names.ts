/** `promptTokens` -> `prompt_tokens`. Digits stay with the word before them, as serde writes them (`sha256`). */
export function snakeCase(camel: string): string {
  return camel.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
