import { isIPv4, isIPv6 } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ROLES, type Role } from './api/auth/caller';
import { readOpenIdAddress } from './api/auth/openid-address';
import {
  DEFAULT_GRANTABLE,
  DEFAULT_ROLES_CLAIM,
  DEFAULT_SUBJECT_CLAIM,
  type OpenIdSettings,
} from './api/auth/openid-settings';

/** What the environment asks for, checked once at the start. Whatever is wrong stops the start, all of it at once. */
export interface Config {
  /** Absolute. Holds the log, the read models and, unless told otherwise, vault and keys. */
  readonly dataDirectory: string;
  /** Absolute. Key-encryption keys of the vault and token keys. */
  readonly keysDirectory: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly eventStore: EventStoreChoice;
  /** Absolute path of the SQLite file; nodes of one machine may share it. */
  readonly vaultFile: string;
  /** The OpenID Connect provider whose tokens are accepted beside the installation's own; absent: none. */
  readonly openId?: OpenIdSettings;
  /** Demo organisations, people and printed tokens; only on a loopback host. */
  readonly demo: boolean;
  readonly logLevel: LogLevel;
  /** The node is ready while its read models are at most so many milliseconds behind the log. */
  readonly readyLagLimitMs: number;
  /** Whether `/ide` is served: on, but off by default where NODE_ENV is `production`. */
  readonly ide: boolean;
  /** Whether clients may ask for the schema. */
  readonly introspection: boolean;
  /** True behind a reverse proxy of our own: what it adds to X-Forwarded-For is the client's address. */
  readonly trustProxy: boolean;
  /** `/metrics` without a token, on a port of its own; absent: for operators alone. 0: any free port. */
  readonly metricsPort?: number;
  /** Address of the authority that stamps checkpoints of the ledger (RFC 3161); absent: none does. Never logged. */
  readonly timestampUrl?: string;
  /** Origins of other sites whose pages may ask, such as `https://app.example`; none unless named. */
  readonly corsOrigins: readonly string[];
}

export type EventStoreChoice =
  | { readonly kind: 'embedded' }
  /** The connection string may hold a password: never log it. */
  | { readonly kind: 'eventstoredb'; readonly connectionString: string };

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Something in the environment is wrong. Names variables and never repeats a value, which may be a secret. */
export class ConfigInvalid extends Error {
  override readonly name = 'ConfigInvalid';
  readonly code = 'CONFIG_INVALID';

  constructor(readonly problems: readonly ConfigProblem[]) {
    super(problems.map(({ variable, message }) => `${variable} ${message}`).join('\n'));
  }
}

export interface ConfigProblem {
  readonly variable: string;
  /** What is wrong and what would be right, as the rest of a sentence that begins with the variable. */
  readonly message: string;
}

const DEFAULT_PORT = 4_000;
const LARGEST_PORT = 65_535;
const DEFAULT_READY_LAG_MS = 10_000;
const LARGEST_READY_LAG_MS = 3_600_000;
const MAX_VALUE_LENGTH = 4_096;
const MAX_CORS_ORIGINS = 100;
const VAULT_FILE = 'vault.db';
const KEYS_DIRECTORY = 'keys';

/**
 * Reads the configuration from an environment. An empty variable counts as absent, as compose files leave them.
 *
 * @param workingDirectory what relative paths are counted from
 * @throws ConfigInvalid with every problem found
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  workingDirectory: string = process.cwd(),
): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const unknown = unknownVariables(Object.keys(given));
  const parsed = VARIABLES.safeParse(given);
  const crossed = (variables: Variables) => [
    ...demoProblems(variables),
    ...openIdProblems(variables),
    ...portProblems(variables),
  ];
  const problems = [...unknown, ...(parsed.success ? crossed(parsed.data) : problemsOf(parsed.error))];
  if (!parsed.success || problems.length > 0) throw new ConfigInvalid(problems);
  return configOf(parsed.data, workingDirectory);
}

const path = z
  .string()
  .max(MAX_VALUE_LENGTH, 'is too long')
  .refine((text) => !text.includes('\0'), 'is no path');

const flag = z.enum(['0', '1'], { error: 'must be 1 (on) or 0 (off)' }).transform((text) => text === '1');

const wholeNumber = (least: number, greatest: number) => {
  const message = `must be a whole number from ${least} to ${greatest}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= least && value <= greatest, message);
};

const openIdIssuer = z
  .string()
  .refine(
    (text) => readOpenIdAddress(text) !== undefined,
    'must be the https address of the provider, as it calls itself (http only on a loopback address)',
  );

/** The name of a claim, or a path of names with dots between them. */
const claim = z.string().regex(/^[\x21-\x7e]{1,200}$/, 'must be the name of a claim, such as realm_access.roles');

const roles = z.string().transform((text, context): readonly Role[] => {
  const names = text.split(',').map((name) => name.trim());
  const known = ROLES.filter((role) => names.includes(role));
  if (known.length < names.length) context.addIssue(`must be roles with commas between them: ${ROLES.join(', ')}`);
  return known;
});

