import type { AppendSink, LogDoor, StatementDoor } from '../../event-store/append-sink';
import type { Position } from '../../event-store/event-store';
import { placeless } from '../check-leaves';
import { textsOf } from '../leaf';
import { LedgerDiverged } from '../ledger-faults';
import type { LedgerLeaf, LedgerTree } from '../ledger-tree';
import { completedBy, HASH_BYTES } from '../merkle-tree';
import { endOf, type LeafRun, leafGone, leafIn, openLeafRuns, packPositions, positionsIn } from './leaf-runs';
import { markOf, readTail } from './marked-tail';
import {
  addLeaf,
  BLOCK_LEAVES,
  BLOCK_LEVEL,
  foldHashes,
  hashesIn,
  leafOffset,
  leavesIn,
  type OpenBlock,
  openBlock,
  putLeaf,
  rootOfBlock,
  writeLeafHash,
} from './open-block';

export interface LedgerTables {
  readonly tree: LedgerTree;
  /** Keeps the tree in step with a log in the same database. */
  readonly sink: AppendSink;
}

/** Complete blocks whose leaves' hashes are remembered: a proof asks for two, and again for many nodes of each. */
const REMEMBERED_BLOCKS = 16;
/** A node's key is level x this + index. */
const NODES_PER_LEVEL = 2 ** 44;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS ledger_nodes (node INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS ledger_settings (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;
const CLEAR = 'DELETE FROM ledger_leaves; DELETE FROM ledger_nodes; DELETE FROM ledger_settings;';

/** The tables' database; where a log is beside them, events that came before a process was killed are read from it. */
export type TablesDoor = StatementDoor & Partial<Pick<LogDoor, 'writtenAfter'>>;

/**
 * The tree in tables, beside the log or in a file of its own. Leaves are written a block at a time: until then the log
 * has a mark beside each event. So an append writes no page that it would not write without.
 * @param prefixes categories whose events are leaves, as prefixes of stream names
 */
export function openLedgerTables(door: TablesDoor, prefixes: readonly string[]): LedgerTables {
  door.exec(SCHEMA);
  const runs = openLeafRuns(door);
  const nodes = openNodes(door);
  const settings = openSettings(door);
  const categories = new Set(prefixes);
  const blocks = new Map<number, Buffer>();
  let known: OpenBlock | undefined;
  /** Leaves are made of events that are in the log already, so that none is added with its event. */
  let making: boolean | undefined;

  function state(): OpenBlock {
    known ??= load();
    return known;
  }

  function load(): OpenBlock {
    const last = runs.last();
    const block = openBlock(last === undefined ? 0 : endOf(last));
    for (const { run, start, end } of runsOf(block.kept - (block.kept % BLOCK_LEAVES), block.kept)) {
      for (let index = start; index < end; index += 1) block.inputs.set(leafIn(run, index), leafOffset(index));
    }
    if (isBeingMade() || door.writtenAfter === undefined) return block;
    const after = last === undefined ? 0 : Number(positionsIn(last).at(-1));
    if (!Number.isSafeInteger(after)) throw placeless(block.kept - 1);
    return readTail(block, door.writtenAfter(after), after, isLeaf) ? block : openBlock(0);
  }

  function isLeaf(stream: string): boolean {
    return categories.has(stream.slice(0, stream.indexOf('-') + 1));
  }

  function isBeingMade(): boolean {
    making ??= settings.get('making') !== undefined;
    return making;
  }

  function keptSize(): number {
    const last = runs.last();
    return last === undefined ? 0 : endOf(last);
  }

  function* leaves(from: number, to: number): Generator<LedgerLeaf> {
    const { size, kept } = state();
    if (to > size) throw new RangeError(`There is no leaf ${to - 1}.`);
    for (const { run, start, end } of runsOf(from, Math.min(to, kept))) {
      const positions = positionsIn(run);
      for (let index = start; index < end; index += 1) {
        yield { leaf: leafIn(run, index), position: positions[index - run.first] ?? ('' as Position) };
      }
    }
    for (let index = Math.max(from, kept); index < to; index += 1) yield leafAt(index);
  }

  /** One leaf, wherever it stands by now. */
  function leafAt(index: number): LedgerLeaf {
    const block = state();
    if (index < block.kept) {
      const run = runs.around(index);
      return { leaf: leafIn(run, index), position: positionsIn(run)[index - run.first] ?? ('' as Position) };
    }
    const position = String(block.places[index - block.kept] ?? '') as Position;
    return { leaf: leavesIn(block, index, index + 1), position };
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

  function blockHashes(index: number): Buffer {
    const current = state();
    if (index === Math.floor(current.size / BLOCK_LEAVES)) return hashesIn(current, current.size % BLOCK_LEAVES);
    const remembered = blocks.get(index);
    if (remembered !== undefined) return remembered;
    const hashes = Buffer.alloc(BLOCK_LEAVES * HASH_BYTES);
    const first = index * BLOCK_LEAVES;
    for (const { run, start, end } of runsOf(first, first + BLOCK_LEAVES)) {
      for (let leaf = start; leaf < end; leaf += 1) writeLeafHash(leafIn(run, leaf), hashes, leaf - first);
    }
    if (blocks.size >= REMEMBERED_BLOCKS) blocks.clear();
    blocks.set(index, hashes);
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

  /** The leaf behind the last of the block, which was put there, is one of the tree. */
  function add(block: OpenBlock, place: Position | number): void {
    addLeaf(block, place);
    if (block.size % BLOCK_LEAVES === 0) complete(block);
  }

  /** Writes the block's leaves, and the subtrees that they complete. */
  function complete(block: OpenBlock): void {
    keep(block);
    const root = rootOfBlock(block);
    block.hashed = 0;
    const above = { node: (level: number, index: number) => nodes.get(level + BLOCK_LEVEL, index) };
    for (const { level, index, hash } of completedBy(above, block.size / BLOCK_LEAVES - 1, root)) {
      nodes.insert(level + BLOCK_LEVEL, index, hash);
    }
  }

  /** Writes the leaves of the block that stand in no run yet. */
  function keep(block: OpenBlock): void {
    const { size, kept, places } = block;
    if (kept === size) return;
    runs.insert({ first: kept, positions: packPositions(places), leaves: leavesIn(block, kept, size) });
    block.kept = size;
    places.length = 0;
  }

  function forget(): void {
    known = undefined;
    making = undefined;
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
      return leafAt(index).position;
    },
    leaves,
    extend: (events, seen) => {
      try {
        return inTransaction(door, () => {
          // Another process may have come further.
          if (keptSize() !== known?.kept) forget();
          const block = state();
          if (block.size !== seen) return false;
          for (const event of events) {
            if (!isLeaf(event.stream)) continue;
            putLeaf(block, textsOf(event));
            add(block, event.position);
          }
          keep(block);
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
    isBeingMade,
    beginMaking: () => {
      settings.set('making', 'yes');
      forget();
    },
    endMaking: () => {
      settings.remove('making');
      forget();
    },
  };
  const sink: AppendSink = {
    mark: (event) => (isLeaf(event.stream) && !isBeingMade() ? markOf(event, state()) : undefined),
    written: (place) => add(state(), place),
    forget,
    close: () => {
      if (known !== undefined) keep(known);
    },
  };
  return { tree, sink };
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
