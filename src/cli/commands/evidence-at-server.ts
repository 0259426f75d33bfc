import { parseTimeZone } from '../../domain/time';
import { type AsOfFlags, askedInstant } from '../as-of-flags';
import { CommandRefused, type Terminal } from '../doors';
import { writeNewFile } from '../new-file';
import { askServer, type RemoteOptions } from '../remote';
import { fileAtServer } from './file-at-server';

const ORGANISATION = 'organisation { timeZone }';
const POLICY = `query ($handle: String!) { found: policy(handle: $handle) { id ${ORGANISATION} } }`;
const SUBJECT = `query ($id: ID!) { found: subject(id: $id) { id ${ORGANISATION} } }`;

interface About {
  readonly found: { readonly id: string; readonly organisation: { readonly timeZone: string } } | null;
}

export interface BundleFlags extends AsOfFlags {
  /** The zip to make. */
  readonly out: string;
  readonly personal?: boolean;
}

/** `evidence` against a running server: ordered there, fetched by its signed link. */
export async function evidenceAtServer(
  remote: RemoteOptions,
  terminal: Terminal,
  named: string,
  flags: BundleFlags,
): Promise<void> {
  const { out, personal = false } = flags;
  const isPolicy = named.includes('/');
  const { found } = await (isPolicy
    ? askServer<About>(remote, POLICY, { handle: named })
    : askServer<About>(remote, SUBJECT, { id: named }));
  if (!found) throw new CommandRefused('NOT_FOUND', `There is no policy or person ${named}.`);
  const about = isPolicy ? { policy: found.id } : { subject: found.id };
  const asOf = askedInstant(flags, parseTimeZone(found.organisation.timeZone));
  const input = { kind: 'BUNDLE', format: 'ZIP', ...about, asOf, personalValues: personal };
  const { id, asOf: stamp, content } = await fileAtServer(remote, input);
  const bytes = await writeNewFile(out, content);
  terminal.say(`${out}: ${bytes} bytes, evidence ${id}.`);
  terminal.say(
    `effectiveAt ${stamp.effectiveAt}, recordedAt ${stamp.recordedAt}. Verify it with: samtykke verify ${out}`,
  );
}