const timestampUrl = z
  .string()
  .max(MAX_VALUE_LENGTH, 'is too long')
  .refine(
    isWebAddress,
    'must be the http or https address of an authority for time stamps (RFC 3161), without a name or password',
  );

const origins = z.string().transform((text, context): readonly string[] => {
  const named = text.split(',').map((name) => name.trim());
  if (named.length > MAX_CORS_ORIGINS) context.addIssue(`must be at most ${MAX_CORS_ORIGINS} origins`);
  if (!named.every(isOrigin)) {
    context.addIssue('must be origins with commas between them, such as https://app.example, each without a path');
  }
  return named;
});

const VARIABLES = z.object({
  SAMTYKKE_DATA: path.default('./data'),
  SAMTYKKE_KEYS_DIR: path.optional(),
  SAMTYKKE_HOST: z.string().refine(isHost, 'must be a host name or an IP address').default('127.0.0.1'),
  SAMTYKKE_PORT: wholeNumber(0, LARGEST_PORT).default(DEFAULT_PORT),
  SAMTYKKE_VAULT_URL: z.string().max(MAX_VALUE_LENGTH, 'is too long').superRefine(refineVaultUrl).optional(),
  SAMTYKKE_OIDC_ISSUER: openIdIssuer.optional(),
  SAMTYKKE_OIDC_AUDIENCE: z
    .string()
    .regex(/^[\x21-\x7e]{1,1000}$/, 'must be what the provider writes into `aud` of tokens meant for this')
    .optional(),
  SAMTYKKE_OIDC_ROLES_CLAIM: claim.optional(),
  SAMTYKKE_OIDC_SUBJECT_CLAIM: claim.optional(),
  SAMTYKKE_OIDC_ROLES: roles.optional(),
  SAMTYKKE_DEMO: flag.default(false),
  SAMTYKKE_LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
  SAMTYKKE_READY_LAG_MS: wholeNumber(1, LARGEST_READY_LAG_MS).default(DEFAULT_READY_LAG_MS),
  SAMTYKKE_IDE: flag.optional(),
  SAMTYKKE_INTROSPECTION: flag.default(true),
  SAMTYKKE_TRUST_PROXY: flag.default(false),
  SAMTYKKE_METRICS_PORT: wholeNumber(0, LARGEST_PORT).optional(),
  SAMTYKKE_CORS_ORIGINS: origins.default([]),
  SAMTYKKE_TIMESTAMP_URL: timestampUrl.optional(),
  EVENTSTORE_URL: z
    .string()
    .max(MAX_VALUE_LENGTH, 'is too long')
    .regex(/^esdb(\+discover)?:\/\/\S+$/, 'must be of the form esdb://… or esdb+discover://…')
    .optional(),
  NODE_ENV: z.string().optional(),
});
type Variables = z.infer<typeof VARIABLES>;

const PREFIX = 'SAMTYKKE_';
const KNOWN = Object.keys(VARIABLES.shape).filter((name) => name.startsWith(PREFIX));

function configOf(variables: Variables, workingDirectory: string): Config {
  const dataDirectory = resolve(workingDirectory, variables.SAMTYKKE_DATA);
  const { EVENTSTORE_URL: connectionString, SAMTYKKE_VAULT_URL: vaultUrl, SAMTYKKE_KEYS_DIR: keys } = variables;
  return {
    dataDirectory,
    keysDirectory: keys === undefined ? join(dataDirectory, KEYS_DIRECTORY) : resolve(workingDirectory, keys),
    host: variables.SAMTYKKE_HOST,
    port: variables.SAMTYKKE_PORT,
    eventStore: connectionString === undefined ? { kind: 'embedded' } : { kind: 'eventstoredb', connectionString },
    vaultFile:
      vaultUrl === undefined ? join(dataDirectory, VAULT_FILE) : resolve(workingDirectory, vaultPath(vaultUrl) ?? ''),
    ...openIdOf(variables),
    demo: variables.SAMTYKKE_DEMO,
    logLevel: variables.SAMTYKKE_LOG_LEVEL,
    readyLagLimitMs: variables.SAMTYKKE_READY_LAG_MS,
    ide: variables.SAMTYKKE_IDE ?? variables.NODE_ENV !== 'production',
    introspection: variables.SAMTYKKE_INTROSPECTION,
    trustProxy: variables.SAMTYKKE_TRUST_PROXY,
    ...(variables.SAMTYKKE_METRICS_PORT !== undefined && { metricsPort: variables.SAMTYKKE_METRICS_PORT }),
    ...(variables.SAMTYKKE_TIMESTAMP_URL !== undefined && { timestampUrl: variables.SAMTYKKE_TIMESTAMP_URL }),
    corsOrigins: variables.SAMTYKKE_CORS_ORIGINS,
  };
}

/** A name and password in it would be sent to nobody. */
function isWebAddress(text: string): boolean {
  return /^https?:\/\/\S+$/i.test(text) && URL.canParse(text) && new URL(text).username === '';
}

