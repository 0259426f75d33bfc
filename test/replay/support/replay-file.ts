import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Application } from '../../../src/application/application';
import type { EventStore } from '../../../src/event-store/event-store';
import type { ReadModels } from '../../../src/read-models/read-models';
import { foldPrefix } from '../../../src/read-models/sqlite/fold-prefix';
import { makeReplay, type ReplayMade, type ReplayOrder, type ReplayParts } from '../../../src/replay/make-replay';
import { openSqliteReplayFile } from '../../../src/replay/sqlite/sqlite-replay-file';
import type { Rows } from './api-answers';

export interface ReplayedNode {
  readonly app: Application;
  readonly readModels: ReadModels;
  readonly nowMs: () => number;
}

type Asked = Partial<Omit<ReplayOrder, 'until'>> & Pick<ReplayOrder, 'until'>;

/** Replays a node's log into files of a directory of the test's own. */
export interface Replayer {
  readonly directory: string;
  readonly file: string;
  /** Makes the file anew. */
  make(asked: Asked): Promise<ReplayMade>;
  /** Rows of the file made last, every column or those of an example. */
  rows(view: string, like?: Readonly<Record<string, unknown>>, where?: string): Rows;
  remove(): void;
}

export function replayer(node: ReplayedNode, more: Partial<ReplayParts> = {}): Replayer {
  const directory = mkdtempSync(join(tmpdir(), 'samtykke-replay-'));
  const file = join(directory, 'replay.sqlite');
  const parts: ReplayParts = { ...node, fold: foldOf(node.app.store), openFile: openSqliteReplayFile, ...more };
  return {
    directory,
    file,
    make: async (asked) => {
      const actor = await node.app.vault.actorOf({ issuer: 'test', claim: 'auditor', name: 'Auditor' });
      return makeReplay(parts, {
        out: file,
        personal: false,
        replace: true,
        request: { actor, correlationId: '00000000-0000-4000-8000-000000000001' },
        progress: () => undefined,
        signal: new AbortController().signal,
        ...asked,
      });
    },
    rows: (view, like, where = '1') => {
      const database = new Database(file, { readonly: true });
      try {
        const columns = like ? Object.keys(like).map((column) => `"${column}"`) : ['*'];
        return database.prepare(`SELECT ${columns.join(', ')} FROM "${view}" WHERE ${where}`).all() as Rows;
      } finally {
        database.close();
      }
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

export function foldOf(store: EventStore): ReplayParts['fold'] {
  return (order) => foldPrefix({ ...order, store });
}

/** In an order that does not matter, so that two answers compare. */
export function unordered(rows: Rows): readonly string[] {
  return rows.map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();
}
