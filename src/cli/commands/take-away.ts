import { SingleBar } from 'cli-progress';
import { epochMsOf, parseLocalDate, type TimeZone } from '../../domain/time';
import type { ExportOrdered } from '../../evidence/make-export';
import { CommandRefused, type Node, type Terminal, WrongUsage } from '../doors';
import { knownBy } from '../known-on';
import { assertNew, writeNewFile } from '../new-file';
import { askServer, type RemoteOptions } from '../remote';
import { requestOf } from '../with-node';
import { fileAtServer } from './file-at-server';

/** Exports at the command line: made here, or by a server; that one was made is recorded either way. */

export const EXPORT_FORMATS = { json: 'JSON', csv: 'CSV', pdf: 'PDF' } as const;
export type ExportFormat = keyof typeof EXPORT_FORMATS;

export interface ExportFlags {
  readonly on?: string;
  readonly knownOn?: string;
  readonly format: ExportFormat;
  /** Absent: standard output. */
  readonly out?: string;
}

/** @throws CommandRefused FILE_EXISTS DIRECTORY_MISSING @throws WrongUsage OUT_MISSING */
export function assertPlace(terminal: Terminal, { out, format }: Pick<ExportFlags, 'out' | 'format'>): void {
  if (out !== undefined) assertNew(out);
  else if (format === 'pdf' && terminal.isTerminal) {
    throw new WrongUsage('OUT_MISSING', 'A PDF does not belong on a terminal: give --out.');
  }
}

type Wanted = Pick<ExportOrdered, 'kind' | 'organisationId' | 'policyId' | 'personalValues'>;

export async function exportHere(node: Node, terminal: Terminal, wanted: Wanted, flags: ExportFlags): Promise<void> {
  const { readModels, app } = node;
  const zone = readModels.timeZoneOf(wanted.organisationId, readModels.applied()) ?? 'UTC';
  const bar = new SingleBar({ format: '{bar} {value}/{total}', stream: process.stderr, noTTYOutput: false });
  const begun = { bar: false };
  const rows = (done: number, total: number) => {
    if (!terminal.isTerminal || flags.out === undefined) return;
    if (!begun.bar) bar.start(total, done);
    begun.bar = true;
    bar.update(done);
  };
  try {
    const { evidence, stamp, content } = await node.export({
      ...wanted,
      format: EXPORT_FORMATS[flags.format],
      asOf: asOfOf(flags, zone, epochMsOf(app.now())),
      request: await requestOf(node),
      rows,
      signal: new AbortController().signal,
    });
    await handOver(terminal, flags, content, { id: evidence.evidenceId, asOf: stamp });
  } finally {
    if (begun.bar) bar.stop();
  }
}

const POLICY = 'query ($handle: String!) { policy(handle: $handle) { id organisation { timeZone } } }';
const ORGANISATION = 'query ($slug: String!) { organisation(slug: $slug) { id timeZone } }';

interface PolicyAnswer {
  readonly policy: { readonly id: string; readonly organisation: { readonly timeZone: TimeZone } } | null;
}

interface OrganisationAnswer {
  readonly organisation: { readonly id: string; readonly timeZone: TimeZone } | null;
}

/** @param about slug of an organisation, or handle of a policy */
export async function exportAtServer(
  remote: RemoteOptions,
  terminal: Terminal,
  about: string,
  wanted: Omit<Wanted, 'organisationId' | 'policyId'>,
  flags: ExportFlags,
): Promise<void> {
  const { zone, ...target } = await targetAt(remote, about);
  const asOf = asOfOf(flags, zone, Date.now());
  const file = await fileAtServer(remote, { ...wanted, ...target, format: EXPORT_FORMATS[flags.format], asOf });
  await handOver(terminal, flags, file.content, file);
}

async function targetAt(remote: RemoteOptions, about: string) {
  if (about.includes('/')) {
    const { policy } = await askServer<PolicyAnswer>(remote, POLICY, { handle: about });
    if (!policy) throw new CommandRefused('NOT_FOUND', `There is no policy ${about}.`);
    return { policy: policy.id, zone: policy.organisation.timeZone };
  }
  const { organisation } = await askServer<OrganisationAnswer>(remote, ORGANISATION, { slug: about });
  if (!organisation) throw new CommandRefused('NOT_FOUND', `There is no organisation ${about}.`);
  return { organisation: organisation.id, zone: organisation.timeZone };
}

/** `--on` is the effective axis, `--known-on` the recorded one. */
function asOfOf({ on, knownOn }: ExportFlags, zone: TimeZone, nowMs: number) {
  return {
    effectiveOn: on === undefined ? undefined : parseLocalDate(on),
    recordedAt: knownBy(knownOn, zone, nowMs),
  };
}

async function handOver(
  terminal: Terminal,
  { out }: ExportFlags,
  content: AsyncIterable<Uint8Array>,
  { id, asOf }: { readonly id: string; readonly asOf: { readonly effectiveAt: string; readonly recordedAt: string } },
): Promise<void> {
  if (out === undefined) for await (const chunk of content) terminal.data(chunk);
  else terminal.say(`${out}: ${await writeNewFile(out, content)} bytes.`);
  terminal.say(`Evidence ${id}: effectiveAt ${asOf.effectiveAt}, recordedAt ${asOf.recordedAt}.`);
}
