/** Processor time of this process, all its threads, since `process.cpuUsage()` gave `before`; in microseconds. */
export function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
