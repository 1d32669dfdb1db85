/** A store that does as `store` does, except for `own`. */
export function delegate<Store extends object>(store: Store, own: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, name) {
      const source = name in own ? own : target;
      const value: unknown = Reflect.get(source, name);
      // Methods of the store keep their own `this`.
      return typeof value === 'function' ? (value.bind(source) as unknown) : value;
    },
  });
}
