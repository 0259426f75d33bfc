import 'reflect-metadata';
import { join } from 'node:path';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { parseGrant } from '../src/api/auth/caller';
import { openSignIn } from '../src/api/auth/sign-in';
import { standingIn } from '../src/api/auth/subject-standing';
import { openTokenKeys, type TokenKeys } from '../src/api/auth/token-keys';
import { issueToken, subjectActorClaim } from '../src/api/auth/tokens';
import { createApiContext } from '../src/api/context';
import { openEvidence } from '../src/api/evidence/open-evidence';
import { openApi } from '../src/api/open-api';
import { createPolicyPages } from '../src/api/pages/find-policy-page';
import { buildApiSchema } from '../src/api/schema';
import { createServerLog } from '../src/api/server/server-log';
import { startServer } from '../src/api/server/start-server';
import { createSharedSubscribe } from '../src/api/shared-subscribe';
import { type Application, createApplication, type RequestContext } from '../src/application/application';
import { openLog } from '../src/application/open-log';
import { registerOrganisation } from '../src/application/organisations';
import { createPolicy, policyOf } from '../src/application/policies';
import { editDraftText, setDraftStatement } from '../src/application/policy-drafts';
import { publishVersion } from '../src/application/policy-versions';
import { registerSubjects } from '../src/application/subject-rows';
import type { ProcessingStatement } from '../src/domain/policy/processing-statement';
import { findVersion } from '../src/domain/policy/version-in-force';
import { instantAt } from '../src/domain/time';
import type { EventStore } from '../src/event-store/event-store';
import { openSqliteEventStore } from '../src/event-store/sqlite/sqlite-event-store';
import { openSqlitePreparedFiles } from '../src/evidence/sqlite/sqlite-prepared-files';
import { READ_PREFIXES } from '../src/read-models/incoming-event';
import { type OpenReadModels, openReadModels } from '../src/read-models/sqlite/open-read-models';
import { openSqliteRecords } from '../src/records/sqlite/sqlite-records';
import { keyEncryptionKeyFiles } from '../src/vault/key-encryption-keys';
import { openSqliteVault } from '../src/vault/sqlite/sqlite-vault';
import { idleLedger } from './bench-ledger';
import { machineMs } from './child-server';

const SLUG = 'bench';
export const HANDLE = `${SLUG}/privacy`;
export const PURPOSE = 'newsletter';
const ROWS_AT_ONCE = 1_000;
const TOKEN_LIFE_MS = 24 * 3_600_000;

/** What people decide on. */
export interface ShownVersion {
  readonly policyId: string;
  readonly versionId: string;
  readonly locale: string;
  readonly contentSha256: string;
}

/** A whole node as `serve` makes it, its files in one directory, with one organisation, one policy and its people. */
export interface PeopleNode {
  readonly address: string;
  readonly serviceToken: string;
  readonly subjects: readonly string[];
  /** Of each person, in their order. */
  subjectTokens(): Promise<readonly string[]>;
  shown(): ShownVersion;
  /** Writes the draft of the next version, which all people have to read. */
  draft(): Promise<void>;
  /** Publishes it from now on, and answers when it was asked to, in {@link machineMs}. */
  publish(): Promise<number>;
  /** Waits until nothing is being recorded behind the connections. */
  settle(): Promise<void>;
}

