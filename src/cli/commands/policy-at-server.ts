import { createHash } from 'node:crypto';
import { CommandRefused, type Terminal, WrongUsage } from '../doors';
import { askServer, type RemoteOptions } from '../remote';

const POLICY_AT = `query PolicyAt($handle: String!, $asOf: AsOfInput, $locale: Locale) {
  policyInForce(handle: $handle, asOf: $asOf) {
    reason { code text }
    asOf { effectiveAt recordedAt position }
    version { label effectiveFrom content(locale: $locale) { locale text sha256 } }
  }
}`;

interface PolicyAt {
  readonly policyInForce: {
    readonly reason: { readonly code: string; readonly text: string };
    readonly asOf: { readonly effectiveAt: string; readonly recordedAt: string; readonly position: string };
    readonly version: {
      readonly label: string;
      readonly effectiveFrom: string;
      readonly content: { readonly locale: string; readonly text: string; readonly sha256: string };
    } | null;
  } | null;
}

interface At {
  readonly on?: string;
  readonly at?: string;
  readonly recordedAt?: string;
  readonly knownOn?: string;
  readonly locale?: string;
}

/** `policy at` against a running server. */
export async function policyAtServer(remote: RemoteOptions, terminal: Terminal, handle: string, at: At): Promise<void> {
  if (at.knownOn !== undefined) {
    throw new WrongUsage('KNOWN_ON_NEEDS_THE_LOG', 'With --url give --recorded-at: the day depends on the zone.');
  }
  const asOf = { effectiveOn: at.on, effectiveAt: at.at, recordedAt: at.recordedAt };
  const variables = { handle, asOf, locale: at.locale };
  const { policyInForce: answer } = await askServer<PolicyAt>(remote, POLICY_AT, variables);
  if (!answer) throw new CommandRefused('NOT_FOUND', `There is no policy ${handle}.`);
  const { version, reason, asOf: stamp } = answer;
  if (!version) throw new CommandRefused(reason.code, reason.text);
  const { text, sha256, locale } = version.content;
  const bytes = Buffer.from(text, 'utf8');
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
    throw new CommandRefused(
      'TEXT_NOT_UTF_8',
      `The bytes are not UTF-8; they are at ${new URL(`/p/${handle}.txt`, remote.url)}.`,
    );
  }
  terminal.say(`${handle}: "${version.label}", in force from ${version.effectiveFrom}, ${locale}, sha256 ${sha256}`);
  terminal.say(`effectiveAt ${stamp.effectiveAt}, recordedAt ${stamp.recordedAt}, position ${stamp.position}`);
  terminal.data(bytes);
}
