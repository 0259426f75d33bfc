import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { decisionFile } from '../../application/imports/decision-file';
import type { NumberedRow } from '../../application/imports/decision-rows';
import { importDecisions } from '../../application/imports/import-decisions';
import { MAX_ROWS } from '../../domain/limits';
import { Refusal, type RowRefused } from '../../domain/refusal';
import { CommandRefused, type Doors, type Node, type Terminal, WrongUsage } from '../doors';
import { organisationIdOf } from '../organisation-named';
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
  return withRemoteFlags(command).action((file: string, options: Options) => {
    const remote = remoteOptionsOf(options);
    if (remote && options.skipBad) throw new WrongUsage('NOT_REMOTE', '--skip-bad does not work with --url.');
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
  const report = skipBad === undefined ? undefined : createWriteStream(skipBad, { flags: 'wx', mode: 0o600 });
  if (report) await once(report, 'open');
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
  } finally {
    if (started) bar.stop();
    if (report) await new Promise((resolve) => report.end(resolve));
  }
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

/** Every row is checked by the server before the first is written, a thousand at a time. */
async function importRemotely(remote: RemoteOptions, file: string, options: Options, told: Told): Promise<Outcome> {
  const organisation = await organisationIdAt(remote, options.organisation);
  const rows = decisionFile(file);
  const good = await eachBatch(remote, organisation, rows(), 'checking', told);
  return options.dryRun ? good : eachBatch(remote, organisation, rows(), 'writing', told);
}

async function eachBatch(
  remote: RemoteOptions,
  organisation: string,
  rows: AsyncIterable<NumberedRow>,
  phase: 'checking' | 'writing',
  told: Told,
): Promise<Outcome> {
  let done = 0;
  let repeated = 0;
  let refused = 0;
  const send = async (batch: readonly NumberedRow[]) => {
    if (batch.length === 0) return;
    const input = { organisation, rows: batch.map(({ decision }) => decision), dryRun: phase === 'checking' };
    const { decisionsImport } = await askServer<Imported>(remote, IMPORT, { input });
    const [error] = decisionsImport.userErrors;
    if (error && !error.rows) throw new ServerRefused(error.code, error.message);
    for (const each of error?.rows ?? []) {
      refused += 1;
      told.refused({ ...each, row: batch[each.row - 1]?.row ?? each.row });
    }
    for (const { code, message, path } of decisionsImport.warnings) {
      told.warned({ code, message, row: batch[Number(path[1])]?.row ?? 0 });
    }
    repeated += decisionsImport.repeated ?? 0;
    done += batch.length;
    told.progress(phase, done);
  };
  let batch: NumberedRow[] = [];
  for await (const row of rows) {
    if (row.decision instanceof Refusal) {
      refused += 1;
      told.refused({ row: row.row, code: row.decision.code, message: row.decision.message });
      continue;
    }
    batch.push(row);
    if (batch.length < MAX_ROWS) continue;
    await send(batch);
    batch = [];
  }
  await send(batch);
  if (refused > 0) throw new CommandRefused('ROWS_REFUSED', `${refused} rows are refused; nothing was written.`);
  return { imported: done, repeated };
}
