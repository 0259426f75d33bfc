/**
 * A bundle of a policy with ten thousand edits, in a log of ten such policies: made, and verified from its file.
 *
 *   npx tsc -p tsconfig.bench.json; node node_modules/.cache/bench/bench/bundle.js
 *
 * Processor time of the whole process, the packing in other threads included; the medians of some rounds.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { v5 as uuidv5 } from 'uuid';
import { createApplication } from '../src/application/application';
import { openLog } from '../src/application/open-log';
import { registerOrganisation } from '../src/application/organisations';
import { createPolicy, policyOf } from '../src/application/policies';
import { editDraftText, setDraftStatement } from '../src/application/policy-drafts';
import { publishVersion } from '../src/application/policy-versions';
import { policyStream } from '../src/application/stream-names';
import type { ContentRef } from '../src/domain/policy/policy.events';
import { findVersion } from '../src/domain/policy/version-in-force';
import { instantAt } from '../src/domain/time';
import type { EventStore, JsonObject, NewEvent, Position } from '../src/event-store/event-store';
import { openSqliteEventStore } from '../src/event-store/sqlite/sqlite-event-store';
import { type BundleMade, makeBundle } from '../src/evidence/bundle/make-bundle';
import { verifyBundle } from '../src/evidence/verify/verify-bundle';
import { type Ledger, openLedger } from '../src/ledger/ledger';
import type { LedgerTree } from '../src/ledger/ledger-tree';
import { openTreeInLog } from '../src/ledger/sqlite/tree-in-log';
import { READ_PREFIXES } from '../src/read-models/incoming-event';
import { openReadModels } from '../src/read-models/sqlite/open-read-models';
import { keyEncryptionKeysInMemory } from '../src/vault/key-encryption-keys';
import { openSqliteVault } from '../src/vault/sqlite/sqlite-vault';
import { type BenchRow, median, printBenchRows } from './bench-row';

const EVENTS = 10_000;
const POLICIES = 10;
const ROUNDS = 7;
const APPEND_AT_ONCE = 500;
const MOST_MAKING_MS = 2_000;
const MOST_VERIFYING_MS = 2_000;

export async function run(): Promise<BenchRow[]> {
  const cache = join(process.cwd(), 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, 'bench-bundle-'));
  try {
    return await measure(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function measure(directory: string): Promise<BenchRow[]> {
  const office = await openOffice(directory);
  const path = join(directory, 'bundle.zip');
  const making: number[] = [];
  const verifying: number[] = [];
  let events = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await office.bundle()).content) chunks.push(chunk);
    making.push(cpuMsSince(before));
    writeFileSync(path, Buffer.concat(chunks));
    const made = process.cpuUsage();
    ({ events } = await verifyBundle(path));
    verifying.push(cpuMsSince(made));
  }
  await office.close();
  if (events < EVENTS) throw new Error(`The bundle holds ${events} events only.`);
  const bytes = statSync(path).size;
  return [
    row(`bundle of ${events} events, made`, median(making), MOST_MAKING_MS),
    row(`bundle of ${events} events (${(bytes / 1e6).toFixed(1)} MB), verified`, median(verifying), MOST_VERIFYING_MS),
  ];
}

function row(name: string, value: number, most: number): BenchRow {
  return { name, value, unit: 'ms CPU', limit: `< ${most} ms`, ratio: value / most, ok: value < most };
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

interface Office {
  bundle(): Promise<BundleMade>;
  close(): Promise<void>;
}

async function openOffice(directory: string): Promise<Office> {
  const { store, tree } = openLogWithTree(directory);
  const vault = await openSqliteVault({ path: ':memory:', keys: keyEncryptionKeysInMemory() });
  const logId = await openLog(store, vault.id, instantAt(Date.now()));
  const models = openReadModels({ file: ':memory:', store, nowMs: Date.now });
  models.runner.start();
  const { readModels } = models;
  const app = createApplication({ store, vault, logId, now: () => instantAt(Date.now()) });
  const request = { actor: await vault.actorOf({ issuer: 'bench', claim: 'bench' }), correlationId: 'bench' };
  const organisation = {
    slug: 'bench',
    name: 'Bench AS',
    timeZone: 'Europe/Oslo',
    defaultLocale: 'nb',
    approvalRequired: false,
  };
  const { id: organisationId } = await registerOrganisation(app, request, organisation);
  const creation = { organisationId, slug: 'privacy', kind: 'PRIVACY_NOTICE', title: 'Personvern' } as const;
  const { id: policyId } = await createPolicy(app, request, creation);
  const text = 'Vi behandler navn og e-postadresse for å gi deg en konto. '.repeat(500);
  await editDraftText(app, request, { policyId, expectedRevision: 0, locale: 'nb', format: 'PLAIN_TEXT', text });
  await setDraftStatement(app, request, { policyId, expectedRevision: 1, statement: STATEMENT });
  const lists = { reasons: ['FIRST_VERSION' as const], summaries: [], renewalPurposes: [] };
  const publication = { policyId, expectedRevision: 2, label: 'Versjon 1', blocking: false, graceDays: 0, ...lists };
  const { id: versionId } = await publishVersion(app, request, publication);
  const [content] = findVersion(await policyOf(app, policyId), versionId)?.contents ?? [];
  if (!content) throw new Error('The version has no text.');
  const edited = [policyId];
  for (let other = 1; other < POLICIES; other += 1) {
    edited.push((await createPolicy(app, request, { ...creation, slug: `privacy-${other}` })).id);
  }
  for (const each of edited) await recordEdits(store, each, content);
  const ledger = await openBenchLedger(store, tree, logId, join(directory, 'keys'));
  const applied = async (position: Position) => void (await models.runner.waitFor(position, 600_000));
  const head = await store.head(READ_PREFIXES);
  if (head !== undefined) await applied(head);
  return {
    bundle: () =>
      makeBundle(
        { app, readModels, ledger, signers: () => [], nowMs: Date.now, applied },
        {
          organisationId,
          about: { policyId },
          asOf: {},
          personalValues: false,
          request,
          rows: () => undefined,
          signal: new AbortController().signal,
        },
      ),
    close: async () => {
      await models.close();
      await ledger.close();
      await store.close();
      await vault.close();
    },
  };
}

function openLogWithTree(directory: string): { readonly store: EventStore; readonly tree: LedgerTree } {
  return openTreeInLog(READ_PREFIXES, (sink) =>
    openSqliteEventStore({ directory: join(directory, 'data'), clock: Date.now, sink }),
  );
}

function openBenchLedger(store: EventStore, tree: LedgerTree, logId: string, keysDirectory: string): Promise<Ledger> {
  mkdirSync(keysDirectory, { recursive: true });
  return openLedger({
    store,
    tree,
    logId,
    prefixes: READ_PREFIXES,
    keysDirectory,
    inStep: true,
    nowMs: Date.now,
    log: () => undefined,
  });
}

/** A draft that is edited again and again, as the application writes it. */
async function recordEdits(store: EventStore, policyId: string, content: ContentRef): Promise<void> {
  const stream = policyStream(policyId);
  let metadata: JsonObject = {};
  let seen = 0;
  for await (const event of store.readStream(stream)) {
    ({ metadata } = event);
    seen = event.version;
  }
  for (let first = seen; first < EVENTS; first += APPEND_AT_ONCE) {
    const count = Math.min(APPEND_AT_ONCE, EVENTS - first);
    const events = Array.from({ length: count }, (_, index) => editOf(policyId, first + index, content, metadata));
    await store.append(stream, events, first);
  }
}

