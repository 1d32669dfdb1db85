import type { Group, Suite } from '../harness/suite.ts';
import { backupTools } from './backup-tools.ts';
import { endToEnd } from './end-to-end.ts';
import { inProcess } from './in-process.ts';
import { sealSessions } from './sealing.ts';
import { sessionCount } from './session-files.ts';

const archiveSessions: Group = {
  title: `archive ${sessionCount.toLocaleString('en-US')} files of one session each, durable and encrypted`,
  goal: "in process >= 2x restic's sessions/s and <= 0.5x its stored bytes; over HTTP >= restic's sessions/s",
  cases: [inProcess('in process, zstd 1', 1), inProcess('in process, zstd 3', 3), endToEnd, ...backupTools],
};

export const suite: Suite = { title: 'vault', groups: [sealSessions, archiveSessions] };
