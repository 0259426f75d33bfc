import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Evidence, prepareEvidence } from '../../src/application/evidence';
import { epochMsOf, type Instant, instantAt } from '../../src/domain/time';
import type { Position } from '../../src/event-store/event-store';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { streamsBeside } from '../../src/evidence/bundle/bundle-order';
import { bundles } from '../../src/evidence/bundle/bundles';
import { originOf } from '../../src/ledger/checkpoint-stream';
import type { Ledger } from '../../src/ledger/ledger';
import { ledgerKeysOf } from '../../src/ledger/ledger-keys';
import type { CheckpointTimestamp } from '../../src/ledger/timestamps';
import { READ_PREFIXES } from '../../src/read-models/incoming-event';
import { type OpenReadModels, openReadModels } from '../../src/read-models/sqlite/open-read-models';
import { ledgerOfTest, storeBesideTree, storeWithTree } from './ledger-of-test';
import { openPeopleOffice, type PeopleOffice } from './people-office';

/** An office whose log has a ledger, and that hands out bundles. */
export interface BundleOffice extends PeopleOffice {
  readonly ledger: Ledger;
  readonly models: OpenReadModels;
  /** Time stamps of checkpoints, by size: those that an authority gave. */
  readonly stamps: Map<number, CheckpointTimestamp>;
  /** A directory of the test's own, with the ledger's keys in `keys`. */
  readonly directory: string;
  applied(): Promise<void>;
  order(about: About, more?: Partial<BundleOrdered>): Promise<Evidence>;
  make(evidence: Evidence, maxListedLeaves?: number): Promise<Buffer>;
  /** Makes a bundle and writes it; answers where. */
  write(evidence: Evidence, maxListedLeaves?: number): Promise<string>;
  /** Orders a bundle, makes it, writes it and answers where. */
  bundle(about: About, more?: Partial<BundleOrdered>): Promise<string>;
}

export type About = { readonly policyId: string } | { readonly subjectId: string };

export interface BundleOrdered {
  readonly effectiveAt: Instant;
  readonly position: Position;
  readonly personalValues: true;
  readonly maxListedLeaves: number;
  /** Absent: the office's own. */
  readonly organisationId: string;
}

/** @param beside the store keeps no tree itself: the ledger follows the log */
export async function openBundleOffice(beside = false): Promise<BundleOffice> {
  const clock = { nowMs: Date.parse('2024-06-15T10:00:00.000Z') };
  const stepping = () => clock.nowMs;
  const log = beside ? storeBesideTree(openSqliteEventStore({ clock: stepping })) : storeWithTree(stepping);
  const office = await openPeopleOffice(log.store);
  const { app } = office;
  const nowMs = () => epochMsOf(office.clock.now);
  const models = openReadModels({ file: ':memory:', store: app.store, nowMs });
  models.runner.start();
  const { readModels } = models;
  const directory = mkdtempSync(join(tmpdir(), 'samtykke-bundle-'));
  const keys = join(directory, 'keys');
  const ledger = await ledgerOfTest(log, app.logId, nowMs, {}, keys);
  if (beside) ledger.start();
  const stamps = new Map<number, CheckpointTimestamp>();
  const stamped = { ...ledger, timestampOf: async (size: number) => stamps.get(size) };
  let made = 0;

  const applied = async () => {
    const head = await app.store.head(READ_PREFIXES);
    if (head === undefined || !(await models.runner.waitFor(head, 10_000))) throw new Error('The log is not applied.');
  };
  async function order(about: About, more: Partial<BundleOrdered> = {}): Promise<Evidence> {
    await applied();
    const position = more.position ?? readModels.applied().position;
    const prefix = readModels.prefixAtPosition(position);
    if (!prefix) throw new Error('There is no such prefix.');
    const effectiveAt = more.effectiveAt ?? office.clock.now;
    const { evidence } = await prepareEvidence(
      app,
      await office.request('officer'),
      {
        organisationId: more.organisationId ?? office.organisationId,
        kind: 'BUNDLE',
        format: 'ZIP',
        ...about,
        ...(more.personalValues && { personalValues: more.personalValues }),
        effectiveAt,
        position,
        events: prefix.n,
        recordedAt: instantAt(prefix.clockMs),
        ...('subjectId' in about && {
          streams: streamsBeside(readModels, about.subjectId, { effectiveAt, n: prefix.n }),
        }),
      },
      about,
      async () => undefined,
    );
    return evidence;
  }
  async function make(evidence: Evidence, maxListedLeaves?: number): Promise<Buffer> {
    const signers = () => ledgerKeysOf(keys, originOf(app.logId));
    const parts = {
      app,
      readModels,
      ledger: stamped,
      signers,
      ...(maxListedLeaves !== undefined && { maxListedLeaves }),
    };
    const generator = bundles(parts).BUNDLE?.ZIP;
    const prefix = readModels.prefixAtPosition(evidence.position);
    if (!generator || !prefix) throw new Error('There is no such prefix.');
    const chunks: Uint8Array[] = [];
    const work = { prefix, signal: new AbortController().signal, rows: () => undefined };
    for await (const chunk of generator(evidence, work)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }
  async function write(evidence: Evidence, maxListedLeaves?: number): Promise<string> {
    made += 1;
    const path = join(directory, `bundle-${made}.zip`);
    writeFileSync(path, await make(evidence, maxListedLeaves));
    return path;
  }
  return {
    ...office,
    ledger,
    models,
    stamps,
    directory,
    applied,
    order,
    make,
    write,
    bundle: async (about, more = {}) => write(await order(about, more), more.maxListedLeaves),
    close: async () => {
      await models.close();
      await ledger.close();
      await office.close();
      rmSync(directory, { recursive: true });
    },
  };
}
