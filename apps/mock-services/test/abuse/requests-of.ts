import fc from 'fast-check';
import { hostileBody, oddHeaders, oddJson, oddText, type Body } from './odd-values.ts';

/** What of an OpenAPI document is read. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Operation {
  readonly parameters?: readonly { readonly name?: string; readonly in?: string; readonly schema?: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

export interface OddRequest {
  readonly method: string;
  /** Path and query as they go over the wire. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

/** Ids that both tenants use, and ids that no service should take. */
const id = fc.oneof(
  fc.constantFrom('s', 'a', 'p', 'gpt-4', 'org%2Fmodel', 'org/model'),
  fc.constantFrom('..', '%2e%2e', '..%2f..%2fother', '%00', '%2F', '%', '%zz', '%ff', '.', '%20', 'a%5cb', '%0d%0aX:1'),
  oddText.map((text) => encodeURIComponent(text.toWellFormed())),
);

/** JSON text that fits a schema, as far as a reader of schemas without patterns can tell. */
function fitting(schema: Schema, document: OpenApi, depth = 0): fc.Arbitrary<string> {
  const { $ref, type, properties, items, anyOf } = schema;
  if ($ref !== undefined) {
    const named = document.components.schemas[$ref.split('/').at(-1) ?? ''];
    return named ? fitting(named, document, depth) : oddJson;
  }
  if (schema.enum) return fc.constantFrom(...schema.enum.map((value) => JSON.stringify(value)));
  if (anyOf) return fc.oneof(...anyOf.map((each) => fitting(each, document, depth)));
  if (properties && depth < 4) return members(schema, document, depth);
  if (type === 'array' && items && depth < 4)
    return fc.array(fitting(items, document, depth + 1), { maxLength: 3 }).map((all) => `[${all.join(',')}]`);
  if (type === 'integer') return fc.nat(5_000).map(String);
  if (type === 'number') return fc.constantFrom('0', '0.5', '1');
  if (type === 'boolean') return fc.constantFrom('true', 'false');
  if (type === 'object') return fc.constantFrom('{}', '{"k":[1.0,null]}');
  if (type === 'null') return fc.constant('null');
  if (schema.format === 'date-time') return fc.constantFrom('"2026-01-01T00:00:00Z"', '"2026-06-01T00:00:00.5+02:00"');
  return fc.constantFrom('"s"', '"a"', '"p"', '"gpt-4"', `"sha256:${'0'.repeat(64)}"`);
}

function members(schema: Schema, document: OpenApi, depth: number): fc.Arbitrary<string> {
  const all = Object.entries(schema.properties ?? {}).map(([name, property]) =>
    fc
      .tuple(
        fitting(property, document, depth + 1),
        fc.boolean().map((given) => given || (schema.required?.includes(name) ?? false)),
      )
      .map(([text, given]) => (given ? [`${JSON.stringify(name)}:${text}`] : [])),
  );
  return fc.tuple(...all).map((parts) => `{${parts.flat().join(',')}}`);
}

/** A body that fits, one with up to two members exchanged or added, or one that is hostile. */
function bodyOf(operation: Operation, document: OpenApi): fc.Arbitrary<Body | undefined> {
  const json = operation.requestBody?.content['application/json']?.schema;
  const text = json ? fitting(json, document) : oddJson;
  const names = Object.keys(document.components.schemas[json?.$ref?.split('/').at(-1) ?? '']?.properties ?? {});
  const member = fc
    .tuple(fc.constantFrom('__proto__', 'constructor', 'x', ...names), oddJson)
    .map(([name, value]) => `,${JSON.stringify(name)}:${value}`);
  const changed = fc
    .tuple(text, fc.array(member, { maxLength: 2 }))
    .map(([whole, more]) =>
      whole.endsWith('}') && whole.length > 2 ? `${whole.slice(0, -1)}${more.join('')}}` : whole,
    );
  const asJson = changed.map((whole) => ({ bytes: new TextEncoder().encode(whole), headers: {} }));
  return fc.oneof(
    { weight: 6, arbitrary: asJson },
    { weight: 2, arbitrary: hostileBody },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

function queryOf(operation: Operation): fc.Arbitrary<string> {
  const names = (operation.parameters ?? []).flatMap(({ name, in: where }) =>
    where === 'query' && name ? [name] : [],
  );
  const value = fc.oneof(
    fc.constantFrom('1', '0', '-1', '1e9', '99999999999999999999', 'active', 's', 'true', 'W10', 'WyIxIiwiMSJd', ''),
    fc.constantFrom('2026-01-01T00:00:00Z', '9999-12-31T23:59:59-23:59', '%00', '%ff', '%', 'gpt-4', 'hipaa'),
    oddText.map((text) => encodeURIComponent(text.toWellFormed())),
  );
  const pair = fc.tuple(fc.constantFrom('page', 'x', ...names), value).map(([name, text]) => `${name}=${text}`);
  return fc.array(pair, { maxLength: 3 }).map((pairs) => (pairs.length > 0 ? `?${pairs.join('&')}` : ''));
}

const smuggled = fc.constantFrom(
  '//',
  '/',
  '/api',
  '/api/v1/../v1/sessions',
  '/api/v1/%2e%2e/v1/archive/a',
  '/health/../api/v1/sessions/s',
  '/health%2f..%2fapi/v1/archive/a',
  '/openapi.json/../api/v1/archive/a/content',
  '/API/V1/sessions',
  '/api/v1/sessions/',
  '/api/v1//archive/a',
  '/api/v1/archive/a;x=1',
  '/metrics?',
  '/__proto__',
);
const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'];

/** Requests after a service's own description of itself, each a bit or very wrong. */
export function requestsOf(document: OpenApi): fc.Arbitrary<OddRequest> {
  const operations = Object.entries(document.paths).flatMap(([path, each]) =>
    Object.entries(each).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const described = fc.constantFrom(...operations).chain(({ path, method, operation }) =>
    fc
      .record({
        method: fc.oneof(
          { weight: 9, arbitrary: fc.constant(method) },
          { weight: 1, arbitrary: fc.constantFrom(...methods) },
        ),
        id,
        query: queryOf(operation),
        body: bodyOf(operation, document),
        headers: oddHeaders,
      })
      .map((odd) => ({ ...odd, target: `${path.replace(/\{[^}]*\}/g, () => odd.id)}${odd.query}` })),
  );
  const anywhere = fc.record({
    method: fc.constantFrom(...methods),
    target: smuggled,
    body: fc.option(hostileBody, { nil: undefined }),
    headers: oddHeaders,
  });
  return fc
    .oneof({ weight: 9, arbitrary: described }, { weight: 1, arbitrary: anywhere })
    .map(({ method, target, body, headers }) => ({
      method,
      target,
      headers: { 'content-type': 'application/json', ...body?.headers, ...headers },
      body: method === 'GET' || method === 'HEAD' ? undefined : body?.bytes,
    }));
}
