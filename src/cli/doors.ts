import type { Application } from '../application/application';
import type { Position } from '../event-store/event-store';
import type { BundleMade, BundleOrdered } from '../evidence/bundle/make-bundle';
import type { ExportMade, ExportOrdered } from '../evidence/make-export';
import type { Ledger } from '../ledger/ledger';
import type { PublicLedgerKey } from '../ledger/ledger-keys';
import type { ReadModels } from '../read-models/read-models';
import type { ReplayMade, ReplayOrder } from '../replay/make-replay';

/** What the composition root hands to the command line, so that no command names an adapter. */
export interface Doors {
  readonly settings: Settings;
  /** Opens the log, the vault and the read models for this process alone. */
  openNode(options?: NodeOptions): Promise<Node>;
  /** Opens a node and serves it until the process is asked to stop. */
  serve(options: { readonly onReady: (running: Running) => Promise<void> }): Promise<void>;
  /** Signs a token; needs the keys directory alone. @throws TokenRefused */
  issueToken(request: TokenOrder): Promise<string>;
  rotateTokenKey(): Promise<string>;
  rotateVaultKey(): Promise<string>;
  /** @param oldKeyLost the new key signs without the one before, which is gone for ever */
  rotateLedgerKey(oldKeyLost: boolean): Promise<string>;
  /** The public keys of checkpoints, oldest first; needs the keys directory alone. */
  exportLedgerKeys(): Promise<readonly PublicLedgerKey[]>;
  /** Copies the log first, then the vault (rule E2), beside a server that serves from the data directory too. */
  backup(toDirectory: string): Promise<readonly string[]>;
  /** Copies a backup into an empty data directory, or the log alone where it was lost. Says what was done. */
  restore(fromDirectory: string): Promise<readonly string[]>;
  /** Deploys the server-side projections and answers the status of each, as read from the server afterwards. */
  deployProjections(): Promise<readonly DeployedProjection[]>;
}

export interface Settings {
  readonly dataDirectory: string;
  readonly store: 'sqlite' | 'eventstoredb';
  /** `serve` is to do what `demo` does. */
  readonly demo: boolean;
  /** Only this machine reaches the server. */
  readonly loopback: boolean;
}

export interface NodeOptions {
  /** Read models whose file is damaged are made anew; else they keep the node from being opened. */
  readonly mendReadModels?: boolean;
  /** Keeps memory small at some cost of time: for work that grows with what the command is given. */
  readonly small?: boolean;
}

/** An opened installation. */
export interface Node {
  readonly app: Application;
  readonly readModels: ReadModels;
  /** The Merkle tree over the log, its checkpoints and the watch over both. Not started: whoever serves starts it. */
  readonly ledger: Ledger;
  /** The actor's id for a name, as tokens of this installation carry it. */
  actorOf(name: string): Promise<string>;
  /** Waits until this node has applied a position. */
  applied(position: Position): Promise<void>;
  /** @throws StoreUnavailable */
  status(): Promise<NodeStatus>;
  readonly readModelNames: readonly string[];
  /** Builds the read models anew from the log, all or those named. Answers how many events they hold. */
  rebuild(names?: readonly string[]): Promise<number>;
  /**
   * Makes the ledger's tree anew from the log and checks it against the checkpoints. Answers how many leaves it has.
   * @throws LedgerDiverged the log itself is another than it was
   */
  rebuildTree(): Promise<number>;
  /** Copies the log first, then the vault (rule E2). */
  backup(toDirectory: string): Promise<readonly string[]>;
  /** Folds the log up to a place, and no further, into a file of its own. */
  replay(order: ReplayOrder): Promise<ReplayMade>;
  /** Records that a bundle is asked for, and makes it. */
  bundle(order: BundleOrdered): Promise<BundleMade>;
  /** Records that an export is asked for, and makes it. */
  export(order: ExportOrdered): Promise<ExportMade>;
  close(): Promise<void>;
}

export interface NodeStatus {
  readonly store: 'sqlite' | 'eventstoredb';
  readonly logId: string;
  /** Of the last event in the log. */
  readonly head: string;
  readonly applied: string;
  readonly recordedAt: string;
  readonly lagMs: number;
  /** Undefined where the store cannot count. */
  readonly lagEvents: number | undefined;
  readonly readModels: { readonly state: string; readonly reason: string | undefined };
  readonly ledger: LedgerStatus;
  readonly events: number;
  readonly organisations: number;
  readonly policies: number;
  readonly versions: number;
}

export interface LedgerStatus {
  /** SOUND, or what is wrong: see docs/ledger.md. */
  readonly state: string;
  readonly reason: string | undefined;
  readonly leaves: number;
  /** Leaves under the newest checkpoint. */
  readonly signed: number;
  /** Up to which leaf the scrub of the log has come in this pass. */
  readonly scrubbed: number;
  /** When a pass over the whole log last ended in this process. */
  readonly scrubbedWholeAt: string | undefined;
}

export interface Running {
  readonly node: Node;
  /** Without a path: http://127.0.0.1:4000 */
  readonly url: string;
}

export interface TokenOrder {
  readonly role: string;
  readonly organisation?: string;
  readonly actor?: string;
  readonly subject?: string;
  /** Such as 1h, 30m, 7d. */
  readonly life: string;
}

export interface DeployedProjection {
  readonly name: string;
  readonly status: string;
  readonly ok: boolean;
}

/** Where a command writes: data on stdout, words on stderr. */
export interface Terminal {
  data(chunk: string | Uint8Array): void;
  say(line: string): void;
  readonly isTerminal: boolean;
}

/** A command that cannot be done, with the code that scripts look at. */
export class CommandRefused extends Error {
  override readonly name: string = 'CommandRefused';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** A command line that means nothing as it stands: a flag that cannot be read, or two that contradict each other. */
export class WrongUsage extends CommandRefused {
  override readonly name = 'WrongUsage';
}
