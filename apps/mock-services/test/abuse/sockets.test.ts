import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const idle = Number(process.env['ABUSE_CONNECTIONS'] ?? 400);
const slow = Math.ceil(idle / 20);
/** Node raises its own limit to the hard one when it starts. */
const openFiles =
  Number(spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout) || Number.POSITIVE_INFINITY;

let child: ChildProcess;
let urls: { readonly registry: string; readonly vault: string };

beforeAll(async () => {
  const execArgv = ['--conditions=@llm-memory-graph/source'];
  child = fork(new URL('service-process.ts', import.meta.url), { execArgv, execPath: process.execPath });
  [urls] = (await once(child, 'message')) as [typeof urls];
}, 120_000);
afterAll(() => child.disconnect());

async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Sends bytes and gives back what came until the other side closed. */
async function exchange(url: string, ...parts: readonly (string | Uint8Array)[]): Promise<string> {
  const socket = await open(url);
  let answer = '';
  socket.on('data', (bytes: Buffer) => (answer += bytes.toString('latin1')));
  // `once` would reject with the reset that a refusal may end in.
  const closed = new Promise((resolve) => socket.once('close', resolve));
  for (const part of parts) socket.write(part);
  await closed;
  return answer;
}

const healthy = async (): Promise<void> => {
  for (const url of [urls.registry, urls.vault]) {
    const answer = await fetch(`${url}/health`, { headers: { connection: 'close' } });
    expect([answer.status, await answer.text()]).toEqual([200, '{"status":"ok"}']);
  }
};

const head = (line: string, ...more: string[]): string =>
  `${[line, 'Host: service', 'Connection: close', 'Authorization: Bearer key', ...more].join('\r\n')}\r\n\r\n`;
const json = 'Content-Type: application/json';
/** A request that hides behind the end of another. */
const hidden = head('GET /openapi.json HTTP/1.1');

const attacks: readonly [string, ...(string | Uint8Array)[]][] = [
  [
    'both lengths',
    head('POST /api/v1/usage HTTP/1.1', json, 'Content-Length: 4', 'Transfer-Encoding: chunked'),
    `0\r\n\r\n${hidden}`,
  ],
  ['two lengths', head('POST /api/v1/usage HTTP/1.1', json, 'Content-Length: 2', 'Content-Length: 40'), `{}${hidden}`],
  ['a signed length', head('POST /api/v1/usage HTTP/1.1', json, 'Content-Length: +2'), '{}'],
  ['an odd coding', head('POST /api/v1/usage HTTP/1.1', json, 'Transfer-Encoding: xchunked'), `0\r\n\r\n${hidden}`],
  [
    'a chunk of a huge size',
    head('POST /api/v1/usage HTTP/1.1', json, 'Transfer-Encoding: chunked'),
    'ffffffffffffffffff\r\n{}',
  ],
  ['a bare line feed', 'GET /health HTTP/1.1\nHost: service\nConnection: close\n\n'],
  ['a space before the colon', head('GET /health HTTP/1.1', 'Content-Length : 10')],
  ['a folded header', head('GET /health HTTP/1.1', 'X-A: 1\r\n 2')],
  ['a megabyte of headers', head('GET /health HTTP/1.1', `X-A: ${'a'.repeat(2 ** 20)}`)],
  [
    'ten thousand headers',
    head('GET /health HTTP/1.1', ...Array.from({ length: 10_000 }, (_, i) => `X-${String(i)}: 1`)),
  ],
  ['a target of a megabyte', head(`GET /${'a'.repeat(2 ** 20)} HTTP/1.1`)],
  [
    'a target with bytes',
    Buffer.from([0x47, 0x45, 0x54, 0x20, 0x2f, 0x00, 0xff, 0xfe, 0x20]),
    'HTTP/1.1\r\nHost: a\r\n\r\n',
  ],
  ['an absolute target', head('GET http://other.example/api/v1/sessions HTTP/1.1')],
  ['a target that climbs', head('GET /health/../api/v1/sessions HTTP/1.1')],
  ['an asterisk', head('OPTIONS * HTTP/1.1')],
  ['a tunnel', head('CONNECT service:80 HTTP/1.1')],
  ['an upgrade', head('GET /health HTTP/1.1', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__')],
  ['no host', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ['an odd host', 'GET /health HTTP/1.1\r\nHost: a b/c?d@[::1\r\nConnection: close\r\n\r\n'],
  ['HTTP/0.9', 'GET /health\r\n\r\n'],
  ['HTTP/2 at once', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a TLS hello', Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0])],
  ['an unknown method', head('BREW /health HTTP/1.1')],
];

describe('bytes that are no proper request', () => {
  it.each(attacks)('%s: refused or answered once, never with a 500', async (_what, ...parts) => {
    for (const url of [urls.registry, urls.vault]) {
      const answer = await exchange(url, ...parts);
      const statuses = [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
      expect(statuses.length).toBeLessThanOrEqual(1);
      for (const status of statuses) expect(status).toBeLessThan(500);
      expect(answer).not.toContain('"openapi"');
    }
    await healthy();
  });

  it('and a body that ends early leave no trace', async () => {
    const socket = await open(urls.registry);
    socket.write(head('POST /api/v1/sessions HTTP/1.1', json, 'Content-Length: 1000'));
    socket.write('{"session_id":"never","model_id":"m"');
    socket.destroy();
    await once(socket, 'close');
    await healthy();
    const answer = await exchange(urls.registry, head('GET /api/v1/sessions/never HTTP/1.1'));
    expect(answer).toMatch(/^HTTP\/1\.1 404/);
  });
});

describe('connections that only wait', () => {
  it.skipIf(openFiles < idle + 1_000)(
    `${String(idle)} idle ones and ${String(slow)} that send a byte now and then do not keep others from being served (needs as many open files)`,
    async () => {
      const sockets: Socket[] = [];
      try {
        for (let i = 0; i < idle; i += 100)
          sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => open(urls.registry)))));
        const loris = sockets.slice(0, slow);
        for (const socket of loris)
          socket.write('POST /api/v1/usage HTTP/1.1\r\nHost: service\r\nContent-Length: 1000\r\n');
        for (let turn = 0; turn < 5; turn++) {
          for (const socket of loris) socket.write(`X-${String(turn)}: 1\r\n`);
          await healthy();
        }
        const [kept] = sockets.slice(-1);
        if (!kept) throw new Error('there is no idle connection');
        const answered = once(kept, 'data') as Promise<[Buffer]>;
        kept.write(head('GET /health HTTP/1.1'));
        expect((await answered)[0].toString()).toMatch(/^HTTP\/1\.1 200/);
      } finally {
        for (const socket of sockets) socket.destroy();
      }
      await healthy();
    },
    300_000,
  );
});
