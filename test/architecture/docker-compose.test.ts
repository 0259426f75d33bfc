import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parseConnectionString } from '../../src/event-store/eventstoredb/connection-string';

interface Service {
  readonly image: string;
  readonly restart: string;
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly profiles?: readonly string[];
  readonly volumes?: readonly string[];
  readonly build?: string;
}

const file = readFileSync(join(__dirname, '../../docker-compose.yml'), 'utf8');
const compose: { services: Record<string, Service>; volumes: Record<string, null> } = parse(file, { merge: true });
const services = Object.entries(compose.services);
const runsOnce = (service: Service) => service.restart === 'no';
const lasting = services.filter(([, service]) => !runsOnce(service));
const databases = lasting.filter(([name]) => name.startsWith('eventstoredb'));
const applications = lasting.filter(([name]) => name.startsWith('app'));

const VARIABLES = [
  'EVENTSTORE_URL',
  'SAMTYKKE_DATA',
  'SAMTYKKE_HOST',
  'SAMTYKKE_KEYS_DIR',
  'SAMTYKKE_LOG_LEVEL',
  'SAMTYKKE_OIDC_AUDIENCE',
  'SAMTYKKE_OIDC_ISSUER',
  'SAMTYKKE_PORT',
  'SAMTYKKE_VAULT_URL',
];

describe('docker-compose.yml', () => {
  test('has one node and the application by default, and three nodes and the application as a profile', () => {
    const namesOf = (profile: string | undefined) =>
      services.filter(([, { profiles }]) => profiles?.[0] === profile).map(([name]) => name);
    expect(namesOf(undefined)).toEqual(['eventstoredb', 'app']);
    expect(namesOf('cluster').toSorted()).toEqual([
      'app-cluster',
      'certificates',
      'eventstoredb1',
      'eventstoredb2',
      'eventstoredb3',
    ]);
  });

  test.each(services)('%s has an image pinned to a whole version', (_, { image }) => {
    expect(image).toMatch(/^[a-z0-9./-]+:\d+\.\d+\.\d+$/);
  });

  test.each(lasting)('%s is started again always and says whether it is well', (_, { restart, healthcheck }) => {
    expect(restart).toBe('always');
    expect(healthcheck?.test[0]).toBe('CMD');
    expect(healthcheck?.test.every((word) => typeof word === 'string')).toBe(true);
    expect(healthcheck?.test.join(' ')).toContain('/health/');
  });

  test.each(lasting)('%s is published on loopback only', (_, { ports }) => {
    expect(ports).toHaveLength(1);
    expect(ports?.every((port) => /^127\.0\.0\.1:\d+:\d+$/.test(port))).toBe(true);
  });

  test('no two services ask for the same port', () => {
    const ports = lasting.flatMap(([, service]) => service.ports ?? []).map((port) => port.split(':')[1]);
    expect(new Set(ports).size).toBe(ports.length);
  });

  test.each(applications)('%s is built here and given every variable it understands', (_, { environment, build }) => {
    expect(build).toBe('.');
    expect(Object.keys(environment ?? {}).toSorted()).toEqual(VARIABLES);
    expect(environment?.SAMTYKKE_DEMO).toBeUndefined();
  });

  test.each(applications)('%s waits for its database and can read its connection string', (_, service) => {
    const hosts = parseConnectionString(byDefault(service.environment?.EVENTSTORE_URL ?? '')).hosts.map(
      ({ host }) => host,
    );
    expect(Object.keys(service.depends_on ?? {})).toEqual(hosts);
    expect(Object.values(service.depends_on ?? {}).every(({ condition }) => condition === 'service_healthy')).toBe(
      true,
    );
  });

  test.each(applications)('%s mounts the authority that its connection string names', (_, { environment, volumes }) => {
    const authority = parseConnectionString(byDefault(environment?.EVENTSTORE_URL ?? '')).caFile;
    const mounted = volumes?.some((volume) => volume.split(':')[1] === '/authority');
    expect(mounted ?? false).toBe(authority === '/authority/ca.crt');
  });

  test.each(databases)('%s keeps its data, and has TLS unless it stands alone', (name, { environment, volumes }) => {
    expect(volumes).toContain(`${name}:/var/lib/eventstore`);
    expect(environment?.EVENTSTORE_INSECURE === 'true').toBe(name === 'eventstoredb');
    expect(environment?.EVENTSTORE_START_STANDARD_PROJECTIONS).toBe('false');
    expect(environment?.EVENTSTORE_CERTIFICATE_FILE === undefined).toBe(name === 'eventstoredb');
  });

  test('a node of three is told of the other two and goes by its own name', () => {
    const nodes = databases.map(([name]) => name).filter((name) => name !== 'eventstoredb');
    for (const name of nodes) {
      const { environment } = compose.services[name] ?? {};
      const seeds = environment?.EVENTSTORE_GOSSIP_SEED?.split(',').map((seed) => seed.replace(/:2113$/, ''));
      expect(seeds).toEqual(nodes.filter((other) => other !== name));
      expect(environment?.EVENTSTORE_NODE_HOST_ADVERTISE_AS).toBe(name);
      expect(environment?.EVENTSTORE_CLUSTER_SIZE).toBe('3');
    }
  });

  test('a volume that is mounted is declared', () => {
    const mounted = services.flatMap(([, { volumes }]) => volumes ?? []).map((volume) => volume.split(':')[0]);
    expect([...new Set(mounted)].toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
  });
});

/** What compose makes of `${NAME:-value}` when the variable is not set. */
function byDefault(value: string): string {
  return value.replace(/^\$\{[A-Z_]+:-(.*)\}$/, '$1');
}
