/** The transport port: global `fetch`, a pooled one, or a fake. */
export type Fetch = (input: string, init: RequestInit) => Promise<Response>;
