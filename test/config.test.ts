import { ConfigInvalid, isLoopback, readConfig } from '../src/config';

const HERE = '/srv/samtykke';
const read = (environment: Record<string, string | undefined>) => readConfig(environment, HERE);
const problemsOf = (environment: Record<string, string | undefined>) => {
  try {
    read(environment);
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.problems;
    throw error;
  }
  return [];
};
const SECRET = 'hemmelig';

test('an empty environment asks for one node on this machine', () => {
  const config = {
    dataDirectory: '/srv/samtykke/data',
    keysDirectory: '/srv/samtykke/data/keys',
    host: '127.0.0.1',
    port: 4_000,
    eventStore: { kind: 'embedded' },
    vaultFile: '/srv/samtykke/data/vault.db',
    demo: false,
    logLevel: 'info',
    readyLagLimitMs: 10_000,
    ide: true,
    introspection: true,
    trustProxy: false,
    corsOrigins: [],
  };
  expect(read({ PATH: '/bin', HOME: '/root' })).toEqual(config);
  expect(read({ SAMTYKKE_DATA: '', SAMTYKKE_PORT: '', EVENTSTORE_URL: '', SAMTYKKE_OIDC_ISSUER: undefined })).toEqual(
    config,
  );
});

test('every variable that is set is heeded', () => {
  expect(
    read({
      SAMTYKKE_DATA: '/var/lib/samtykke',
      SAMTYKKE_KEYS_DIR: 'secrets',
      SAMTYKKE_HOST: '::1',
      SAMTYKKE_PORT: '0',
      SAMTYKKE_VAULT_URL: 'file:/shared/vault.db',
      SAMTYKKE_DEMO: '1',
      SAMTYKKE_LOG_LEVEL: 'silent',
      SAMTYKKE_READY_LAG_MS: '250',
      SAMTYKKE_IDE: '0',
      SAMTYKKE_INTROSPECTION: '0',
      SAMTYKKE_TRUST_PROXY: '1',
      SAMTYKKE_METRICS_PORT: '9464',
      SAMTYKKE_CORS_ORIGINS: 'https://app.example, http://localhost:5173',
      SAMTYKKE_TIMESTAMP_URL: 'http://stamps.example/tsr?policy=1',
      EVENTSTORE_URL: 'esdb://a:b@one:2113,two:2113?tls=false',
    }),
  ).toEqual({
    dataDirectory: '/var/lib/samtykke',
    keysDirectory: '/srv/samtykke/secrets',
    host: '::1',
    port: 0,
    eventStore: { kind: 'eventstoredb', connectionString: 'esdb://a:b@one:2113,two:2113?tls=false' },
    vaultFile: '/shared/vault.db',
    demo: true,
    logLevel: 'silent',
    readyLagLimitMs: 250,
    ide: false,
    introspection: false,
    trustProxy: true,
    metricsPort: 9_464,
    timestampUrl: 'http://stamps.example/tsr?policy=1',
    corsOrigins: ['https://app.example', 'http://localhost:5173'],
  });
});

test('metrics on a port of their own may not be on the other one, unless both are any free port', () => {
  expect(problemsOf({ SAMTYKKE_METRICS_PORT: '4000' })).toEqual([
    { variable: 'SAMTYKKE_METRICS_PORT', message: 'must be another port than SAMTYKKE_PORT' },
  ]);
  expect(read({ SAMTYKKE_PORT: '0', SAMTYKKE_METRICS_PORT: '0' })).toMatchObject({ port: 0, metricsPort: 0 });
});

test('more origins than anybody has are refused', () => {
  const many = (count: number) => Array.from({ length: count }, (_, at) => `https://${at}.example`).join(',');
  expect(read({ SAMTYKKE_CORS_ORIGINS: many(100) }).corsOrigins).toHaveLength(100);
  expect(problemsOf({ SAMTYKKE_CORS_ORIGINS: many(101) })).toHaveLength(1);
});

test('the IDE is off in production unless it is switched on', () => {
  expect(read({ NODE_ENV: 'production' }).ide).toBe(false);
  expect(read({ NODE_ENV: 'production', SAMTYKKE_IDE: '1' }).ide).toBe(true);
  expect(read({ NODE_ENV: 'test' }).ide).toBe(true);
});

test.each([
  ['file:vault.db', '/srv/samtykke/vault.db'],
  ['file:../shared/vault.db', '/srv/shared/vault.db'],
  ['file:///mnt/a%20b/vault.db', '/mnt/a b/vault.db'],
  ['FILE:/mnt/vault.db', '/mnt/vault.db'],
])('the vault %s is the file %s', (url, file) => {
  expect(read({ SAMTYKKE_VAULT_URL: url }).vaultFile).toBe(file);
});

