import { getRequestListener } from '@hono/node-server';
import { createRegistryServer, memoryRegistryStore } from '@llm-memory-graph/registry-server';
import { sqliteRegistryStore } from '@llm-memory-graph/registry-server/node';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A registry in a process of its own; what is asked for is the first argument. */
const dir = mkdtempSync(join(tmpdir(), 'bench-registry-'));

function bare(): RequestListener {
  return (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      JSON.parse(Buffer.concat(parts).toString());
      response.writeHead(204);
      response.end();
    });
  };
}

function registry(durable: boolean): RequestListener {
  const store = durable ? sqliteRegistryStore({ path: join(dir, 'registry.db') }) : memoryRegistryStore();
  const { fetch } = createRegistryServer({ store, keys: [{ secret: 'bench' }] });
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false });
  return (request, response) => void listener(request, response);
}

const [, , kind] = process.argv;
const server = createServer(kind === 'bare' ? bare() : registry(kind === 'sqlite'));
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('message', () => {
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  process.send?.({ heapMb: heapUsed / 2 ** 20, rssMb: rss / 2 ** 20 });
});
process.on('disconnect', () => {
  rmSync(dir, { recursive: true, force: true });
  process.exit();
});
