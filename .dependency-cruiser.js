// The layers of the architecture: imports only point down. Each package names what it may import; anything else fails.

/** What each package may import of the workspace (its runtime code, not its tests). */
const mayImport = {
  resilience: [],
  contracts: [],
  'sealed-archive': [],
  http: ['resilience', 'contracts'],
  service: ['contracts'],
  'memory-graph': ['contracts'],
  'registry-client': ['http', 'contracts', 'resilience'],
  'vault-client': ['http', 'contracts', 'resilience', 'sealed-archive'],
  'registry-server': ['service', 'contracts'],
  'vault-server': ['service', 'contracts', 'sealed-archive'],
  scheduler: ['contracts', 'resilience'],
};

const layers = Object.entries(mayImport).map(([name, allowed]) => ({
  name: `layer-${name}`,
  severity: 'error',
  comment: `packages/${name} may import only: ${allowed.join(', ') || 'no other package'}`,
  from: { path: `^packages/${name}/src/`, pathNot: '\\.test\\.ts$' },
  to: { path: '^(packages|apps)/', pathNot: `^packages/(${[name, ...allowed].join('|')})/` },
}));

export default {
  forbidden: [
    ...layers,
    {
      name: 'every-package-has-a-layer',
      severity: 'error',
      comment: 'A new package gets its place in the layers above.',
      from: { path: '^packages/', pathNot: `^packages/(${Object.keys(mayImport).join('|')})/` },
      to: {},
    },
    {
      name: 'no-import-of-apps',
      severity: 'error',
      comment: 'What is shipped imports no app; a test may run against the mock services.',
      from: { path: '^packages/', pathNot: '^packages/[^/]+/test/' },
      to: { path: '^apps/' },
    },
    {
      name: 'only-the-front-door',
      severity: 'error',
      comment: 'Another package is imported by its name, never by a path into its folders.',
      from: { path: '^(packages|apps)/([^/]+)/' },
      to: { path: '^(packages|apps)/', pathNot: '^$1/$2/', dependencyTypes: ['local'] },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'node-only-behind-a-subpath',
      severity: 'error',
      comment: 'What a browser may load imports nothing of Node; Node-only code lives behind ./node.',
      from: {
        path: '^packages/(resilience|contracts|http|registry-client|vault-client|scheduler)/src/',
        pathNot: '(^|/)(node|postgres|testing)(/|\\.ts$|-)|\\.test\\.ts$',
      },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/|/\\.vitest/' },
    tsConfig: { fileName: 'tsconfig.base.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@llm-memory-graph/source', 'import', 'require', 'node', 'default', 'types'],
    },
  },
};
