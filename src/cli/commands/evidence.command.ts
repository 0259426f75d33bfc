import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { parseInstant, parseLocalDate } from '../../domain/time';
import type { BundleMade } from '../../evidence/bundle/make-bundle';
import { AsOfRefused } from '../../read-models/as-of';
import { CommandRefused, type Doors, type Node, type Terminal, WrongUsage } from '../doors';
import { assertNotThere, writeNewFile } from '../new-file';
import { requestOf, withNode } from '../with-node';
import { evidenceAtServer } from './evidence-at-server';
import { type RemoteFlags, remoteOptionsOf, withRemoteFlags } from './remote-flags';

export interface EvidenceFlags extends RemoteFlags {
  readonly on?: string;
  readonly at?: string;
  readonly recordedAt?: string;
  readonly out: string;
  readonly personal?: boolean;
}

export function evidenceCommand(doors: Doors, terminal: Terminal): Command {
  const command = new Command('evidence')
    .description(
      'a bundle that an outsider can verify: which text was in force, or where a person stood; that it was made is recorded',
    )
    .argument('<handle|subject>', 'organisation/policy, or the id of a person')
    .option('--on <date>', 'at the end of this day; else now')
    .option('--at <instant>', 'at this instant, with its offset')
    .option('--recorded-at <instant>', 'by what had been recorded then')
    .requiredOption('--out <file>', 'the zip to make')
    .option('--personal', 'with a key for each sealed value of the person; that is recorded');
  return withRemoteFlags(command).action(async (about: string, flags: EvidenceFlags) => {
    if (flags.on !== undefined && flags.at !== undefined) {
      throw new WrongUsage('AS_OF_CONTRADICTORY', 'Give --on or --at, not both.');
    }
    const asOf = asOfOf(flags);
    assertNotThere(flags.out);
    const remote = remoteOptionsOf(flags);
    if (remote) return evidenceAtServer(remote, terminal, about, asOf, flags);
    return withNode(doors, (node) => evidenceHere(node, terminal, about, asOf, flags));
  });
}

export type AskedInstant = ReturnType<typeof asOfOf>;

function asOfOf({ on, at, recordedAt }: EvidenceFlags) {
  return {
    effectiveOn: on === undefined ? undefined : parseLocalDate(on),
    effectiveAt: at === undefined ? undefined : parseInstant(at),
    recordedAt: recordedAt === undefined ? undefined : parseInstant(recordedAt),
  };
}

async function evidenceHere(
  node: Node,
  terminal: Terminal,
  named: string,
  asOf: AskedInstant,
  { out, personal = false }: EvidenceFlags,
): Promise<void> {
  const bar = new SingleBar({ format: '{bar} {value}/{total}', stream: process.stderr, noTTYOutput: false });
  const begun = { bar: false };
  const rows = (done: number, total: number) => {
    if (!terminal.isTerminal) return;
    if (!begun.bar) bar.start(total, done);
    begun.bar = true;
    bar.update(done);
  };
  try {
    const made = await node.bundle({
      ...aboutNamed(node, named),
      asOf,
      personalValues: personal,
      request: await requestOf(node),
      rows,
      signal: new AbortController().signal,
    });
    const bytes = await writeNewFile(out, made.content);
    describe(terminal, out, bytes, made);
  } catch (error) {
    if (error instanceof AsOfRefused) throw new CommandRefused(error.code, error.message);
    throw error;
  } finally {
    if (begun.bar) bar.stop();
  }
}

function describe(terminal: Terminal, out: string, bytes: number, { evidence, stamp }: BundleMade): void {
  terminal.say(`${out}: ${bytes} bytes, evidence ${evidence.evidenceId}.`);
  terminal.say(
    `effectiveAt ${stamp.effectiveAt}, recordedAt ${stamp.recordedAt}. Verify it with: samtykke verify ${out}`,
  );
}

function aboutNamed({ readModels }: Node, named: string) {
  const head = readModels.applied();
  const policy = named.includes('/') ? readModels.policyByHandle(named, head) : undefined;
  if (policy) return { organisationId: policy.organisation, about: { policyId: policy.id } };
  const subject = readModels.subjectById(named, head);
  if (subject) return { organisationId: subject.organisation, about: { subjectId: subject.id } };
  throw new CommandRefused('NOT_FOUND', `There is no policy or person ${named}.`);
}
