import { CommandRefused, type LedgerStatus, type Node, type NodeStatus } from '../doors';
import { askServer, type RemoteOptions } from '../remote';

type Told<Status> = { readonly [Key in keyof Status]: Exclude<Status[Key], undefined> | null };

/** What `status` tells, by the same names of an installation opened here and of a server; null: it is not told. */
export interface StatusReport extends Told<Omit<NodeStatus, 'readModels' | 'ledger'>> {
  readonly readModels: Told<NodeStatus['readModels']> | null;
  readonly ledger: Told<LedgerStatus> & Pick<LedgerStatus, 'state'>;
}

export async function statusHere(node: Node): Promise<StatusReport> {
  const { readModels, ledger, lagEvents = null, ...status } = await node.status();
  return reportOf({
    ...status,
    lagEvents,
    readModels: { state: readModels.state, reason: readModels.reason ?? null },
    ledger: { ...ledger, reason: ledger.reason ?? null, scrubbedWholeAt: ledger.scrubbedWholeAt ?? null },
  });
}

interface ServerLog extends Pick<StatusReport, 'head' | 'applied' | 'recordedAt' | 'lagMs' | 'lagEvents'> {
  readonly ledger: Pick<StatusReport['ledger'], 'state' | 'reason' | 'scrubbedWholeAt'> & {
    readonly leaves: string;
    readonly signed: string;
    readonly scrubbed: string;
  };
}

/** @throws CommandRefused FORBIDDEN */
export async function statusAtServer(remote: RemoteOptions): Promise<StatusReport> {
  const query = `query Status {
    log {
      head recordedAt applied lagMs lagEvents
      ledger { state reason leaves signed scrubbed scrubbedWholeAt }
    }
  }`;
  const { log } = await askServer<{ log: ServerLog | null }>(remote, query, {});
  if (!log) throw new CommandRefused('FORBIDDEN', "The server's status is for operators; give an operator's --token.");
  const { leaves, signed, scrubbed, ...ledger } = log.ledger;
  return reportOf({
    store: null,
    logId: null,
    ...log,
    readModels: null,
    ledger: { ...ledger, leaves: Number(leaves), signed: Number(signed), scrubbed: Number(scrubbed) },
    events: null,
    organisations: null,
    policies: null,
    versions: null,
  });
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
  const { readModels, ledger, events, organisations, policies, versions } = status;
  const { state, reason, leaves, signed, scrubbed, scrubbedWholeAt } = ledger;
  const place = { store, logId, head, applied, recordedAt, lagMs, lagEvents };
  const tree = { state, reason, leaves, signed, scrubbed, scrubbedWholeAt };
  return { ...place, readModels, ledger: tree, events, organisations, policies, versions };
}