test.each([
  ['SAMTYKKE_PORT', '65536'],
  ['SAMTYKKE_PORT', '-1'],
  ['SAMTYKKE_PORT', '4e3'],
  ['SAMTYKKE_PORT', '0x10'],
  ['SAMTYKKE_PORT', ' 4000'],
  ['SAMTYKKE_PORT', '٤٠٠٠'],
  ['SAMTYKKE_PORT', '9'.repeat(10_000)],
  ['SAMTYKKE_HOST', 'a b'],
  ['SAMTYKKE_HOST', '999.1.1.1'],
  ['SAMTYKKE_HOST', 'http://localhost'],
  ['SAMTYKKE_HOST', '127.0.0.1:4000'],
  ['SAMTYKKE_HOST', 'a'.repeat(254)],
  ['SAMTYKKE_DATA', 'a\0b'],
  ['SAMTYKKE_DATA', 'a'.repeat(5_000)],
  ['SAMTYKKE_KEYS_DIR', '\0'],
  ['SAMTYKKE_LOG_LEVEL', 'INFO'],
  ['SAMTYKKE_LOG_LEVEL', 'loud'],
  ['SAMTYKKE_DEMO', 'true'],
  ['SAMTYKKE_IDE', 'yes'],
  ['SAMTYKKE_TRUST_PROXY', 'true'],
  ['SAMTYKKE_METRICS_PORT', '65536'],
  ['SAMTYKKE_METRICS_PORT', '-1'],
  ['SAMTYKKE_CORS_ORIGINS', '*'],
  ['SAMTYKKE_CORS_ORIGINS', 'null'],
  ['SAMTYKKE_CORS_ORIGINS', 'app.example'],
  ['SAMTYKKE_CORS_ORIGINS', 'https://app.example/'],
  ['SAMTYKKE_CORS_ORIGINS', 'https://app.example:443'],
  ['SAMTYKKE_CORS_ORIGINS', 'https://App.example'],
  ['SAMTYKKE_CORS_ORIGINS', 'https://app.example,'],
  ['SAMTYKKE_CORS_ORIGINS', 'https://a.example https://b.example'],
  ['SAMTYKKE_CORS_ORIGINS', 'ftp://app.example'],
  ['SAMTYKKE_CORS_ORIGINS', 'https://user:word@app.example'],
  ['SAMTYKKE_TIMESTAMP_URL', 'stamps.example'],
  ['SAMTYKKE_TIMESTAMP_URL', 'ftp://stamps.example'],
  ['SAMTYKKE_TIMESTAMP_URL', 'http://'],
  ['SAMTYKKE_TIMESTAMP_URL', 'https://user:word@stamps.example'],
  ['SAMTYKKE_TIMESTAMP_URL', `http://${'a'.repeat(5_000)}`],
  ['SAMTYKKE_INTROSPECTION', '2'],
  ['SAMTYKKE_READY_LAG_MS', '0'],
  ['SAMTYKKE_READY_LAG_MS', '3600001'],
  ['SAMTYKKE_READY_LAG_MS', '1.5'],
  ['SAMTYKKE_VAULT_URL', 'vault.db'],
  ['SAMTYKKE_VAULT_URL', 'file:'],
  ['SAMTYKKE_VAULT_URL', 'file:/a/'],
  ['SAMTYKKE_VAULT_URL', 'file:a%00b'],
  ['SAMTYKKE_VAULT_URL', 'file:a%'],
  ['SAMTYKKE_VAULT_URL', 'file:vault.db?mode=ro'],
  ['SAMTYKKE_VAULT_URL', 'file://elsewhere/vault.db'],
  ['SAMTYKKE_VAULT_URL', 'https://example.com'],
  ['EVENTSTORE_URL', 'http://localhost:2113'],
  ['EVENTSTORE_URL', 'esdb://'],
  ['EVENTSTORE_URL', 'esdb://a b'],
])('a bad %s stops the start and is named (%#)', (variable, value) => {
  expect(problemsOf({ [variable]: value }).map((problem) => problem.variable)).toEqual([variable]);
});

test('everything that is wrong is named at once', () => {
  const problems = problemsOf({ SAMTYKKE_PORT: 'x', SAMTYKKE_DEMO: 'x', SAMTYKKE_PROT: '1', EVENTSTORE_URL: 'x' });
  expect(problems.map(({ variable }) => variable).sort()).toEqual([
    'EVENTSTORE_URL',
    'SAMTYKKE_DEMO',
    'SAMTYKKE_PORT',
    'SAMTYKKE_PROT',
  ]);
});

test('no value is ever repeated', () => {
  const environment = Object.fromEntries(
    [
      'PORT',
      'HOST',
      'DEMO',
      'LOG_LEVEL',
      'IDE',
      'INTROSPECTION',
      'READY_LAG_MS',
      'TRUST_PROXY',
      'METRICS_PORT',
      'CORS_ORIGINS',
      'VAULT_URL',
      'OIDC_ISSUER',
      'OIDC_AUDIENCE',
      'SECRET',
    ].map((name) => [`SAMTYKKE_${name}`, `x://admin:${SECRET}@host`]),
  );
  const problems = problemsOf({ ...environment, EVENTSTORE_URL: `http://admin:${SECRET}@host` });
  // An audience may be any name.
  expect(problems).toHaveLength(14);
  expect(new ConfigInvalid(problems).message).not.toContain(SECRET);
});

