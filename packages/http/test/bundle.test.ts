import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { browserBundle, gzipped } from './browser-bundle.ts';

// docs/benchmarks.md says what the parts weigh; zod and ofetch alone are half of it.
const client = `export { HttpClient, json, nothing } from './src/index.ts';`;

describe('bundle', () => {
  it('is at most 30 KB with everything in it, minified and compressed', async () => {
    expect(gzipped(await browserBundle(client))).toBeLessThanOrEqual(30 * 1024);
  });

  it('is at most 8 KB of its own', async () => {
    const external = ['zod', 'zod/*', 'ofetch', '@llm-memory-graph/resilience', '@llm-memory-graph/contracts'];
    expect(gzipped(await browserBundle(client, { external }))).toBeLessThanOrEqual(8 * 1024);
  });

  it('has no import of Node outside ./node', async () => {
    expect(await browserBundle(`export * from './src/index.ts';`)).not.toMatch(/["']node:/);
    await expect(browserBundle(`export * from './src/node/index.ts';`)).rejects.toThrow(/node:|"?(net|tls|util)"?/);
  });

  it('works where there is nothing but the web', async () => {
    const code = await browserBundle(`export * from './src/index.ts';`, { format: 'iife' });
    const web = { URL, URLSearchParams, Headers, Response, AbortController, TextDecoder, TextEncoder, DOMException };
    const timers = new Map<number, NodeJS.Timeout>();
    const page = {
      ...web,
      crypto,
      performance: { now: () => performance.now() },
      setTimeout: (task: () => void, ms: number) => {
        timers.set(timers.size + 1, setTimeout(task, ms));
        return timers.size;
      },
      clearTimeout: (id: number) => clearTimeout(timers.get(id)),
      fetch: (url: string) =>
        Promise.resolve(url.endsWith('/lost') ? Response.json({ title: 'no' }, { status: 404 }) : new Response('"ok"')),
    };
    const program = `${code};
      (async () => {
        const { HttpClient, textOf, isIntegrationError } = bundled;
        const http = new HttpClient({ baseUrl: 'https://example.com' });
        const log = [typeof process, typeof Buffer];
        log.push((await http.call({ method: 'GET', path: '/x' }, textOf, { timeoutMs: 1000 })).value);
        log.push(await http.call({ method: 'GET', path: '/lost' }, textOf).catch((e) => isIntegrationError(e) && e.status));
        return log.join();
      })()`;
    expect(await (runInNewContext(program, page) as Promise<string>)).toBe('undefined,undefined,"ok",404');
  });
});
