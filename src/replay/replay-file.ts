import type { ReplayRow, ReplayTableName } from './replay-tables';

/** Where the rows of a replay are written. Nothing can be read from it before it is finished. */
export interface ReplayFile {
  insert<Table extends ReplayTableName>(table: Table, row: ReplayRow<Table>): void;
  /** Names of those who published, once they are known. */
  setPublishedBy(versions: readonly number[], name: string): void;
  /** The bytes of a content that was inserted without them. */
  setBody(content: number, body: Uint8Array, decoded: string | undefined): void;
  /** Makes indexes and views, checks that every row names rows that are there, and closes. @throws ReplayBroken */
  finish(): void;
  /** Closes it as it is. Again, or after {@link finish}, it does nothing. */
  close(): void;
}

/** Rows name others that are not there: a fault of ours. The file is not kept. */
export class ReplayBroken extends Error {
  override readonly name = 'ReplayBroken';
}
