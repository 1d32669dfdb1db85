import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** What a child process tells next; rejects when it ends before. */
export async function nextMessage<T>(child: ChildProcess): Promise<T> {
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`a process ended with ${String(code)}`))),
  ])) as [T];
  return message;
}
