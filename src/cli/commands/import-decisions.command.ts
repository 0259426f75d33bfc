import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { decisionFile } from '../../application/imports/decision-file';
import type { NumberedRow } from '../../application/imports/decision-rows';
import { importDecisions } from '../../application/imports/import-decisions';
import { MAX_ROWS } from '../../domain/limits';
import { Refusal, type RowRefused } from '../../domain/refusal';
import { CommandRefused, type Doors, type Node, type Terminal } from '../doors';
import { assertNew } from '../new-file';
import { organisationIdOf } from '../organisation-named';
import { assertReadable } from '../read-text-file';
import { askServer, type RemoteOptions, ServerRefused } from '../remote';
import { requestOf, withNode } from '../with-node';
import { organisationIdAt } from './organisation.command';
import { type RemoteFlags, remoteOptionsOf, withRemoteFlags } from './remote-flags';

interface Options extends RemoteFlags {
  readonly organisation: string;
  readonly dryRun?: boolean;
  readonly skipBad?: string;
}

/** Rows refused that are shown on the terminal; all of them stand in the report of `--skip-bad`. */
const MAX_SHOWN = 100;

export function importDecisionsCommand(doors: Doors, terminal: Terminal): Command {
  const command = new Command('decisions')
    .description('import old notices, acceptances and consents with their dates, from CSV or JSON lines')
    .argument('<file>')
    .requiredOption('--organisation <slug>')
    .option('--dry-run', 'check every row, write nothing')
    .option('--skip-bad <report>', 'write what is good, and list the rest in this file');
  return withRemoteFlags(command).action(async (file: string, options: Options) => {
    await assertReadable(file);
    const remote = remoteOptionsOf(options);
    return reporting(terminal, options, (told) =>
      remote ? importRemotely(remote, file, options, told) : importHere(doors, file, options, told),
    );
  });
}

/** Where what is found is told while the import runs. */
interface Told {
  readonly refused: (row: RowRefused) => void;
  readonly warned: (row: RowRefused) => void;
  readonly progress: (phase: 'checking' | 'writing', rows: number) => void;
}

async function reporting(
  terminal: Terminal,
  { skipBad, dryRun }: Options,
  run: (told: Told) => Promise<Outcome>,
): Promise<void> {
  const report = skipBad === undefined ? undefined : await openReport(skipBad);
  const bar = new SingleBar({ format: '{phase} {value} rows', stream: process.stderr, noTTYOutput: false });
  let refused = 0;
  let warned = 0;
  let started = false;
  try {
    const { imported, repeated } = await run({
      refused: (row) => {
        refused += 1;
        tellRefused(terminal, report, row, refused);
      },
      warned: ({ row, code, message }) => {
        warned += 1;
        if (warned <= MAX_SHOWN) terminal.say(`line ${row}: ${code}: ${message}`);
      },
      progress: (phase, rows) => {
        if (!terminal.isTerminal) return;
        if (!started) bar.start(rows, rows, { phase });
        started = true;
        bar.update(rows, { phase });
      },
    });
    if (started) bar.stop();
    started = false;
    const written = `${imported - repeated} rows ${dryRun ? 'could be imported' : 'imported'}`;
    terminal.say(`${written}, ${repeated} already there, ${refused} refused.`);
    if (warned > 0) terminal.say(`${warned} withdrawals were imported and change nothing that holds now.`);
  } catch (error) {
    // Of an import that did not begin there is nothing to report: it may be tried again with the same flags.
    if (skipBad !== undefined && refused === 0) await rm(skipBad, { force: true });
    throw error;
  } finally {
    if (started) bar.stop();
    if (report) await new Promise((resolve) => report.end(resolve));
  }
}

/** @throws CommandRefused FILE_EXISTS DIRECTORY_MISSING */
async function openReport(path: string): Promise<WriteStream> {
  assertNew(path);
  const report = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  await once(report, 'open');
  return report;
}

function tellRefused(
  terminal: Terminal,
  report: WriteStream | undefined,
  { row, code, message }: RowRefused,
  count: number,
) {
  report?.write(`${JSON.stringify({ line: row, code, message })}\n`);
  if (count <= MAX_SHOWN) terminal.say(`line ${row}: ${code}: ${message}`);
  if (count === MAX_SHOWN) terminal.say('More are refused; they are not shown.');
}

/** Rows that stand written (of a dry run: could be), and of those such as were there before. */
interface Outcome {
  readonly imported: number;
  readonly repeated: number;
}

