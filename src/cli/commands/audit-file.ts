import { CommandRefused, type Doors, type Terminal, WrongUsage } from '../doors';
import { withNode } from '../with-node';
import { type RemoteFlags, remoteOptionsOf } from './remote-flags';
import { assertPlace, type ExportFlags, type ExportFormat, exportAtServer, exportHere } from './take-away';

/** What `audit` is asked for when it makes a file instead of telling something. */
export interface AuditFileFlags extends RemoteFlags, Omit<ExportFlags, 'format'> {
  readonly format: ExportFormat | 'table';
  /** With the product's own ids of the people. */
  readonly personal?: boolean;
}

/** Flags that a whole file has no use for. */
const NOT_IN_FILES = ['people', 'explain', 'customer', 'category', 'locale', 'forecast'];

export function asksForFile(flags: object): boolean {
  return 'out' in flags || 'personal' in flags || ('format' in flags && flags.format === 'pdf');
}

/** The audit that `evidencePrepare` makes, here or at a server: counts, and everybody with every state and its reason. */
export async function auditFile(
  doors: Doors,
  terminal: Terminal,
  handle: string,
  asked: AuditFileFlags,
): Promise<void> {
  const [unfit] = NOT_IN_FILES.filter((flag) => flag in asked);
  if (unfit !== undefined) {
    throw new WrongUsage('FLAGS_CONTRADICTORY', `A file is of everybody and everything: give no --${unfit}.`);
  }
  const { format, personal = false } = asked;
  if (format === 'table') throw new WrongUsage('FORMAT_CONTRADICTORY', 'A file is json, csv or pdf: give --format.');
  const flags = { ...asked, format };
  assertPlace(terminal, flags);
  const wanted = { kind: 'AUDIT', personalValues: personal } as const;
  const remote = remoteOptionsOf(flags);
  if (remote) return exportAtServer(remote, terminal, handle, wanted, flags);
  return withNode(doors, async (node) => {
    const policy = node.readModels.policyByHandle(handle, node.readModels.applied());
    if (!policy) throw new CommandRefused('NOT_FOUND', `There is no policy ${handle}.`);
    return exportHere(node, terminal, { ...wanted, organisationId: policy.organisation, policyId: policy.id }, flags);
  });
}
