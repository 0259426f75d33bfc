import { Command } from 'commander';
import { encodePosition, readPosition } from '../../application/position-text';
import type { Position } from '../../event-store/event-store';
import { type ConsistencyProofText, createProofs, type InclusionProofText, type Proofs } from '../../ledger/proofs';
import { CommandRefused, type Doors, type Node, type Terminal, WrongUsage } from '../doors';
import { askServer } from '../remote';
import { withNode } from '../with-node';
import { type RemoteFlags, remoteOptionsOf, withRemoteFlags } from './remote-flags';

interface InclusionFlags extends RemoteFlags {
  readonly position: string;
  readonly size?: string;
}

interface ConsistencyFlags extends RemoteFlags {
  readonly from: string;
  readonly to?: string;
}

const CHECKPOINT = 'checkpoint { origin size rootHash note position }';
const INCLUSION = `query Prove($position: Position!, $size: String) {
  proof: inclusionProof(position: $position, size: $size) { index size leafHash hashes ${CHECKPOINT} }
}`;
const CONSISTENCY = `query Prove($from: String!, $to: String) {
  proof: consistencyProof(from: $from, to: $to) { from to hashes ${CHECKPOINT} }
}`;

/** Proofs over the log for whoever verifies them with other tools (docs/ledger.md), as JSON. */
export function proveCommand(doors: Doors, terminal: Terminal): Command {
  const tell = (proof: object) => terminal.data(`${JSON.stringify(proof, null, 2)}\n`);
  const inclusion = new Command('inclusion')
    .description('prove that an event is in the log')
    .requiredOption('--position <position>', 'of the event, as the API and facts give it')
    .option('--size <leaves>', 'of the tree; else that of the newest checkpoint')
    .action(async (flags: InclusionFlags) => tell(await inclusionProof(doors, flags)));
  const consistency = new Command('consistency')
    .description('prove that the log only grew since it had so many leaves')
    .requiredOption('--from <leaves>', 'size of the smaller tree')
    .option('--to <leaves>', 'size of the larger tree; else that of the newest checkpoint')
    .action(async (flags: ConsistencyFlags) => tell(await consistencyProof(doors, flags)));
  return new Command('prove')
    .description('proofs over the log, as JSON')
    .addCommand(withRemoteFlags(inclusion))
    .addCommand(withRemoteFlags(consistency));
}

async function inclusionProof(doors: Doors, { position, size, ...flags }: InclusionFlags): Promise<InclusionProofText> {
  const remote = remoteOptionsOf(flags);
  const asked = { position, ...(size !== undefined && { size }) };
  const proof = remote
    ? (await askServer<{ proof: InclusionProofText | null }>(remote, INCLUSION, asked)).proof
    : await withNode(doors, (node) => proofsOf(node).inclusion(positionIn(node, position), size));
  if (!proof) throw new CommandRefused('NOT_FOUND', 'No event that is part of the proof stands at this position.');
  return proof;
}

async function consistencyProof(doors: Doors, { from, to, ...flags }: ConsistencyFlags): Promise<ConsistencyProofText> {
  const remote = remoteOptionsOf(flags);
  if (!remote) return withNode(doors, (node) => proofsOf(node).consistency(from, to));
  const asked = { from, ...(to !== undefined && { to }) };
  return (await askServer<{ proof: ConsistencyProofText }>(remote, CONSISTENCY, asked)).proof;
}

function proofsOf({ app, ledger }: Node): Proofs {
  return createProofs(ledger, (position) => encodePosition(app.logId, position));
}

/** @throws WrongUsage */
function positionIn({ app }: Node, text: string): Position {
  const read = readPosition(app.logId, text);
  if ('position' in read && app.store.isPosition(read.position)) return read.position;
  throw new WrongUsage('BAD_POSITION', 'This is not a position of this log.');
}
