/** Who asks: the tenant that a key belongs to and what the key may do. */
export interface Principal {
  readonly tenant: string;
  /** Scopes such as `registry:read`; `*` is all. */
  readonly scopes: ReadonlySet<string>;
}
