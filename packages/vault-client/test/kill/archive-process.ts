// Archives a stream in a process of its own, to be killed: it tells its token and each part that the vault has.
import { localKeyRing } from '@llm-memory-graph/sealed-archive';
import { VaultClient } from '../../src/index.ts';
import { archiveSealer, fileSpool } from '../../src/node/index.ts';
import { contentOf } from './content.ts';

const { VAULT_URL, VAULT_API_KEY = '', SPOOL = '', KEY = '', BYTES = '0' } = process.env;
const keys = localKeyRing({ keys: { k: Buffer.from(KEY, 'hex') }, primary: 'k' });
const vault = VaultClient.fromEnv(
  { sealer: archiveSealer({ keys, compression: 'none' }) },
  { VAULT_URL, VAULT_API_KEY },
);
const tell = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const spool = fileSpool({ folder: SPOOL });
const input = { id: 'big', sessionId: 's-big' };
await vault.archiveStream(contentOf(Number(BYTES)), input, {
  spool,
  partBytes: 64 * 1024,
  onToken: (token) => tell({ token }),
  onProgress: ({ bytes }) => tell({ bytes }),
});
tell({ done: true });
