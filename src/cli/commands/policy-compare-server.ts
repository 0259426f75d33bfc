import type { SectionComparison } from '../../application/comparison/compare-texts';
import { CommandRefused } from '../doors';
import { askServer, type RemoteOptions } from '../remote';

const IN_FORCE = `query InForce($handle: String!) { policyInForce(handle: $handle) { version { id } } }`;
const OF_SEQUENCE = `query OfSequence($handle: String!, $sequence: Int!) {
  policy(handle: $handle) { version(sequence: $sequence) { id } }
}`;
const COMPARISON = `query Comparison($from: ID!, $to: ID!, $locale: Locale) {
  policyVersionComparison(from: $from, to: $to, locale: $locale) { sections { heading op words { op text } } }
}`;

type Named = { readonly version: { readonly id: string } | null } | null;
interface Compared {
  readonly policyVersionComparison: { readonly sections: readonly SectionComparison[] } | null;
}

/** `policy compare` against a running server. */
export async function policyCompareServer(
  remote: RemoteOptions,
  [a, b]: readonly [string, string],
  locale: string | undefined,
): Promise<readonly SectionComparison[]> {
  const [from, to] = [await versionIdAt(remote, a), await versionIdAt(remote, b)];
  const { policyVersionComparison } = await askServer<Compared>(remote, COMPARISON, { from, to, locale });
  if (!policyVersionComparison) throw new CommandRefused('NOT_FOUND', `There is no version ${a}, or no ${b}.`);
  return policyVersionComparison.sections;
}

async function versionIdAt(remote: RemoteOptions, name: string): Promise<string> {
  const [handle = '', sequence] = name.split('#');
  if (!handle.includes('/')) return name;
  const id = sequence === undefined ? await inForceAt(remote, handle) : await ofSequenceAt(remote, handle, sequence);
  if (id === undefined) throw new CommandRefused('NOT_FOUND', `There is no version ${name}.`);
  return id;
}

async function inForceAt(remote: RemoteOptions, handle: string): Promise<string | undefined> {
  const { policyInForce } = await askServer<{ readonly policyInForce: Named }>(remote, IN_FORCE, { handle });
  return policyInForce?.version?.id;
}

async function ofSequenceAt(remote: RemoteOptions, handle: string, text: string): Promise<string | undefined> {
  const sequence = Number(text);
  if (!Number.isInteger(sequence)) return undefined;
  const { policy } = await askServer<{ readonly policy: Named }>(remote, OF_SEQUENCE, { handle, sequence });
  return policy?.version?.id;
}