test.each([
  ['SAMTYKKE_PROT', 'SAMTYKKE_PORT'],
  ['SAMTYKKE_KEY_DIR', 'SAMTYKKE_KEYS_DIR'],
  ['SAMTYKKE_LOGLEVEL', 'SAMTYKKE_LOG_LEVEL'],
  ['SAMTYKKE_VAULT', 'SAMTYKKE_VAULT_URL'],
  ['samtykke_port', 'SAMTYKKE_PORT'],
  ['SAMTYKKE_OIDC_ISUER', 'SAMTYKKE_OIDC_ISSUER'],
])('the unknown variable %s stops the start and %s is named as the nearest', (variable, nearest) => {
  expect(problemsOf({ [variable]: '1' })).toEqual([
    { variable, message: `is not known; the nearest that is: ${nearest}` },
  ]);
});

test.each([['postgres://u:p@h/db'], ['postgresql://h/db'], ['POSTGRES://h']])(
  'a vault in PostgreSQL (%#) is refused as not built',
  (url) => {
    expect(problemsOf({ SAMTYKKE_VAULT_URL: url })).toEqual([
      { variable: 'SAMTYKKE_VAULT_URL', message: expect.stringContaining('not built yet') },
    ]);
  },
);

const PROVIDER = { SAMTYKKE_OIDC_ISSUER: 'https://id.example', SAMTYKKE_OIDC_AUDIENCE: 'samtykke' };

test('a provider of identities may grant every role but that of operators', () => {
  expect(read(PROVIDER).openId).toEqual({
    issuer: 'https://id.example',
    audience: 'samtykke',
    rolesClaim: 'samtykke_roles',
    subjectClaim: 'sub',
    grantable: ['subject', 'service', 'editor', 'approver', 'publisher', 'officer'],
  });
});

test('a provider of identities is taken as it is described, its name letter by letter', () => {
  const described = {
    SAMTYKKE_OIDC_ISSUER: 'https://ID.example:443/Realm/',
    SAMTYKKE_OIDC_AUDIENCE: 'https://samtykke.example',
    SAMTYKKE_OIDC_ROLES_CLAIM: 'realm_access.roles',
    SAMTYKKE_OIDC_SUBJECT_CLAIM: 'https://skysoft.example/customer',
    SAMTYKKE_OIDC_ROLES: 'operator, officer',
  };
  expect(read(described).openId).toEqual({
    issuer: 'https://ID.example:443/Realm/',
    audience: 'https://samtykke.example',
    rolesClaim: 'realm_access.roles',
    subjectClaim: 'https://skysoft.example/customer',
    grantable: ['officer', 'operator'],
  });
});

test.each([
  ['SAMTYKKE_OIDC_ISSUER', 'http://id.example'],
  ['SAMTYKKE_OIDC_ISSUER', 'id.example'],
  ['SAMTYKKE_OIDC_ISSUER', 'urn:samtykke:installation'],
  ['SAMTYKKE_OIDC_ISSUER', 'https://id.example?tenant=1'],
  ['SAMTYKKE_OIDC_AUDIENCE', 'two words'],
  ['SAMTYKKE_OIDC_AUDIENCE', 'x'.repeat(1_001)],
  ['SAMTYKKE_OIDC_ROLES_CLAIM', 'two words'],
  ['SAMTYKKE_OIDC_SUBJECT_CLAIM', 'x'.repeat(201)],
  ['SAMTYKKE_OIDC_ROLES', 'officer,emperor'],
  ['SAMTYKKE_OIDC_ROLES', 'officer,,editor'],
  ['SAMTYKKE_OIDC_ROLES', 'Officer'],
])('%s=%s is refused', (variable, value) => {
  expect(problemsOf({ ...PROVIDER, [variable]: value }).map((problem) => problem.variable)).toEqual([variable]);
});

test('a provider is named whole, or not at all', () => {
  expect(problemsOf({ SAMTYKKE_OIDC_ISSUER: 'https://id.example' }).map(({ variable }) => variable)).toEqual([
    'SAMTYKKE_OIDC_AUDIENCE',
  ]);
  for (const variable of ['AUDIENCE', 'ROLES_CLAIM', 'SUBJECT_CLAIM', 'ROLES'].map((name) => `SAMTYKKE_OIDC_${name}`)) {
    expect(problemsOf({ [variable]: 'officer' })).toEqual([
      { variable, message: 'means nothing without SAMTYKKE_OIDC_ISSUER' },
    ]);
  }
});

test.each([
  ['localhost', true],
  ['LocalHost', true],
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['127.example.com', false],
  ['localhost.example.com', false],
])('the demo on %s is allowed: %p', (host, allowed) => {
  expect(isLoopback(host)).toBe(allowed);
  expect(problemsOf({ SAMTYKKE_DEMO: '1', SAMTYKKE_HOST: host }).map(({ variable }) => variable)).toEqual(
    allowed ? [] : ['SAMTYKKE_DEMO'],
  );
  expect(problemsOf({ SAMTYKKE_DEMO: '0', SAMTYKKE_HOST: host })).toEqual([]);
});
