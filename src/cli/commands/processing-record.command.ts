import { Command, Option } from 'commander';
import {
  type Instant,
  instantAt,
  lastMillisecondOf,
  localDateOf,
  parseLocalDate,
  type TimeZone,
} from '../../domain/time';
import type { ExportMade } from '../../evidence/make-export';
import { CommandRefused, type Doors, type Node, type Terminal, WrongUsage } from '../doors';
import { assertNotThere, writeNewFile } from '../new-file';
import { askServer, type RemoteOptions } from '../remote';
import { requestOf, withNode } from '../with-node';
import { fileAtServer } from './file-at-server';
import { type RemoteFlags, remoteOptionsOf, withRemoteFlags } from './remote-flags';

const FORMATS = { json: 'JSON', csv: 'CSV', pdf: 'PDF' } as const;

interface RecordFlags extends RemoteFlags {
  readonly on?: string;
  readonly knownOn?: string;
  readonly format: keyof typeof FORMATS;
  readonly out?: string;
}

export function processingRecordCommand(doors: Doors, terminal: Terminal): Command {
  const command = new Command('processing-record')
    .description('the record of processing activities (GDPR Art. 30) as it stood; that it was made is recorded')
    .argument('<slug>', 'the organisation')
    .option('--on <date>', 'as of the end of this day; else now')
    .option('--known-on <date>', 'by what had been recorded by the end of this day')
    .addOption(new Option('--format <format>').choices(Object.keys(FORMATS)).default('json'))
    .option('--out <file>', 'a new file; else standard output');
  return withRemoteFlags(command).action(async (slug: string, flags: RecordFlags) => {
    if (flags.out !== undefined) assertNotThere(flags.out);
    else if (flags.format === 'pdf' && terminal.isTerminal) {
      throw new WrongUsage('OUT_MISSING', 'A PDF does not belong on a terminal: give --out.');
    }
    const remote = remoteOptionsOf(flags);
    if (remote) return recordAtServer(remote, terminal, slug, flags);
    return withNode(doors, (node) => recordHere(node, terminal, slug, flags));
  });
}

async function recordHere(node: Node, terminal: Terminal, slug: string, flags: RecordFlags): Promise<void> {
  const { readModels, app } = node;
  const organisation = readModels.organisationBySlug(slug, readModels.applied());
  if (!organisation) throw new CommandRefused('NOT_FOUND', `There is no organisation ${slug}.`);
  const made = await node.export({
    kind: 'PROCESSING_RECORD',
    format: FORMATS[flags.format],
    organisationId: organisation.id,
    personalValues: false,
    asOf: asOfOf(flags, organisation.timeZone, app.now()),
    request: await requestOf(node),
    rows: () => undefined,
    signal: new AbortController().signal,
  });
  await handOver(terminal, flags, made.content, madeWords(made));
}

const madeWords = ({ evidence, stamp }: ExportMade) => ({ id: evidence.evidenceId, asOf: stamp });

const ORGANISATION = 'query ($slug: String!) { organisation(slug: $slug) { id timeZone } }';

interface Organisation {
  readonly organisation: { readonly id: string; readonly timeZone: TimeZone } | null;
}

async function recordAtServer(
  remote: RemoteOptions,
  terminal: Terminal,
  slug: string,
  flags: RecordFlags,
): Promise<void> {
  const { organisation } = await askServer<Organisation>(remote, ORGANISATION, { slug });
  if (!organisation) throw new CommandRefused('NOT_FOUND', `There is no organisation ${slug}.`);
  const asOf = asOfOf(flags, organisation.timeZone, instantAt(Date.now()));
  const input = { kind: 'PROCESSING_RECORD', format: FORMATS[flags.format], organisation: organisation.id, asOf };
  const file = await fileAtServer(remote, input);
  await handOver(terminal, flags, file.content, file);
}

/** `--on` is the effective axis, `--known-on` the recorded one; what is known by the end of today is known now. */
function asOfOf({ on, knownOn }: RecordFlags, zone: TimeZone, now: Instant) {
  const known = knownOn === undefined ? undefined : parseLocalDate(knownOn);
  const today = known === localDateOf(now, zone);
  return {
    effectiveOn: on === undefined ? undefined : parseLocalDate(on),
    recordedAt: known === undefined || today ? undefined : lastMillisecondOf(known, zone),
  };
}

async function handOver(
  terminal: Terminal,
  { out }: RecordFlags,
  content: AsyncIterable<Uint8Array>,
  { id, asOf }: { readonly id: string; readonly asOf: { readonly effectiveAt: string; readonly recordedAt: string } },
): Promise<void> {
  if (out === undefined) for await (const chunk of content) terminal.data(chunk);
  else terminal.say(`${out}: ${await writeNewFile(out, content)} bytes.`);
  terminal.say(`Evidence ${id}: effectiveAt ${asOf.effectiveAt}, recordedAt ${asOf.recordedAt}.`);
}
