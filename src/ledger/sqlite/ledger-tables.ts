import { hash } from 'node:crypto';
import type { AppendSink, StatementDoor, WrittenEvent } from '../../event-store/append-sink';
import type { Position } from '../../event-store/event-store';
import { LEAF_BYTES, textsOf, writeLeaf } from '../leaf';
import { LedgerDiverged } from '../ledger-faults';
import type { LedgerLeaf, LedgerTree } from '../ledger-tree';
import { completedBy, HASH_BYTES } from '../merkle-tree';
import { endOf, type LeafRun, leafGone, leafIn, openLeafRuns, packPositions, positionsIn } from './leaf-runs';

export interface LedgerTables {
  readonly tree: LedgerTree;
  /** Keeps the tree in step with a log in the same database. */
  readonly sink: AppendSink;
}

/**
 * Subtrees of 2^BLOCK_LEVEL leaves, and those above, are kept; those below are put together from the leaves when they
 * are asked for, which a proof does twice. So an append writes little more than its leaf.
 */
const BLOCK_LEVEL = 8;
const BLOCK_LEAVES = 2 ** BLOCK_LEVEL;
/** Complete blocks whose leaves' hashes are remembered: a proof asks for two, and again for many nodes of each. */
const REMEMBERED_BLOCKS = 16;
/** A node's key is level x this + index. */
const NODES_PER_LEVEL = 2 ** 44;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS ledger_nodes (node INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS ledger_settings (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;
const CLEAR = 'DELETE FROM ledger_leaves; DELETE FROM ledger_nodes; DELETE FROM ledger_settings;';

/**
 * The tree in tables, beside the log or in a file of its own.
 * @param prefixes categories whose events are leaves, as prefixes of stream names
 */
export function openLedgerTables(door: StatementDoor, prefixes: readonly string[]): LedgerTables {
  door.exec(SCHEMA);
  const runs = openLeafRuns(door);
  const nodes = openNodes(door);
  const settings = openSettings(door);
  const categories = new Set(prefixes);
  const blocks = new Map<number, Buffer>();
  const pending = pendingLeaves();
  let known: { size: number; readonly tail: Buffer } | undefined;

  /** The size, and the hashes of the leaves behind the last complete block. */
  function state() {
    if (known !== undefined) return known;
    const size = keptSize();
    const tail = Buffer.alloc(BLOCK_LEAVES * HASH_BYTES);
    hashLeaves(size - (size % BLOCK_LEAVES), size, tail);
    known = { size, tail };
    return known;
  }

  function keptSize(): number {
    const last = runs.last();
    return last === undefined ? 0 : endOf(last);
  }

  function hashLeaves(from: number, to: number, target: Buffer): void {
    let offset = 0;
    for (const { run, start, end } of runsOf(from, to)) {
      const leaves = asBuffer(run.leaves);
      for (let index = start; index < end; index += 1) {
        writeLeafHash(leaves, (index - run.first) * LEAF_BYTES, target, offset);
        offset += HASH_BYTES;
      }
    }
  }

  function* leaves(from: number, to: number): Generator<LedgerLeaf> {
    if (to > state().size) throw new RangeError(`There is no leaf ${to - 1}.`);
    for (const { run, start, end } of runsOf(from, to)) {
      const positions = positionsIn(run);
      for (let index = start; index < end; index += 1) {
        yield { leaf: leafIn(run, index), position: positions[index - run.first] ?? ('' as Position) };
      }
    }
  }

  /** The runs that hold these leaves, each with its share of them. */
  function* runsOf(from: number, to: number): Generator<RunPart> {
    for (let start = from; start < to; ) {
      const page = runs.page(start, to);
      if (page.length === 0) throw leafGone(start);
      for (const run of page) {
        const end = Math.min(to, endOf(run));
        // A run that is not where the one before ends would shift every leaf after it.
        if (start < run.first || start >= end) throw leafGone(start);
        yield { run, start, end };
        start = end;
      }
    }
  }

  function blockHashes(block: number): Buffer {
    const { size, tail } = state();
    if (block === Math.floor(size / BLOCK_LEAVES)) return tail;
    const remembered = blocks.get(block);
    if (remembered !== undefined) return remembered;
    const hashes = Buffer.alloc(BLOCK_LEAVES * HASH_BYTES);
    hashLeaves(block * BLOCK_LEAVES, (block + 1) * BLOCK_LEAVES, hashes);
    if (blocks.size >= REMEMBERED_BLOCKS) blocks.clear();
    blocks.set(block, hashes);
    return hashes;
  }

  function node(level: number, index: number): Uint8Array {
    const span = 2 ** level;
    if ((index + 1) * span > state().size) throw new RangeError(`Node ${index} of level ${level} is not complete.`);
    if (level >= BLOCK_LEVEL) return nodes.get(level, index);
    const first = (index * span) % BLOCK_LEAVES;
    const hashes = blockHashes(Math.floor((index * span) / BLOCK_LEAVES));
    return foldHashes(hashes.subarray(first * HASH_BYTES, (first + span) * HASH_BYTES));
  }

  /** Writes leaves that fit into the block under way, and the subtrees that they complete. */
  function writeRun(leafBytes: Buffer, positions: readonly Position[]): void {
    const current = state();
    runs.insert({ first: current.size, positions: packPositions(positions), leaves: leafBytes });
    const start = current.size % BLOCK_LEAVES;
    for (let offset = 0; offset < positions.length; offset += 1) {
      writeLeafHash(leafBytes, offset * LEAF_BYTES, current.tail, (start + offset) * HASH_BYTES);
    }
    current.size += positions.length;
    if (current.size % BLOCK_LEAVES !== 0) return;
    const above = { node: (level: number, index: number) => nodes.get(level + BLOCK_LEVEL, index) };
    for (const { level, index, hash: hashed } of completedBy(
      above,
      current.size / BLOCK_LEAVES - 1,
      foldHashes(current.tail),
    )) {
      nodes.insert(level + BLOCK_LEVEL, index, hashed);
    }
  }

  function settle(): void {
    const { positions, bytes } = pending.take();
    for (let done = 0; done < positions.length; ) {
      const room = BLOCK_LEAVES - (state().size % BLOCK_LEAVES);
      const end = Math.min(positions.length, done + room);
      writeRun(bytes.subarray(done * LEAF_BYTES, end * LEAF_BYTES), positions.slice(done, end));
      done = end;
    }
  }

  function forget(): void {
    pending.take();
    known = undefined;
  }

  function add(event: WrittenEvent): void {
    if (categories.has(event.stream.slice(0, event.stream.indexOf('-') + 1))) pending.add(event);
  }

  function clear(keptLog?: string): void {
    inTransaction(door, () => {
      door.exec(CLEAR);
      settings.set('making', 'yes');
      if (keptLog !== undefined) settings.set('log', keptLog);
    });
    blocks.clear();
    forget();
  }

  const tree: LedgerTree = {
    size: () => state().size,
    node,
    positionOf: (index) => {
      if (index >= state().size) throw new RangeError(`There is no leaf ${index}.`);
      const run = runs.around(index);
      return positionsIn(run)[index - run.first] ?? ('' as Position);
    },
    leaves,
    extend: (events, seen) => {
      try {
        return inTransaction(door, () => {
          // Another process may have come further.
          if (keptSize() !== known?.size) forget();
          if (state().size !== seen) return false;
          for (const event of events) add({ ...event, ...textsOf(event) });
          settle();
          return true;
        });
      } catch (error) {
        forget();
        throw error;
      }
    },
    scrubbed: () => Number(settings.get('scrubbed') ?? 0),
    keepScrubbed: (leaf) => settings.set('scrubbed', String(leaf)),
    claim: (logId) => {
      const claimed = settings.get('log');
      if (claimed === logId) return;
      if (claimed !== undefined) clear();
      settings.set('log', logId);
    },
    clear: () => clear(settings.get('log')),
    isBeingMade: () => settings.get('making') !== undefined,
    beginMaking: () => settings.set('making', 'yes'),
    endMaking: () => settings.remove('making'),
  };
  return { tree, sink: { add, settle, forget } };
}

interface RunPart {
  readonly run: LeafRun;
  readonly start: number;
  readonly end: number;
}

function inTransaction<T>(door: StatementDoor, work: () => T): T {
  door.exec('BEGIN IMMEDIATE');
  try {
    const answer = work();
    door.exec('COMMIT');
    return answer;
  } catch (error) {
    rollBack(door);
    throw error;
  }
}

/** Some faults of the disk have already ended the transaction; the fault that came first is the one to tell. */
function rollBack(door: StatementDoor): void {
  try {
    door.exec('ROLLBACK');
  } catch {}
}

/** Leaves that were added and not written yet. */
function pendingLeaves() {
  let bytes = Buffer.alloc(BLOCK_LEAVES * LEAF_BYTES);
  let positions: Position[] = [];
  return {
    add: (event: WrittenEvent): void => {
      const offset = positions.length * LEAF_BYTES;
      if (offset === bytes.length) bytes = Buffer.concat([bytes, Buffer.alloc(bytes.length)]);
      writeLeaf(event, bytes, offset);
      positions.push(event.position);
    },
    take: () => {
      const taken = { bytes, positions };
      positions = [];
      return taken;
    },
  };
}

function openNodes(door: StatementDoor) {
  const select = door.prepare('SELECT hash FROM ledger_nodes WHERE node = ?');
  const insert = door.prepare('INSERT INTO ledger_nodes (node, hash) VALUES (?, ?)');
  return {
    get: (level: number, index: number): Uint8Array => {
      const hashed = select.get(level * NODES_PER_LEVEL + index)?.hash;
      if (hashed instanceof Uint8Array) return hashed;
      throw new LedgerDiverged('TREE_ALTERED', `The tree has lost node ${index} of level ${level}.`);
    },
    insert: (level: number, index: number, hashed: Uint8Array): void =>
      insert.run(level * NODES_PER_LEVEL + index, hashed),
  };
}

function openSettings(door: StatementDoor) {
  const select = door.prepare('SELECT value FROM ledger_settings WHERE name = ?');
  const remove = door.prepare('DELETE FROM ledger_settings WHERE name = ?');
  const upsert = door.prepare('INSERT OR REPLACE INTO ledger_settings (name, value) VALUES (?, ?)');
  return {
    get: (name: string): string | undefined => {
      const value = select.get(name)?.value;
      return typeof value === 'string' ? value : undefined;
    },
    set: (name: string, value: string): void => upsert.run(name, value),
    remove: (name: string): void => remove.run(name),
  };
}

const leafInput = Buffer.alloc(1 + LEAF_BYTES);

/** The hash of a leaf of RFC 6962, written in place: this is done for every event, and a buffer each costs more than the hash. */
function writeLeafHash(leaves: Buffer, at: number, target: Buffer, offset: number): void {
  leaves.copy(leafInput, 1, at, at + LEAF_BYTES);
  target.write(hash('sha256', leafInput, 'binary'), offset, 'latin1');
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

const nodeInput = Buffer.alloc(1 + 2 * HASH_BYTES, 0x01);

/** Root of a perfect subtree from the hashes of its leaves, side by side. */
function foldHashes(hashes: Uint8Array): Buffer {
  const row = Buffer.from(hashes);
  for (let count = row.length / HASH_BYTES; count > 1; count /= 2) {
    for (let pair = 0; pair < count / 2; pair += 1) {
      row.copy(nodeInput, 1, 2 * pair * HASH_BYTES, 2 * (pair + 1) * HASH_BYTES);
      row.write(hash('sha256', nodeInput, 'binary'), pair * HASH_BYTES, 'latin1');
    }
  }
  return row.subarray(0, HASH_BYTES);
}