function importHere(doors: Doors, file: string, options: Options, told: Told): Promise<Outcome> {
  const rows = decisionFile(file);
  const work = async (node: Node) => {
    const { readModels } = node;
    const { imported, repeated, position } = await importDecisions(node.app, await requestOf(node), {
      organisationId: organisationIdOf(node, options.organisation),
      rows,
      dryRun: options.dryRun ?? false,
      skipBad: options.skipBad !== undefined,
      policyOfVersion: async (id) => readModels.versionById(id, readModels.applied())?.policy,
      onRefused: told.refused,
      onWarned: told.warned,
      onProgress: ({ phase, rows: done }) => told.progress(phase, done),
    });
    if (position !== undefined) await node.applied(position);
    return { imported, repeated };
  };
  return withNode(doors, work, { small: true });
}

const IMPORT = `mutation Import($input: DecisionsImportInput!) { decisionsImport(input: $input) {
  imported repeated warnings { code message path } userErrors { code message ... on RowsRefused { rows { row code message } } } } }`;

interface Imported {
  readonly decisionsImport: {
    readonly imported: number | null;
    readonly repeated: number | null;
    readonly warnings: readonly { readonly code: string; readonly message: string; readonly path: readonly string[] }[];
    readonly userErrors: readonly {
      readonly code: string;
      readonly message: string;
      readonly rows?: readonly RowRefused[];
    }[];
  };
}

/** How a server is asked about the rows of a file, a thousand at a time. */
interface Asking {
  readonly remote: RemoteOptions;
  readonly organisation: string;
  readonly phase: 'checking' | 'writing';
  /** Rows that are refused are left out, and the others of their thousand sent again. */
  readonly skipBad: boolean;
}

/** Every row is checked by the server before the first is written, unless those that are wrong are left out. */
async function importRemotely(remote: RemoteOptions, file: string, options: Options, told: Told): Promise<Outcome> {
  const organisation = await organisationIdAt(remote, options.organisation);
  const rows = decisionFile(file);
  const skipBad = options.skipBad !== undefined;
  const ask = (phase: Asking['phase']) => eachBatch({ remote, organisation, phase, skipBad }, rows(), told);
  if (skipBad) return ask(options.dryRun ? 'checking' : 'writing');
  const good = await ask('checking');
  return options.dryRun ? good : ask('writing');
}

async function eachBatch(asking: Asking, rows: AsyncIterable<NumberedRow>, told: Told): Promise<Outcome> {
  let done = 0;
  let repeated = 0;
  let refused = 0;
  const refuse = (row: RowRefused) => {
    refused += 1;
    told.refused(row);
  };
  const send = async (batch: readonly NumberedRow[]) => {
    const sent = await sendBatch(asking, batch, { ...told, refused: refuse });
    repeated += sent.repeated;
    done += sent.imported;
    told.progress(asking.phase, done);
  };
  let batch: NumberedRow[] = [];
  for await (const row of rows) {
    if (row.decision instanceof Refusal) {
      refuse({ row: row.row, code: row.decision.code, message: row.decision.message });
      continue;
    }
    batch.push(row);
    if (batch.length < MAX_ROWS) continue;
    await send(batch);
    batch = [];
  }
  await send(batch);
  if (refused > 0 && !asking.skipBad) {
    throw new CommandRefused('ROWS_REFUSED', `${refused} rows are refused; nothing was written.`);
  }
  return { imported: done, repeated };
}

async function sendBatch(asking: Asking, batch: readonly NumberedRow[], told: Told): Promise<Outcome> {
  const { remote, organisation, phase, skipBad } = asking;
  let left = batch;
  while (left.length > 0) {
    const input = { organisation, rows: left.map(({ decision }) => decision), dryRun: phase === 'checking' };
    const { decisionsImport } = await askServer<Imported>(remote, IMPORT, { input });
    const { userErrors, warnings, repeated } = decisionsImport;
    const [error] = userErrors;
    if (error && !error.rows) throw new ServerRefused(error.code, error.message);
    const wrong = error?.rows ?? [];
    for (const each of wrong) told.refused({ ...each, row: left[each.row - 1]?.row ?? each.row });
    for (const { code, message, path } of warnings) {
      told.warned({ code, message, row: left[Number(path[1])]?.row ?? 0 });
    }
    if (wrong.length === 0 || !skipBad) return { imported: left.length, repeated: repeated ?? 0 };
    const places = new Set(wrong.map(({ row }) => row - 1));
    left = left.filter((_, place) => !places.has(place));
  }
  return { imported: 0, repeated: 0 };
}
