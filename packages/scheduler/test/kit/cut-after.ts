/** Lets so many calls pass over all the ports that it is put over, and fails every later one, as in a process that died. */
export function cutAfter(passes: number) {
  let calls = 0;
  const over = <Port extends object>(port: Port, methods: readonly (keyof Port)[]): Port =>
    new Proxy(port, {
      get: (_, name) => {
        const value: unknown = Reflect.get(port, name, port);
        if (typeof value !== 'function') return value;
        const method = value.bind(port) as (...args: unknown[]) => unknown;
        if (!methods.includes(name as keyof Port)) return method;
        return (...args: unknown[]) => {
          calls += 1;
          if (calls > passes) throw new Error('the process is dead');
          return method(...args);
        };
      },
    });
  return { over };
}