export async function openPeopleNode(directory: string, people: number): Promise<PeopleNode> {
  const warn = () => undefined;
  const store = openSqliteEventStore({ directory, clock: Date.now });
  const vault = await openSqliteVault({
    path: join(directory, 'vault.db'),
    keys: keyEncryptionKeyFiles(directory, warn),
  });
  const records = await openSqliteRecords(join(directory, 'records.db'));
  const models = openReadModels({ file: join(directory, 'read-model.db'), store, nowMs: Date.now });
  const { readModels, runner } = models;
  const logId = await openLog(store, vault.id, instantAt(Date.now()));
  runner.start();
  const now = () => instantAt(Math.max(Date.now(), readModels.applied().clockMs));
  const app = createApplication({ store, vault, logId, now });
  const request = { actor: await vault.actorOf({ issuer: 'bench', claim: 'bench' }), correlationId: 'bench' };

  const { id: organisationId } = await registerOrganisation(app, request, {
    slug: SLUG,
    name: 'Bench AS',
    timeZone: 'Europe/Oslo',
    defaultLocale: 'nb',
    approvalRequired: false,
  });
  const creation = { organisationId, slug: 'privacy', kind: 'PRIVACY_NOTICE', title: 'Personvern' } as const;
  const { id: policyId } = await createPolicy(app, request, creation);
  let turn = 0;
  let versionId = '';
  const draft = () => writeDraft(app, request, policyId, turn);
  const publish = async () => {
    turn += 1;
    const { revision: expectedRevision } = (await policyOf(app, policyId)).draft;
    const started = machineMs();
    const reasons = [turn === 1 ? ('FIRST_VERSION' as const) : ('RETENTION' as const)];
    const lists = { reasons, summaries: [], renewalPurposes: [] };
    const label = `Versjon ${turn}`;
    const version = { policyId, expectedRevision, label, blocking: false, graceDays: 0, ...lists };
    ({ id: versionId } = await publishVersion(app, request, version));
    return started;
  };
  await draft();
  await publish();
  const { contents } = findVersion(await policyOf(app, policyId), versionId) ?? { contents: [] };
  const subjects = await registerPeople(app, request, organisationId, people);
  await caughtUp(store, models);

  const keys = await openTokenKeys(directory, warn);
  const files = await openSqlitePreparedFiles(join(directory, 'evidence'));
  const parts = { app, readModels, progress: runner, records, nowMs: Date.now, reportFault: console.error };
  const evidence = await openEvidence({ ...parts, files });
  const ledger = await idleLedger(store, logId);
  const api = openApi({ ...parts, evidence, keys, ledger });
  const schema = buildApiSchema();
  const log = createServerLog('info', pino.destination('/dev/null'));
  const signIn = openSignIn({
    keys,
    standingOf: standingIn(readModels),
    findSubject: async () => undefined,
    nowMs: Date.now,
    log,
  });
  const { address } = await startServer({
    host: '127.0.0.1',
    port: 0,
    schema,
    subscribe: createSharedSubscribe(schema, api.services),
    createContext: (asked) => createApiContext(api.services, asked),
    authenticate: signIn.authenticate,
    isRevoked: signIn.isRevoked,
    pages: createPolicyPages(api.services),
    health: async () => [],
    log,
    metrics: new Registry(),
    nowMs: Date.now,
    ide: false,
  });
  return {
    address,
    serviceToken: await tokenOf(keys, 'service'),
    subjects,
    subjectTokens: () => Promise.all(subjects.map((subject) => tokenOf(keys, 'subject', subject))),
    shown: () => ({ policyId, versionId, locale: 'nb', contentSha256: contents[0]?.sha256 ?? '' }),
    draft,
    publish,
    settle: async () => {
      await api.services.notifications.settled();
      await caughtUp(store, models);
    },
  };
}

const CATCH_UP_MS = 600_000;

async function caughtUp(store: EventStore, { runner }: OpenReadModels): Promise<void> {
  const head = await store.head(READ_PREFIXES);
  if (head !== undefined) await runner.waitFor(head, CATCH_UP_MS);
}

async function tokenOf(keys: TokenKeys, role: string, subject?: string): Promise<string> {
  const grant = parseGrant(`${role}@${SLUG}`);
  if (!grant) throw new Error(`${role} is no role.`);
  const request = { roles: [grant], expiresIn: TOKEN_LIFE_MS, actor: `bench ${role}` };
  if (subject === undefined) return (await issueToken(request, keys, Date.now())).token;
  return (await issueToken({ ...request, actor: subjectActorClaim(subject), subject }, keys, Date.now())).token;
}

async function registerPeople(
  app: Application,
  request: RequestContext,
  organisationId: string,
  people: number,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let first = 0; first < people; first += ROWS_AT_ONCE) {
    const count = Math.min(ROWS_AT_ONCE, people - first);
    const rows = Array.from({ length: count }, (_, index) => ({
      externalId: `person-${first + index}`,
      categories: ['customer'],
    }));
    ids.push(...(await registerSubjects(app, request, { organisationId, rows })).ids);
  }
  return ids;
}

async function writeDraft(app: Application, request: RequestContext, policyId: string, turn: number): Promise<void> {
  const { revision: expectedRevision } = (await policyOf(app, policyId)).draft;
  const text = `Utkast ${turn}. ${'Vi behandler navn og e-postadresse for å gi deg en konto. '.repeat(100)}`;
  const edit = { policyId, expectedRevision, locale: 'nb', format: 'PLAIN_TEXT', text } as const;
  await editDraftText(app, request, edit);
  const statement = statementOf(turn);
  await setDraftStatement(app, request, { policyId, expectedRevision: expectedRevision + 1, statement });
}

/** Another retention each time: a change that people have to read. */
function statementOf(turn: number): ProcessingStatement {
  const common = { recipients: [], sources: [], processors: [], transfers: [], dataCategories: ['e-mail address'] };
  const retention = `${turn + 1} years`;
  return {
    controller: { name: 'Bench AS', role: 'controller', address: 'Kaien 1, Bergen' },
    controllerIsCustomer: false,
    processors: [],
    contact: 'personvern@bench.example',
    complaintAuthority: 'Datatilsynet',
    rights: ['ACCESS', 'RECTIFICATION', 'ERASURE', 'RESTRICTION', 'PORTABILITY', 'WITHDRAW_CONSENT'],
    purposes: [
      {
        ...common,
        key: PURPOSE,
        titles: [{ locale: 'nb', text: 'Nyhetsbrev' }],
        optional: true,
        bases: [{ subjectCategory: 'customer', legalBasis: 'CONSENT' }],
        retention: 'Until unsubscribed',
        consentValidFor: 'P2Y',
      },
      {
        ...common,
        key: 'account',
        titles: [{ locale: 'nb', text: 'Konto' }],
        optional: false,
        bases: [{ subjectCategory: 'customer', legalBasis: 'CONTRACT' }],
        retention,
      },
    ],
  };
}
