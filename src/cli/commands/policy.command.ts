import { Command } from 'commander';
import { compareTexts, type SectionComparison } from '../../application/comparison/compare-texts';
import { encodePosition } from '../../application/position-text';
import { decodeText, readTextBytes } from '../../application/texts';
import { inLocale } from '../../domain/locale-lookup';
import type { ContentRef } from '../../domain/policy/policy.events';
import { type AsOfStamp, resolveAsOf } from '../../read-models/as-of';
import type { PolicyRow, VersionRow } from '../../read-models/read-models';
import { type AsOfFlags, askedInstant, refuseContradiction, withAsOfFlags } from '../as-of-flags';
import { CommandRefused, type Doors, type Node, type Terminal } from '../doors';
import { tellStamp } from '../tell-stamp';
import { withNode } from '../with-node';
import { policyAtServer } from './policy-at-server';
import { policyCompareServer } from './policy-compare-server';
import { type RemoteFlags, remoteOptionsOf, withRemoteFlags } from './remote-flags';

interface AtOptions extends RemoteFlags, AsOfFlags {
  readonly locale?: string;
}

export function policyCommand(doors: Doors, terminal: Terminal): Command {
  const at = new Command('at')
    .description('print the text in force, byte for byte; which version, and at which stamp, on stderr')
    .argument('<handle>', 'organisation/policy');
  withRemoteFlags(withAsOfFlags(at).option('--locale <locale>')).action(async (handle: string, options: AtOptions) => {
    refuseContradiction(options);
    const remote = remoteOptionsOf(options);
    if (remote) return policyAtServer(remote, terminal, handle, options);
    return withNode(doors, (node) => policyAt(node, terminal, handle, options));
  });
  const compare = new Command('compare')
    .description('compare two versions word by word, also of two policies')
    .argument('<a>', 'organisation/policy, organisation/policy#sequence, or the id of a version')
    .argument('<b>')
    .option('--locale <locale>')
    .option('--json', 'sections and words as JSON');
  withRemoteFlags(compare).action(async (a: string, b: string, options: CompareOptions) => {
    const remote = remoteOptionsOf(options);
    const sections = remote
      ? await policyCompareServer(remote, [a, b], options.locale)
      : await withNode(doors, (node) => comparePolicies(node, [a, b], options.locale));
    printComparison(terminal, sections, options.json ?? false);
  });
  return new Command('policy').description('texts of policies').addCommand(at).addCommand(compare);
}

async function policyAt(node: Node, terminal: Terminal, handle: string, options: AtOptions): Promise<void> {
  const policy = policyOf(node, handle);
  const stamp = stampOf(node, policy, options);
  const found = node.readModels.versionInForce(policy.id, stamp);
  if (found.code !== 'VERSION_IN_FORCE') {
    throw new CommandRefused(found.code, `No version of ${handle} was in force at ${stamp.effectiveAt}.`);
  }
  const content = contentOf(node, policy, found.versionId, stamp, options.locale);
  const version = node.readModels.versionById(found.versionId, node.readModels.applied());
  terminal.say(
    `${handle}: "${version?.label}", in force from ${version?.effectiveFrom}, ${content.locale}, sha256 ${content.sha256}`,
  );
  tellStamp(terminal, { ...stamp, position: encodePosition(node.app.logId, stamp.position) });
  terminal.data(await readTextBytes(node.app, policy.organisation, content.sha256));
}

function policyOf({ readModels }: Node, handle: string): PolicyRow {
  const policy = readModels.policyByHandle(handle, readModels.applied());
  if (!policy) throw new CommandRefused('NOT_FOUND', `There is no policy ${handle}.`);
  return policy;
}

function stampOf({ readModels, app }: Node, policy: PolicyRow, options: AtOptions): AsOfStamp {
  const head = readModels.applied();
  const zoneAt = (n: number) =>
    readModels.timeZoneOf(policy.organisation, readModels.prefixAtOrdinal(n) ?? head) ?? 'UTC';
  const input = askedInstant(options, zoneAt(head.n));
  return resolveAsOf(input, { nowMs: Date.parse(app.now()), head, zoneAt, log: readModels });
}

function contentOf(
  { readModels }: Node,
  policy: PolicyRow,
  versionId: string,
  at: Pick<AsOfStamp, 'effectiveAt' | 'n'>,
  locale: string | undefined,
): ContentRef {
  const contents = readModels.versionContents(versionId, at);
  const content = inLocale(contents, locale, readModels.defaultLocaleOf(policy.organisation, at) ?? '');
  if (!content) throw new CommandRefused('NOT_FOUND', 'The version has no text at that instant.');
  return content;
}

interface CompareOptions extends RemoteFlags {
  readonly locale?: string;
  readonly json?: boolean;
}

async function comparePolicies(
  node: Node,
  names: readonly [string, string],
  locale: string | undefined,
): Promise<readonly SectionComparison[]> {
  const [from, to] = await Promise.all(names.map((name) => textOf(node, name, locale)));
  return compareTexts(from ?? '', to ?? '');
}

function printComparison(terminal: Terminal, sections: readonly SectionComparison[], json: boolean): void {
  const texts = sections.map(({ words }) => words.map((run) => marked(run, terminal.isTerminal)).join(''));
  terminal.data(`${json ? JSON.stringify(sections) : texts.join('')}\n`);
}

async function textOf(node: Node, name: string, locale: string | undefined): Promise<string> {
  const { policy, version } = versionNamed(node, name);
  const { readModels, app } = node;
  const now = { effectiveAt: app.now(), n: readModels.applied().n };
  const content = contentOf(node, policy, version.id, now, locale);
  return decodeText(await readTextBytes(app, policy.organisation, content.sha256), content.charset);
}

function versionNamed(node: Node, name: string): { readonly policy: PolicyRow; readonly version: VersionRow } {
  const { readModels, app } = node;
  const head = readModels.applied();
  const [handle = '', sequence] = name.split('#');
  if (!handle.includes('/')) {
    const version = readModels.versionById(name, head);
    const policy = version && readModels.policyById(version.policy, head);
    if (policy) return { policy, version };
    throw new CommandRefused('NOT_FOUND', `There is no version ${name}.`);
  }
  const policy = policyOf(node, handle);
  const version =
    sequence === undefined ? inForceNow(node, policy) : readModels.versionBySequence(policy.id, Number(sequence), head);
  if (!version) throw new CommandRefused('NOT_FOUND', `There is no version ${name} at ${app.now()}.`);
  return { policy, version };
}

function inForceNow({ readModels, app }: Node, policy: PolicyRow): VersionRow | undefined {
  const head = readModels.applied();
  const found = readModels.versionInForce(policy.id, { effectiveAt: app.now(), n: head.n });
  return found.code === 'VERSION_IN_FORCE' ? readModels.versionById(found.versionId, head) : undefined;
}

const COLOURS = { ADDED: '\u001b[32m', REMOVED: '\u001b[31m' } as const;
const PLAIN = '\u001b[0m';
const MARKS = { ADDED: ['{+', '+}'], REMOVED: ['[-', '-]'] } as const;

/** Coloured on a terminal; elsewhere in the marks that word diffs use. */
function marked(
  { op, text }: { readonly op: 'SAME' | 'ADDED' | 'REMOVED'; readonly text: string },
  colour: boolean,
): string {
  if (op === 'SAME') return text;
  if (colour) return `${COLOURS[op]}${text}${PLAIN}`;
  const [open, close] = MARKS[op];
  return `${open}${text}${close}`;
}
