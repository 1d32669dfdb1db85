import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startMockServices, StartError } from '../src/index.ts';

const body = '{"session_id":"s","model_id":"gpt-4"}';

async function open(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** Starts a request and holds back the last byte of its body, so that it stays in flight. */
async function startRequest(url: string): Promise<{ socket: Socket; finish: () => Promise<string> }> {
  const socket = await open(url);
  socket.write(
    `POST /api/v1/sessions HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: ${String(body.length)}\r\n\r\n`,
  );
  // The interim answer says that the server has the request.
  await once(socket, 'data');
  socket.write(body.slice(0, -1));
  return {
    socket,
    async finish() {
      let answer = '';
      socket.on('data', (part: Buffer) => (answer += part.toString()));
      const end = once(socket, 'end');
      socket.end(body.slice(-1));
      await end;
      return answer;
    },
  };
}

describe('close', () => {
  it('ends idle connections at once and lets a request in flight finish', async () => {
    const services = await startMockServices();
    const idle = await open(services.registryUrl);
    idle.write('GET /health HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(idle, 'data');
    idle.resume();
    const { finish } = await startRequest(services.registryUrl);

    const idleEnded = once(idle, 'close');
    const closed = services.close();
    await idleEnded;
    const answer = await finish();
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
    expect(answer.toLowerCase()).toContain('connection: close');
    await closed;
    await expect(open(services.registryUrl)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('ends a request that does not finish after the grace time', async () => {
    const services = await startMockServices({ closeGraceMs: 1 });
    const { socket } = await startRequest(services.registryUrl);
    // A reset is fine too, so `once` from node:events, which rejects on it, is not.
    socket.on('error', () => {});
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await services.close();
    await ended;
  });

  it('can be called twice and by `await using`', async () => {
    let url: string;
    {
      await using services = await startMockServices();
      url = services.vaultUrl;
      await services.close();
    }
    await expect(open(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('startMockServices', () => {
  it('leaves the other service closed when one cannot start', async () => {
    await using first = await startMockServices();
    const port = Number(new URL(first.vaultUrl).port);
    const second = startMockServices({ vaultPort: port });
    await expect(second).rejects.toThrow(`vaultPort: 127.0.0.1:${String(port)} is in use`);
    await expect(second).rejects.toBeInstanceOf(StartError);
  });

  it.each([
    [{ registryPort: 1.5 }, 'registryPort: must be a port from 0 to 65535, got 1.5'],
    [{ vaultPort: -1 }, 'vaultPort: must be a port from 0 to 65535, got -1'],
    [{ vaultApiKey: 'a b' }, 'vaultApiKey: must be a bearer token'],
    [{ host: '' }, 'host: must not be empty'],
    [{ dataDir: '' }, 'dataDir: must not be empty'],
  ])('names the option that cannot be: %j', async (options, message) => {
    await expect(startMockServices(options)).rejects.toThrow(message);
  });

  it('leaves the globals of the process alone', async () => {
    const { Request, Response } = globalThis;
    await using _services = await startMockServices();
    expect(globalThis.Request).toBe(Request);
    expect(globalThis.Response).toBe(Response);
  });
});
