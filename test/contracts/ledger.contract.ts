import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStore, NewEvent, Position, StoredEvent } from '../../src/event-store/event-store';
import { parseCheckpoint, parseNote, parseVerifierKey, signersOf } from '../../src/ledger/checkpoint-note';
import { leafOf } from '../../src/ledger/leaf';
import { guardedBy, type Ledger, type LedgerPace, openLedger } from '../../src/ledger/ledger';
import { exportLedgerKeys } from '../../src/ledger/ledger-keys';
import type { LedgerTree } from '../../src/ledger/ledger-tree';
import { createTree, hashLeaf, rootOf } from '../../src/ledger/merkle-tree';
import { createProofs } from '../../src/ledger/proofs';
import { verifyConsistency, verifyInclusion } from '../../src/ledger/verify-proof';
import { collect, freshCategory, sampleEvent, sampleEvents } from '../support/event-store-samples';
import { randomNumbers } from '../support/synthetic-history';

/** A store with a tree over the categories of one suite, as a node has them. */
export interface LedgerStore {
  readonly store: EventStore;
  readonly tree: LedgerTree;
  readonly inStep: boolean;
  close(): Promise<void>;
}

/** A log that can be opened again, and by several nodes where the store is shared. */
export interface LedgerLogUnderTest {
  readonly isShared: boolean;
  /** @param node each has a tree of its own, which it finds again when opened for the second time */
  open(node: string, prefixes: readonly string[]): Promise<LedgerStore>;
  close(): Promise<void>;
}

interface OpenNode {
  readonly store: EventStore;
  readonly guarded: EventStore;
  readonly ledger: Ledger;
  close(): Promise<void>;
}

const QUICK: Partial<LedgerPace> = { lookMs: 5, everyMs: 50, scrub: { pauseMs: 0, restMs: 3_600_000, keepMs: 0 } };
const STILL: Partial<LedgerPace> = { lookMs: 3_600_000, everyMs: 3_600_000 };
const REACH_MS = 20_000;

