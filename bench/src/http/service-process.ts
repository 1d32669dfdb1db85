import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a registry says of a session; about 300 bytes. */
const body = JSON.stringify({
  session_id: '0198f6a2-7c1e-7b42-9d11-5f0a3c2e8b77',
  model_id: 'gpt-4-turbo',
  status: 'active',
  started_at: '2026-01-01T00:00:00.123Z',
  ended_at: null,
  prompt_count: 12,
  total_tokens: 12_345,
  metadata: { owner: 'team-search', purpose: 'nightly run' },
  tags: ['nightly'],
});

const server = createServer((request, response) => {
  request.resume();
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-request-id': '0198f6a2-7c1e-7b42-9d11-5f0a3c2e8b78',
  });
  response.end(body);
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
