import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { readPosition } from '../../application/position-text';
import { parseLocalDate } from '../../domain/time';
import { READ_PREFIXES } from '../../read-models/incoming-event';
import type { ReplayMade, ReplayOrder } from '../../replay/make-replay';
import type { ReplayProgress } from '../../replay/write-replay';
import { CommandRefused, type Doors, type Node, type Terminal, WrongUsage } from '../doors';
import { requestOf, withNode } from '../with-node';

interface ReplayOptions {
  readonly on?: string;
  readonly position?: string;
  readonly out: string;
  readonly organisation?: string;
  readonly personal?: boolean;
  readonly force?: boolean;
}

export function replayCommand(doors: Doors, terminal: Terminal): Command {
  return new Command('replay')
    .description('fold the log up to a day or a position, and no further, into a stand-alone SQLite file')
    .option('--on <date>', 'up to the end of this day, on both axes')
    .option('--position <position>', 'up to this place in the log')
    .requiredOption('--out <file>', 'the file to make; its views are told of in its table documentation')
    .option('--organisation <slug>', 'of this organisation alone; else of all')
    .option('--personal', 'with external ids, names of actors and written reasons in clear; that is recorded')
    .option('--force', 'replace a replay that is there')
    .action(async (options: ReplayOptions) => {
      const until = untilOf(options);
      const made = await withNode(doors, (node) =>
        untilInterrupted((signal) => replay(node, terminal, { ...options, until, signal })),
      );
      describe(terminal, options.out, made);
    });
}

function untilOf({ on, position }: ReplayOptions): ReplayOrder['until'] {
  if (on !== undefined && position !== undefined) {
    throw new WrongUsage('AS_OF_CONTRADICTORY', 'Give --on or --position, not both.');
  }
  if (on !== undefined) return { day: parseLocalDate(on) };
  if (position !== undefined) return { position };
  throw new WrongUsage('AS_OF_MISSING', 'Give --on or --position.');
}

type Asked = ReplayOptions & Pick<ReplayOrder, 'until' | 'signal'>;

async function replay(node: Node, terminal: Terminal, asked: Asked): Promise<ReplayMade> {
  const { out, personal = false, force = false, until, signal } = asked;
  const { readModels } = node;
  const organisation =
    asked.organisation === undefined
      ? undefined
      : readModels.organisationBySlug(asked.organisation, readModels.applied());
  if (asked.organisation !== undefined && !organisation) {
    throw new CommandRefused('NOT_FOUND', `There is no organisation ${asked.organisation}.`);
  }
  if ('position' in until && isMalformed(node, until.position)) {
    throw new WrongUsage('BAD_POSITION', 'This is not a position.');
  }
  await assertFollowed(node);
  const bar = progressBar(terminal);
  try {
    return await node.replay({
      until,
      out,
      personal,
      ...(organisation && { organisation }),
      replace: force,
      request: await requestOf(node),
      progress: bar.progress,
      signal,
    });
  } finally {
    bar.stop();
  }
}

/** A day is cut where the read models say; they must have come as far as the log. */
async function assertFollowed(node: Node): Promise<void> {
  const { state, reason } = (await node.status()).readModels;
  if (state === 'stopped') throw new CommandRefused('READ_MODELS_STOPPED', reason ?? 'The read models have stopped.');
  const head = await node.app.store.head(READ_PREFIXES);
  if (head !== undefined) await node.applied(head);
}

function isMalformed({ app }: Node, position: string): boolean {
  const read = readPosition(app.logId, position);
  return 'fault' in read && read.fault === 'malformed';
}

function describe(terminal: Terminal, out: string, made: ReplayMade): void {
  const { recordedAt, position, settled, organisations, policies, people, unrecorded } = made;
  terminal.say(`${out}: ${people} people, ${policies} policies, ${organisations} organisations.`);
  terminal.say(`recordedAt ${recordedAt}, position ${position}`);
  if (!settled) terminal.say('The log may still grow at or before that instant; --position repeats this file.');
  if (unrecorded !== undefined) {
    terminal.say(`The log cannot be written (${unrecorded}): that this file was made is not recorded.`);
  }
}

/** A bar for each kind of step, on a terminal alone. */
function progressBar({ isTerminal }: Terminal): { readonly progress: ReplayProgress; stop(): void } {
  const bar = new SingleBar({ format: '{bar} {value}/{total} {phase}', stream: process.stderr, noTTYOutput: false });
  let current: string | undefined;
  const stop = () => {
    if (current !== undefined) bar.stop();
    current = undefined;
  };
  return {
    stop,
    progress: (phase, done, total) => {
      if (!isTerminal) return;
      if (phase !== current) {
        stop();
        bar.start(total, done, { phase });
        current = phase;
      }
      bar.setTotal(total);
      bar.update(done);
    },
  };
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Lets what was begun be cleared away when somebody stops the command. */
async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  const stop = () => stopping.abort(new CommandRefused('REPLAY_STOPPED', 'It was stopped; nothing of it is left.'));
  for (const signal of STOP_SIGNALS) process.once(signal, stop);
  try {
    return await work(stopping.signal);
  } finally {
    for (const signal of STOP_SIGNALS) process.removeListener(signal, stop);
  }
}
