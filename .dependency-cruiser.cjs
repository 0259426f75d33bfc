/** The rooms of ARCHITECTURE.md and the doors between them, as rules. */

const ROOMS = {
  domain: '^src/domain/',
  projections: '^projections/',
  port: '^src/event-store/[^/]+\\.ts$',
  sqliteStore: '^src/event-store/sqlite/',
  eventStoreDb: '^src/event-store/eventstoredb/',
  application: '^src/application/',
  readModels: '^src/read-models/',
  ledger: '^src/ledger/',
  vault: '^src/vault/',
  records: '^src/records/',
  evidence: '^src/evidence/',
  keyFiles: '^src/key-files\\.ts$',
  api: '^src/api/',
  cli: '^src/cli/',
};

/** A room may import itself, Node, packages, and the rooms listed; nothing else of ours. */
const mayImport = (room, comment, ...others) => ({
  name: `${room}-keeps-to-its-doors`,
  comment,
  severity: 'error',
  from: { path: ROOMS[room] },
  to: {
    path: '^(src|projections|test|bench)/',
    pathNot: [room, ...others].map((other) => ROOMS[other]),
  },
});

/** Only the named places may use a package. */
const only = (name, packages, places) => ({
  name,
  severity: 'error',
  from: { path: '^(src|projections)/', pathNot: places },
  to: { path: packages.map((each) => `node_modules/${each}/`) },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-undeclared-packages',
      severity: 'error',
      from: { path: '^(src|projections)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'undetermined'] },
    },
    mayImport('domain', 'The rules are pure: time and ids come in with the command.'),
    {
      name: 'domain-uses-only-temporal',
      severity: 'error',
      from: { path: ROOMS.domain },
      to: { dependencyTypes: ['npm', 'core'], pathNot: 'node_modules/@js-temporal/polyfill/' },
    },
    mayImport('projections', 'A projection is a fold over domain events and knows no clock and no store.', 'domain'),
    mayImport('port', 'The port knows nobody.'),
    mayImport('sqliteStore', 'An adapter knows its port and its driver.', 'port'),
    mayImport('eventStoreDb', 'An adapter knows its port and its driver.', 'port'),
    mayImport(
      'application',
      'Use cases know rules and ports, never who asks or who answers.',
      'domain',
      'port',
      'vault',
      'records',
    ),
    mayImport('readModels', 'Read models follow the log; they change nothing in it.', 'projections', 'domain', 'port'),
    mayImport('ledger', 'Proofs are made over whatever keeps the log, and know no rule of its.', 'port', 'keyFiles'),
    mayImport('vault', 'What is forgotten is kept apart from the log.', 'keyFiles'),
    mayImport('records', 'What has a term is kept apart from what is proof.'),
    mayImport(
      'evidence',
      'Files that are taken away are made of use cases and read models, and know nobody who asks.',
      'application',
      'readModels',
      'domain',
      'port',
      'vault',
      'records',
    ),
    mayImport(
      'api',
      'The API asks use cases and read models.',
      'application',
      'evidence',
      'readModels',
      'domain',
      'port',
      'vault',
      'records',
      'ledger',
      'keyFiles',
    ),
    mayImport(
      'cli',
      'The command line asks use cases and read models.',
      'application',
      'readModels',
      'ledger',
      'domain',
      'port',
    ),
    {
      name: 'adapters-behind-their-ports',
      comment: 'Only the composition root names an adapter.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/main\\.ts$', '^src/composition/', '/(sqlite|eventstoredb)/'] },
      to: { path: '^src/[^/]+/(sqlite|eventstoredb)/' },
    },
    only(
      'graphql-only-in-api',
      ['graphql', 'type-graphql', 'graphql-.*', '@apollo/.*', '@as-integrations/.*', 'fastify'],
      [ROOMS.api],
    ),
    only('sqlite-only-under-sqlite', ['better-sqlite3'], ['/sqlite/']),
    only('eventstoredb-in-one-file', ['@eventstore/db-client'], ['^src/event-store/eventstoredb/driver\\.ts$']),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^projections/eventstore/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
