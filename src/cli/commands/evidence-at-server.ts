import type { Terminal } from '../doors';
import { CommandRefused } from '../doors';
import { writeNewFile } from '../new-file';
import { askServer, type RemoteOptions } from '../remote';
import type { AskedInstant, EvidenceFlags } from './evidence.command';
import { fileAtServer } from './file-at-server';

const POLICY = 'query ($handle: String!) { policy(handle: $handle) { id } }';

/** `evidence` against a running server: ordered there, fetched by its signed link. */
export async function evidenceAtServer(
  remote: RemoteOptions,
  terminal: Terminal,
  named: string,
  asOf: AskedInstant,
  { out, personal = false }: EvidenceFlags,
): Promise<void> {
  const about = named.includes('/') ? { policy: await policyNamed(remote, named) } : { subject: named };
  const input = { kind: 'BUNDLE', format: 'ZIP', ...about, asOf, personalValues: personal };
  const { id, asOf: stamp, content } = await fileAtServer(remote, input);
  const bytes = await writeNewFile(out, content);
  terminal.say(`${out}: ${bytes} bytes, evidence ${id}.`);
  terminal.say(
    `effectiveAt ${stamp.effectiveAt}, recordedAt ${stamp.recordedAt}. Verify it with: samtykke verify ${out}`,
  );
}

async function policyNamed(remote: RemoteOptions, handle: string): Promise<string> {
  const { policy } = await askServer<{ readonly policy: { readonly id: string } | null }>(remote, POLICY, { handle });
  if (!policy) throw new CommandRefused('NOT_FOUND', `There is no policy ${handle}.`);
  return policy.id;
}
