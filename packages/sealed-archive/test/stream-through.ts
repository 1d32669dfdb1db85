import { createHash } from 'node:crypto';

import { generateKey, localKeyRing, openChunks, sealChunks } from '../src/index.ts';

const keys = localKeyRing({ keys: { k: generateKey() }, primary: 'k' });
const context = { tenant: 'acme', sessionId: 's-1', archiveId: 'a-1' };
const [before, after] = [createHash('sha256'), createHash('sha256')];

async function* content(mebibytes: number): AsyncGenerator<Uint8Array, void, void> {
  for (let piece = 0; piece < mebibytes * 16; piece++) {
    const bytes = Buffer.alloc(65_536, `{"role":"user","content":"message ${piece * 7919}"},`);
    before.update(bytes);
    yield bytes;
  }
}

const mebibytes = Number(process.argv[2]);
let size = 0;
for await (const chunk of openChunks(sealChunks(content(mebibytes), { context, keys }), { context, keys })) {
  after.update(chunk);
  size += chunk.length;
}
const equal = size === mebibytes * 2 ** 20 && before.digest('hex') === after.digest('hex');
process.stdout.write(JSON.stringify({ equal, peak: process.resourceUsage().maxRSS * 1024 }));