function editOf(policyId: string, place: number, content: ContentRef, metadata: JsonObject): NewEvent {
  const commandId = uuidv5(`command ${place}`, policyId);
  const editedAt = instantAt(Date.now());
  const data = { policyId, author: policyId, revision: place, content: { ...content }, editedAt };
  const more = { commandId, $causationId: commandId, $correlationId: commandId };
  return {
    id: uuidv5(`edit ${place}`, policyId),
    type: 'PolicyDraftTextEdited',
    data,
    metadata: { ...metadata, ...more },
  };
}

const STATEMENT = {
  controller: { name: 'Bench AS', number: '923609016', role: 'controller', address: 'Strandgata 1, Bergen' },
  controllerIsCustomer: false,
  processors: [],
  contact: 'personvern@bench.example',
  purposes: [
    {
      key: 'newsletter',
      titles: [{ locale: 'nb', text: 'Nyhetsbrev' }],
      optional: true,
      bases: [{ subjectCategory: 'customer', legalBasis: 'CONSENT' as const }],
      dataCategories: ['e-mail address'],
      sources: [],
      recipients: [],
      processors: [],
      retention: 'Until withdrawn',
      transfers: [],
    },
  ],
  rights: ['ACCESS', 'RECTIFICATION', 'ERASURE', 'RESTRICTION', 'PORTABILITY', 'WITHDRAW_CONSENT'] as const,
  complaintAuthority: 'Datatilsynet',
};

if (require.main === module) run().then(printBenchRows);
