import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

// Beside `src` and `dist` alike.
const fileText = (name: string): string => readFileSync(new URL(`../console/${name}`, import.meta.url), 'utf8');

/** In the order in which they need each other. */
const modules = ['dom', 'format', 'api', 'chart', 'panels', 'faults', 'journal', 'main'];

/** All modules as one: a page without external assets cannot import. */
function scriptText(): string {
  const texts = modules.map((name) => fileText(`${name}.js`));
  return texts.map((text) => text.replace(/^import [^;]*;$/gm, '').replace(/^export /gm, '')).join('\n');
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

interface Page {
  readonly html: string;
  readonly policy: string;
}

function build(): Page {
  const style = fileText('style.css');
  const script = scriptText();
  const html = fileText('page.html')
    .replace(/<style>[^]*?<\/style>/, () => `<style>${style}</style>`)
    .replace(/<script>[^]*?<\/script>/, () => `<script type="module">${script}</script>`);
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
  return { html, policy };
}

let built: Page | undefined;

/** The console: one page that holds no data of its own and runs nothing but itself. */
export function consolePage(): Response {
  built ??= build();
  return new Response(built.html, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': built.policy,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    },
  });
}
