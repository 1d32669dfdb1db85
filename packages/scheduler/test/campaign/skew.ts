// Preloaded into a process (`--import`): its wall clock is off by CLOCK_SKEW_MS, and jumps by CLOCK_JUMP_MS once it was
// read CLOCK_JUMP_AFTER times. The monotonic clock stays right.
const skewMs = Number(process.env['CLOCK_SKEW_MS'] ?? 0);
const jumpMs = Number(process.env['CLOCK_JUMP_MS'] ?? 0);
const jumpAfter = Number(process.env['CLOCK_JUMP_AFTER'] ?? Infinity);
const RealDate = Date;
let reads = 0;

function now(): number {
  reads += 1;
  return RealDate.now() + skewMs + (reads > jumpAfter ? jumpMs : 0);
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, self) => Reflect.construct(target, args.length === 0 ? [now()] : args, self) as object,
  get: (target, key, self) => (key === 'now' ? now : (Reflect.get(target, key, self) as unknown)),
});
