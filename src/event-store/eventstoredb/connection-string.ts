import { accessSync, constants } from 'node:fs';

/** What a connection string says, as far as the adapter itself has to know it. */
export interface ConnectionTarget {
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly tls: boolean;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly hasCredentials: boolean;
  /** Options of the string that the adapter sets itself, whatever was given. */
  readonly overridden: readonly string[];
}

/** EVENTSTORE_URL cannot be used: names what is wrong, and never repeats the string, which may hold a password. */
export class ConnectionStringInvalid extends TypeError {
  override readonly name = 'ConnectionStringInvalid';
  readonly code = 'CONFIG_INVALID';
}

/** Time within which the server must have taken an append, by the server's clock (the client's own default is 10 s). */
export const APPEND_DEADLINE_MS = 60_000;

/** Shortest interval the client accepts without complaint. */
const KEEP_ALIVE_MS = 10_000;

const DEFAULT_PORT = 2113;
const LARGEST_PORT = 65_535;

const SHAPE = /^esdb(\+discover)?:\/\/(?:([^@/?#]+)@)?([^@/?#]+?)\/?(?:\?([^#]*))?$/;
const HOST = /^([A-Za-z0-9._-]+)(?::(\d{1,5}))?$/;

const SET_BY_US = ['defaultDeadline', 'keepAliveInterval', 'keepAliveTimeout'];
const UNDERSTOOD = [
  ...SET_BY_US,
  'tls',
  'tlsCAFile',
  'tlsVerifyCert',
  'userCertFile',
  'userKeyFile',
  'nodePreference',
  'maxDiscoverAttempts',
  'discoveryInterval',
  'gossipTimeout',
  'connectionName',
  'throwOnAppendFailure',
];

/**
 * Reads a connection string before the client does: the client prints what it does not understand, password included.
 *
 * @throws ConnectionStringInvalid
 */
export function parseConnectionString(text: string): ConnectionTarget {
  const shape = SHAPE.exec(text.trim());
  if (shape === null) {
    throw new ConnectionStringInvalid(
      'EVENTSTORE_URL is not of the form esdb://[user:password@]host:port[,host:port][?option=value].',
    );
  }
  const [, , credentials, hosts = '', query = ''] = shape;
  if (credentials !== undefined && !credentials.includes(':')) {
    throw new ConnectionStringInvalid('EVENTSTORE_URL names a user without a password.');
  }
  const options = parseOptions(query);
  const tls = flag(options, 'tls', true);
  if (!flag(options, 'tlsVerifyCert', true)) {
    throw new ConnectionStringInvalid(
      'tlsVerifyCert=false has no effect with this client: give tlsCAFile in EVENTSTORE_URL.',
    );
  }
  if (!flag(options, 'throwOnAppendFailure', true)) {
    throw new ConnectionStringInvalid(
      'throwOnAppendFailure=false answers appends wrongly: take it out of EVENTSTORE_URL.',
    );
  }
  const [caFile, certFile, keyFile] = ['tlsCAFile', 'userCertFile', 'userKeyFile'].map((name) => fileIn(options, name));
  return {
    hosts: hosts.split(',').map(parseHost),
    tls,
    hasCredentials: credentials !== undefined,
    overridden: SET_BY_US.filter((name) => options.has(name)),
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
  };
}

/** Reads a connection string and sees that its files are there. @throws ConnectionStringInvalid */
export function readConnectionString(text: string): ConnectionTarget {
  const target = parseConnectionString(text);
  assertFilesReadable(target);
  return target;
}

/** The client would say of none of these files which it is. @throws ConnectionStringInvalid */
function assertFilesReadable({ caFile, certFile, keyFile }: ConnectionTarget): void {
  for (const [option, path] of Object.entries({ tlsCAFile: caFile, userCertFile: certFile, userKeyFile: keyFile })) {
    try {
      if (path !== undefined) accessSync(path, constants.R_OK);
    } catch {
      throw new ConnectionStringInvalid(`${option} in EVENTSTORE_URL: ${path} cannot be read.`);
    }
  }
}

/** What the three clients of a store are for. Each has a connection of its own, so that none can block another. */
export type ConnectionUse = 'append' | 'read' | 'follow';

/**
 * The string a client is opened with. Clients with equal settings would share one HTTP/2 connection and its hundred
 * streams; a different keep-alive interval is what tells them apart. Only `follow` keeps the caller's node preference.
 */
export function connectionStringFor(text: string, use: ConnectionUse): string {
  const keepAlive = KEEP_ALIVE_MS + { append: 0, read: 1, follow: 2 }[use];
  const ours = [
    `defaultDeadline=${APPEND_DEADLINE_MS}`,
    `keepAliveInterval=${keepAlive}`,
    `keepAliveTimeout=${KEEP_ALIVE_MS}`,
    ...(use === 'follow' ? [] : ['nodePreference=leader']),
  ].join('&');
  const trimmed = text.trim().replace(/[?&/]+$/, '');
  return `${trimmed}${trimmed.includes('?') ? '&' : '?'}${ours}`;
}

function parseOptions(query: string): Map<string, string> {
  const options = new Map<string, string>();
  for (const pair of query.split('&').filter((part) => part !== '')) {
    const [key = '', value = ''] = pair.split('=');
    const name = UNDERSTOOD.find((known) => known.toLowerCase() === key.trim().toLowerCase().replaceAll(/[_-]/g, ''));
    if (name === undefined || value === '') {
      throw new ConnectionStringInvalid('EVENTSTORE_URL has an option that is not understood or has no value.');
    }
    options.set(name, value.trim());
  }
  return options;
}

function fileIn(options: ReadonlyMap<string, string>, name: string): string | undefined {
  const value = options.get(name);
  try {
    return value === undefined ? undefined : decodeURIComponent(value);
  } catch {
    throw new ConnectionStringInvalid(`${name} in EVENTSTORE_URL has a percent sign that encodes nothing.`);
  }
}

function parseHost(text: string): { host: string; port: number } {
  const match = HOST.exec(text.trim());
  const port = Number(match?.[2] ?? DEFAULT_PORT);
  if (match?.[1] === undefined || port < 1 || port > LARGEST_PORT) {
    throw new ConnectionStringInvalid('EVENTSTORE_URL has a host or port that cannot be read.');
  }
  return { host: match[1], port };
}

function flag(options: ReadonlyMap<string, string>, name: string, fallback: boolean): boolean {
  const value = options.get(name);
  if (value !== undefined && value !== 'true' && value !== 'false') {
    throw new ConnectionStringInvalid(`${name} in EVENTSTORE_URL is true or false.`);
  }
  return value === undefined ? fallback : value === 'true';
}
