import { CommandRefused, type LedgerStatus, type Node, type NodeStatus } from '../doors';
import { askServer, type HealthAtServer, healthAt, type RemoteOptions } from '../remote';

type Told<Status> = { readonly [Key in keyof Status]: Exclude<Status[Key], undefined> | null };

/** What `status` tells, by the same names of an installation opened here and of a server; null: it is not told. */
export interface StatusReport extends Told<Omit<NodeStatus, 'readModels' | 'ledger'>> {
  readonly readModels: Told<NodeStatus['readModels']> | null;
  readonly ledger: Told<LedgerStatus> & Pick<LedgerStatus, 'state'>;
  /** What keeps a server from being ready, each in words; null: opened here, where nothing is served. */
  readonly notReady: readonly string[] | null;
}

export async function statusHere(node: Node): Promise<StatusReport> {
  const { readModels, ledger, lagEvents = null, ...status } = await node.status();
  return reportOf({
    ...status,
    lagEvents,
    readModels: { state: readModels.state, reason: readModels.reason ?? null },
    ledger: { ...ledger, reason: ledger.reason ?? null, scrubbedWholeAt: ledger.scrubbedWholeAt ?? null },
    notReady: null,
  });
}

interface ServerLog extends Pick<StatusReport, 'head' | 'applied' | 'recordedAt' | 'lagMs' | 'lagEvents'> {
  readonly ledger: Pick<StatusReport['ledger'], 'state' | 'reason' | 'scrubbedWholeAt'> & {
    readonly leaves: string;
    readonly signed: string;
    readonly scrubbed: string;
  };
}

interface ServerStatus {
  readonly log: ServerLog | null;
  readonly organisations: { readonly totalCount: number | null };
}

const STATUS = `query Status {
  log {
    head recordedAt applied lagMs lagEvents
    ledger { state reason leaves signed scrubbed scrubbedWholeAt }
  }
  organisations(first: 1) { totalCount }
}`;

/** What a server tells, and what its `/health/ready` says of the read models. @throws CommandRefused FORBIDDEN NOT_READY */
export async function statusAtServer(remote: RemoteOptions): Promise<StatusReport> {
  const { log, organisations } = await askServer<ServerStatus>(remote, STATUS, {});
  if (!log) throw new CommandRefused('FORBIDDEN', "The server's status is for operators; give an operator's --token.");
  const { leaves, signed, scrubbed, ...ledger } = log.ledger;
  const checks = await healthAt(remote);
  return reportOf({
    store: null,
    logId: null,
    ...log,
    readModels: readModelsOf(checks),
    ledger: { ...ledger, leaves: Number(leaves), signed: Number(signed), scrubbed: Number(scrubbed) },
    events: null,
    organisations: organisations.totalCount,
    // A list at a server leaves out the drafts of organisations that the caller is no member of.
    policies: null,
    versions: null,
    notReady: checks.filter(({ ok, required }) => !ok && required !== false).map(inWords),
  });
}

/** A server says no more of its read models than whether they are within the configured lag. */
function readModelsOf(checks: readonly HealthAtServer[]): StatusReport['readModels'] {
  const check = checks.find(({ name }) => name === 'READ_MODELS');
  if (!check) return null;
  return check.ok ? { state: 'ready', reason: null } : { state: 'not ready', reason: check.detail ?? null };
}

function inWords({ name, detail }: HealthAtServer): string {
  return detail === undefined ? name : `${name}: ${detail}`;
}

/** In one order, whoever tells it. */
function reportOf({
  store,
  logId,
  head,
  applied,
  recordedAt,
  lagMs,
  lagEvents,
  ...status
}: StatusReport): StatusReport {
  const { readModels, ledger, events, organisations, policies, versions, notReady } = status;
  const { state, reason, leaves, signed, scrubbed, scrubbedWholeAt } = ledger;
  const place = { store, logId, head, applied, recordedAt, lagMs, lagEvents };
  const tree = { state, reason, leaves, signed, scrubbed, scrubbedWholeAt };
  return { ...place, readModels, ledger: tree, events, organisations, policies, versions, notReady };
}
