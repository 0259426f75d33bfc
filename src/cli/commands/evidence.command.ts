import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import type { BundleMade } from '../../evidence/bundle/make-bundle';
import { AsOfRefused } from '../../read-models/as-of';
import { askedInstant, refuseContradiction, withAsOfFlags } from '../as-of-flags';
import { CommandRefused, type Doors, type Node, type Terminal } from '../doors';
import { assertNew, writeNewFile } from '../new-file';
import { requestOf, withNode } from '../with-node';
import { type BundleFlags, evidenceAtServer } from './evidence-at-server';
import { type RemoteFlags, remoteOptionsOf, withRemoteFlags } from './remote-flags';

export function evidenceCommand(doors: Doors, terminal: Terminal): Command {
  const command = new Command('evidence')
    .description(
      'a bundle that an outsider can verify: which text was in force, or where a person stood; that it was made is recorded',
    )
    .argument('<handle|subject>', 'organisation/policy, or the id of a person');
  withAsOfFlags(command)
    .requiredOption('--out <file>', 'the zip to make')
    .option('--personal', 'with a key for each sealed value of the person; that is recorded');
  return withRemoteFlags(command).action(async (about: string, flags: BundleFlags & RemoteFlags) => {
    refuseContradiction(flags);
    assertNew(flags.out);
    const remote = remoteOptionsOf(flags);
    if (remote) return evidenceAtServer(remote, terminal, about, flags);
    return withNode(doors, (node) => evidenceHere(node, terminal, about, flags));
  });
}

async function evidenceHere(node: Node, terminal: Terminal, named: string, flags: BundleFlags): Promise<void> {
  const { out, personal = false } = flags;
  const bar = new SingleBar({ format: '{bar} {value}/{total}', stream: process.stderr, noTTYOutput: false });
  const begun = { bar: false };
  const rows = (done: number, total: number) => {
    if (!terminal.isTerminal) return;
    if (!begun.bar) bar.start(total, done);
    begun.bar = true;
    bar.update(done);
  };
  try {
    const { zone, ...about } = aboutNamed(node, named);
    const made = await node.bundle({
      ...about,
      asOf: askedInstant(flags, zone),
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
  const subject = policy ? undefined : readModels.subjectById(named, head);
  const organisationId = policy?.organisation ?? subject?.organisation;
  const zone = organisationId === undefined ? undefined : readModels.timeZoneOf(organisationId, head);
  if (organisationId !== undefined && zone !== undefined) {
    if (policy) return { organisationId, zone, about: { policyId: policy.id } };
    if (subject) return { organisationId, zone, about: { subjectId: subject.id } };
  }
  throw new CommandRefused('NOT_FOUND', `There is no policy or person ${named}.`);
}
