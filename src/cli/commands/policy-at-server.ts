import { createHash } from 'node:crypto';
import { type Instant, localDateOf, parseInstant, parseLocalDate, parseTimeZone } from '../../domain/time';
import type { AsOfFlags } from '../as-of-flags';
import { CommandRefused, type Terminal } from '../doors';
import { knownBy } from '../known-on';
import { askServer, type RemoteOptions } from '../remote';
import { tellStamp } from '../tell-stamp';

const POLICY_AT = `query PolicyAt($handle: String!, $asOf: AsOfInput, $locale: Locale) {
  policyInForce(handle: $handle, asOf: $asOf) {
    reason { code text(locale: "en") }
    asOf { effectiveAt recordedAt position timeZone forecast }
    version { label effectiveFrom content(locale: $locale) { locale text sha256 } }
  }
}`;

interface PolicyAt {
  readonly policyInForce: {
    readonly reason: { readonly code: string; readonly text: string };
    readonly asOf: {
      readonly effectiveAt: string;
      readonly recordedAt: string;
      readonly position: string;
      readonly timeZone: string;
      readonly forecast: boolean;
    };
    readonly version: {
      readonly label: string;
      readonly effectiveFrom: string;
      readonly content: { readonly locale: string; readonly text: string; readonly sha256: string };
    } | null;
  } | null;
}

interface At extends AsOfFlags {
  readonly locale?: string;
}

const ZONE = 'query Zone($handle: String!) { policy(handle: $handle) { organisation { timeZone } } }';

interface Zone {
  readonly policy: { readonly organisation: { readonly timeZone: string } } | null;
}

/** `policy at` against a running server. */
export async function policyAtServer(remote: RemoteOptions, terminal: Terminal, handle: string, at: At): Promise<void> {
  const known = at.knownOn === undefined ? at.recordedAt : await knownAtServer(remote, handle, at.knownOn);
  const asOf = { effectiveOn: at.on, effectiveAt: at.at, recordedAt: known };
  const variables = { handle, asOf, locale: at.locale };
  const { policyInForce: answer } = await askServer<PolicyAt>(remote, POLICY_AT, variables);
  if (!answer) throw notFound(handle);
  const { version, reason, asOf: stamp } = answer;
  if (!version) throw new CommandRefused(reason.code, reason.text);
  const { text, sha256, locale } = version.content;
  const decoded = Buffer.from(text, 'utf8');
  const day = localDateOf(parseInstant(stamp.effectiveAt), parseTimeZone(stamp.timeZone));
  const bytes = hashOf(decoded) === sha256 ? decoded : await bytesOn(remote, handle, { day, locale, sha256 });
  terminal.say(`${handle}: "${version.label}", in force from ${version.effectiveFrom}, ${locale}, sha256 ${sha256}`);
  tellStamp(terminal, stamp);
  terminal.data(bytes);
}

/** A day known is a day of the organisation's zone, as it is without a server. */
async function knownAtServer(remote: RemoteOptions, handle: string, day: string): Promise<Instant | undefined> {
  parseLocalDate(day);
  const { policy } = await askServer<Zone>(remote, ZONE, { handle });
  if (!policy) throw notFound(handle);
  return knownBy(day, parseTimeZone(policy.organisation.timeZone), Date.now());
}

/**
 * A text that is not UTF-8 comes over GraphQL decoded; its bytes are at the policy's page, which knows whole days.
 *
 * @throws CommandRefused TEXT_NOT_UTF_8 where that day ended with another text
 */
async function bytesOn(
  { url }: RemoteOptions,
  handle: string,
  { day, locale, sha256 }: { readonly day: string; readonly locale: string; readonly sha256: string },
): Promise<Uint8Array> {
  const page = new URL(`/p/${handle}.txt`, url);
  page.search = new URLSearchParams({ on: day, locale }).toString();
  const answer = await fetch(page, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => undefined);
  const bytes = new Uint8Array((await answer?.arrayBuffer().catch(() => undefined)) ?? []);
  if (hashOf(bytes) === sha256) return bytes;
  throw new CommandRefused('TEXT_NOT_UTF_8', `The bytes are not UTF-8; those of the end of the day are at ${page}.`);
}

const TIMEOUT_MS = 30_000;

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const notFound = (handle: string) => new CommandRefused('NOT_FOUND', `There is no policy ${handle}.`);
