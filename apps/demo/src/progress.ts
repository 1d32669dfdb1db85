/** Tells how far a step is. */
export interface Progress {
  step(name: string, total: number): (done: number) => void;
  end(): void;
}

const width = 30;

/** A bar that redraws itself on a terminal; nothing anywhere else. */
export function progressOn(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return { step: () => () => undefined, end: () => undefined };
  const draw = (name: string, done: number, total: number): void => {
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const bar = '█'.repeat(Math.round(share * width)).padEnd(width, '░');
    stream.write(`\r\x1b[2K${name.padEnd(10)} ${bar} ${String(done)}/${String(total)}`);
  };
  return {
    step: (name, total) => {
      draw(name, 0, total);
      return (done) => draw(name, done, total);
    },
    end: () => stream.write('\r\x1b[2K'),
  };
}