/** What a ledger must do, whichever store keeps the log. */
export function ledgerContract(name: string, openLog: () => Promise<LedgerLogUnderTest>): void {
  describe(`ledger: ${name}`, () => {
    const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
    const category = freshCategory();
    const other = freshCategory();
    const prefixes = [`${category}-`];
    const logId = randomUUID();
    const keys = mkdtempSync(join(tmpdir(), 'samtykke-ledger-contract-'));
    let log: LedgerLogUnderTest;
    const open: OpenNode[] = [];

    beforeAll(async () => {
      console.info(`${name}: TEST_SEED=${seed}`);
      log = await openLog();
    });
    afterEach(async () => {
      for (const each of open.splice(0)) await each.close();
    });
    afterAll(async () => {
      await log.close();
      rmSync(keys, { recursive: true });
    });

    async function node(named = 'one', pace: Partial<LedgerPace> = STILL): Promise<OpenNode> {
      const { store, tree, inStep, close } = await log.open(named, prefixes);
      const parts = { store, tree, inStep, logId, prefixes, keysDirectory: keys, nowMs: Date.now };
      const ledger = await openLedger({ ...parts, log: () => undefined, pace });
      const opened = {
        store,
        guarded: guardedBy(store, ledger),
        ledger,
        close: async () => {
          await ledger.close();
          await close();
        },
      };
      open.push(opened);
      return opened;
    }

    /** Appends to streams of the suite and to one that is no part of the proof. Answers the last position of each. */
    async function write(store: EventStore, rounds: number): Promise<Position> {
      const random = randomNumbers(seed);
      let last: Position | undefined;
      for (let round = 0; round < rounds; round += 1) {
        const events: NewEvent[] = sampleEvents(1 + random(5), round);
        last = (await store.append(`${category}-${randomUUID()}`, events, 0)).position;
        if (random(3) === 0) await store.append(`${other}-${randomUUID()}`, [sampleEvent()], 0);
      }
      if (last === undefined) throw new Error('Nothing was written.');
      return last;
    }

    async function whole({ store, ledger }: OpenNode): Promise<StoredEvent[]> {
      const events = await collect(store.readAll({ prefixes }));
      const last = events.at(-1);
      if (last !== undefined) expect(await ledger.reach(last.position, REACH_MS)).toBe(true);
      const tree = createTree();
      for (const event of events) tree.append(hashLeaf(leafOf(event)));
      expect(ledger.tree.size()).toBe(events.length);
      expect(rootOf(ledger.tree, events.length)).toEqual(rootOf(tree, events.length));
      return events;
    }

    test('every event of the proof has its leaf, in log order, and no other has one', async () => {
      const one = await node();
      one.ledger.start();
      await write(one.guarded, 40);
      const events = await whole(one);
      expect(events.map(({ position }) => one.ledger.leafAt(position))).toEqual(events.map((_, index) => index));
      const [outside] = await collect(one.store.readAll({ prefixes: [`${other}-`], limit: 1 }));
      expect(outside && one.ledger.leafAt(outside.position)).toBeUndefined();
    });

    test('a checkpoint is signed over it, which is none of it, and proofs lead from each event to it', async () => {
      const one = await node();
      one.ledger.start();
      const before = await one.ledger.checkpoint();
      await write(one.guarded, 10);
      const events = await whole(one);
      const proofs = createProofs(one.ledger, (position) => position);
      const checkpoint = await one.ledger.covering(events.length);
      if (checkpoint === undefined) throw new Error('It was not signed.');
      const note = parseNote(checkpoint.note);
      const exported = exportLedgerKeys(keys).map(({ verifierKey }) => parseVerifierKey(verifierKey));
      expect(signersOf(note, exported)).toHaveLength(1);
      expect(parseCheckpoint(note.text)).toMatchObject({ size: events.length, root: Buffer.from(checkpoint.root) });
      for (const [index, event] of [...events.entries()].filter(([place]) => place % 7 === 0)) {
        const proof = await proofs.inclusion(event.position, String(checkpoint.size));
        const claim = { index, size: checkpoint.size, root: checkpoint.root, leafHash: hashLeaf(leafOf(event)) };
        expect(verifyInclusion({ ...claim, hashes: bytesOf(proof?.hashes) })).toBe(true);
        expect(proof?.checkpoint.note).toBe(checkpoint.note);
      }
      if (before === undefined) throw new Error('There was no checkpoint before.');
      const grown = await proofs.consistency(String(before.size), String(checkpoint.size));
      const sizes = { from: before.size, to: checkpoint.size, fromRoot: before.root, toRoot: checkpoint.root };
      expect(verifyConsistency({ ...sizes, hashes: bytesOf(grown.hashes) })).toBe(true);
    });

    test('a node that is opened again goes on from where it was, and finds everything sound', async () => {
      const first = await node();
      first.ledger.start();
      await write(first.guarded, 5);
      const { length } = await whole(first);
      await first.ledger.covering(length);
      await first.close();
      open.splice(0);
      const again = await node('one', QUICK);
      expect(again.ledger.state()).toMatchObject({ phase: 'SOUND', size: length, signed: length });
      again.ledger.start();
      await write(again.guarded, 5);
      await whole(again);
      await eventually(() => again.ledger.state().scrub.wholeAt !== undefined);
      expect(again.ledger.state().phase).toBe('SOUND');
    });

    test('a tree made anew from the log has the roots that were signed', async () => {
      const one = await node();
      const { phase, size } = one.ledger.state();
      await one.ledger.rebuild();
      expect(one.ledger.state()).toMatchObject({ phase, size });
      if (log.isShared) expect((await node('fresh')).ledger.state()).toMatchObject({ phase: 'SOUND', size });
      await whole(one);
    });

    test('nodes on one log sign one history, whoever writes and whoever is first', async () => {
      const nodes = log.isShared
        ? await Promise.all(['one', 'two', 'three'].map((each) => node(each, { ...QUICK, everyLeaves: 3 })))
        : [await node('one', { ...QUICK, everyLeaves: 3 })];
      for (const { ledger } of nodes) ledger.start();
      await Promise.all(nodes.map(({ guarded }) => write(guarded, 25)));
      const [{ store } = await node()] = nodes;
      for (const each of nodes) await whole(each);
      for (const { ledger } of nodes) await ledger.covering(ledger.tree.size());
      const signed = await collect(store.readStream(`ledger-${logId}`));
      const tree = createTree();
      for (const event of await collect(store.readAll({ prefixes }))) tree.append(hashLeaf(leafOf(event)));
      let before = 0;
      for (const { data } of signed) {
        expect(Number(data.size)).toBeGreaterThan(before);
        before = Number(data.size);
        expect(data.rootHash).toBe(Buffer.from(rootOf(tree, before)).toString('base64'));
      }
      expect(nodes.map(({ ledger }) => ledger.state().phase)).toEqual(nodes.map(() => 'SOUND'));
    });

    test('a node whose tree says something else than was signed writes nothing, signs nothing, and reads on', async () => {
      const first = await node();
      first.ledger.start();
      await write(first.guarded, 3);
      await first.ledger.covering((await whole(first)).length);
      await first.close();
      open.splice(0);
      // As if every checkpoint were of another log: what is a leaf here was none there.
      const { store, tree, inStep, close } = await log.open('astray', [...prefixes, `${other}-`]);
      const parts = { store, tree, inStep, logId, keysDirectory: keys, nowMs: Date.now };
      const ledger = await openLedger({ ...parts, prefixes: [...prefixes, `${other}-`], log: () => undefined });
      const signed = (await collect(store.readStream(`ledger-${logId}`))).length;
      expect(ledger.state().phase).toBe('DIVERGED');
      const guarded = guardedBy(store, ledger);
      const refused = guarded.append(`${category}-${randomUUID()}`, [sampleEvent()], 0);
      await expect(refused).rejects.toMatchObject({ code: 'LEDGER_DIVERGED' });
      await expect(ledger.checkpoint()).rejects.toMatchObject({ code: 'LEDGER_DIVERGED' });
      expect(await collect(guarded.readStream(`ledger-${logId}`))).toHaveLength(signed);
      await ledger.close();
      await close();
    });
  });
}

const bytesOf = (hashes: readonly string[] = []): Buffer[] => hashes.map((each) => Buffer.from(each, 'base64'));

async function eventually(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + REACH_MS; !holds(); ) {
    if (Date.now() > end) throw new Error(`It did not come to hold: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