/** As a browser writes it: scheme, host and, unless it is the scheme's own, port. */
function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

function portProblems({ SAMTYKKE_PORT: port, SAMTYKKE_METRICS_PORT: metrics }: Variables): readonly ConfigProblem[] {
  if (metrics === undefined || metrics === 0 || metrics !== port) return [];
  return [{ variable: 'SAMTYKKE_METRICS_PORT', message: 'must be another port than SAMTYKKE_PORT' }];
}

function refineVaultUrl(url: string, context: z.RefinementCtx): void {
  if (/^postgres(ql)?:/i.test(url)) {
    context.addIssue('asks for PostgreSQL, which is not built yet; use file:… or leave it out');
  } else if (vaultPath(url) === undefined) {
    context.addIssue('must be of the form file:…, with the path of a file on this machine');
  }
}

/** The path in `file:vault.db`, `file:/srv/vault.db` or `file:///srv/vault.db`; undefined when it is none of these. */
function vaultPath(url: string): string | undefined {
  const [, rest] = /^file:([^?#\0]+)$/i.exec(url) ?? [];
  if (rest === undefined || rest.endsWith('/')) return undefined;
  try {
    const named = rest.startsWith('//') ? fileURLToPath(`file:${rest}`) : decodeURIComponent(rest);
    return named.includes('\0') ? undefined : named;
  } catch {
    return undefined;
  }
}

const HOST_NAME = /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62}))*$/;

function isHost(text: string): boolean {
  return isIPv4(text) || isIPv6(text) || (HOST_NAME.test(text) && !/^[\d.]+$/.test(text));
}

/** True for an address that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host.toLowerCase() === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

function demoProblems({ SAMTYKKE_DEMO: demo, SAMTYKKE_HOST: host }: Variables): readonly ConfigProblem[] {
  if (!demo || isLoopback(host)) return [];
  const message = 'prints tokens for everybody and is refused unless SAMTYKKE_HOST is a loopback address';
  return [{ variable: 'SAMTYKKE_DEMO', message }];
}

const OPENID_VARIABLES = [
  'SAMTYKKE_OIDC_AUDIENCE',
  'SAMTYKKE_OIDC_ROLES_CLAIM',
  'SAMTYKKE_OIDC_SUBJECT_CLAIM',
  'SAMTYKKE_OIDC_ROLES',
] as const;

/** Issuer and audience go together: any audience would let in tokens that were meant for others. */
function openIdProblems(variables: Variables): readonly ConfigProblem[] {
  if (variables.SAMTYKKE_OIDC_ISSUER === undefined) {
    return OPENID_VARIABLES.filter((variable) => variables[variable] !== undefined).map((variable) => ({
      variable,
      message: 'means nothing without SAMTYKKE_OIDC_ISSUER',
    }));
  }
  if (variables.SAMTYKKE_OIDC_AUDIENCE !== undefined) return [];
  const message = 'is needed beside SAMTYKKE_OIDC_ISSUER: tokens meant for others are not accepted';
  return [{ variable: 'SAMTYKKE_OIDC_AUDIENCE', message }];
}

function openIdOf(variables: Variables): { readonly openId?: OpenIdSettings } {
  const { SAMTYKKE_OIDC_ISSUER: issuer, SAMTYKKE_OIDC_AUDIENCE: audience } = variables;
  if (issuer === undefined || audience === undefined) return {};
  const openId = {
    issuer,
    audience,
    rolesClaim: variables.SAMTYKKE_OIDC_ROLES_CLAIM ?? DEFAULT_ROLES_CLAIM,
    subjectClaim: variables.SAMTYKKE_OIDC_SUBJECT_CLAIM ?? DEFAULT_SUBJECT_CLAIM,
    grantable: variables.SAMTYKKE_OIDC_ROLES ?? DEFAULT_GRANTABLE,
  };
  return { openId };
}

function problemsOf(error: z.ZodError): readonly ConfigProblem[] {
  return error.issues.map(({ path: [variable], message }) => ({ variable: String(variable), message }));
}

function unknownVariables(names: readonly string[]): readonly ConfigProblem[] {
  return names
    .filter((name) => name.toUpperCase().startsWith(PREFIX) && !KNOWN.includes(name))
    .map((variable) => ({ variable, message: `is not known; the nearest that is: ${nearestTo(variable)}` }));
}

/** A name that the given one begins is nearer than any other; else the one with the fewest letters to mend. */
function nearestTo(name: string): string {
  const wanted = name.toUpperCase();
  const begun = KNOWN.filter((known) => wanted.length > PREFIX.length && known.startsWith(wanted));
  const byDistance = (begun.length > 0 ? begun : KNOWN).map((known) => ({ known, edits: editsBetween(wanted, known) }));
  return byDistance.reduce((best, each) => (each.edits < best.edits ? each : best)).known;
}

/** Insertions, removals and replacements of one letter that lead from `a` to `b` (Levenshtein). */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (letter === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
