import { request } from 'node:https';
import { expect, it } from 'vitest';
import { startMockServices } from '../src/index.ts';

/** What a client that trusts `ca` sees at a new connection: the status, or the code of the error. */
function seen(url: string, ca: string | undefined): Promise<number | string> {
  return new Promise((resolve) => {
    const outgoing = request(url, { ca, agent: false }, (incoming) => {
      incoming.resume();
      resolve(incoming.statusCode ?? 0);
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'broken'));
    outgoing.end();
  });
}

it('serves over TLS with a certificate that its own authority signed', async () => {
  await using services = await startMockServices({ tls: true });
  const { registryUrl, vaultUrl, ca } = services;
  expect(registryUrl).toMatch(/^https:/);
  expect(await seen(`${registryUrl}/health`, ca)).toBe(200);
  expect(await seen(`${vaultUrl.replace('127.0.0.1', 'localhost')}/health`, ca)).toBe(200);
  expect(await seen(`${registryUrl}/health`, undefined)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  expect(await seen(`${registryUrl}/__mock/ca.pem`, ca)).toBe(200);
  services.faults.add({ kind: 'reset' });
  expect(await seen(`${registryUrl}/health`, ca)).toBe('ECONNRESET');
});

it('shows an expired certificate to as many connections as asked', async () => {
  await using services = await startMockServices({ tls: true });
  const { registryUrl, vaultUrl, ca } = services;
  const fault = services.faults.add({ kind: 'expired-certificate', service: 'registry', after: 1, times: 2 });
  const all = [];
  for (let i = 0; i < 5; i++) all.push(await seen(`${registryUrl}/health`, ca));
  expect(all).toEqual([200, 'CERT_HAS_EXPIRED', 'CERT_HAS_EXPIRED', 200, 200]);
  expect(await seen(`${vaultUrl}/health`, ca)).toBe(200);
  expect(fault.hits).toBe(2);
});
