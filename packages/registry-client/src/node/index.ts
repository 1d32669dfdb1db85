// What runs on Node only. What is not listed here is private.

export { fileSpool, type FileSpoolOptions } from './file-spool.ts';
export { flushOnExit, type FlushOnExitOptions } from './flush-on-exit.ts';
