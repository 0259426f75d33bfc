import { Command } from 'commander';
import { CommandRefused, type Doors, type Node, type Terminal, WrongUsage } from '../doors';
import { withNode } from '../with-node';
import { type RemoteFlags, remoteOptionsOf, withRemoteFlags } from './remote-flags';
import { type StatusReport, statusAtServer, statusHere } from './status-report';

export function statusCommand(doors: Doors, terminal: Terminal): Command {
  const command = new Command('status')
    .description('how far the log and the read models are')
    .option('--json', 'as JSON');
  return withRemoteFlags(command).action(async (options: RemoteFlags & { readonly json?: boolean }) => {
    const remote = remoteOptionsOf(options);
    const status = remote ? await statusAtServer(remote) : await withNode(doors, statusHere);
    terminal.data(options.json ? `${JSON.stringify(status)}\n` : asTable(status));
    refuseIfIll(status);
  });
}

/** Whatever watches this command looks at its exit code. */
function refuseIfIll({ ledger, readModels, notReady }: StatusReport): void {
  const reason = ledger.reason ?? ledger.state;
  if (ledger.state === 'DIVERGED') throw new CommandRefused('LEDGER_DIVERGED', reason);
  if (ledger.state === 'KEY_UNKNOWN') throw new CommandRefused('LEDGER_KEY_UNKNOWN', reason);
  if (readModels?.state === 'stopped') {
    throw new CommandRefused('READ_MODELS_STOPPED', readModels.reason ?? 'The read models have stopped.');
  }
  if (notReady && notReady.length > 0) throw new CommandRefused('NOT_READY', notReady.join('; '));
}

/** Without what is not told. */

function asTable(status: object): string {
  const rows = Object.entries(status)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)] as const);
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
}

export function rebuildCommand(doors: Doors, terminal: Terminal): Command {
  const rebuild = async (node: Node, names: readonly string[] | undefined) => {
    for (const name of names ?? []) assertReadModel(node, name);
    const events = await node.rebuild(names);
    terminal.say(`Rebuilt ${names ? `${names.join(', ')} ` : ''}from ${events} events.`);
  };
  const rebuildTree = async (node: Node) => {
    const leaves = await node.rebuildTree();
    terminal.say(`Made the ledger's tree anew: ${leaves} leaves, as the checkpoints sign them.`);
  };
  return new Command('rebuild')
    .description('build the read models anew from the log')
    .option('--read-model <names...>', 'only these; else all')
    .option('--ledger', "make the ledger's tree anew instead, where it was damaged and the log was not")
    .action(({ ledger = false, readModel }: RebuildFlags) =>
      withNode(doors, (node) => (ledger ? rebuildTree(node) : rebuild(node, readModel)), { mendReadModels: true }),
    );
}

interface RebuildFlags {
  readonly readModel?: readonly string[];
  readonly ledger?: boolean;
}

function assertReadModel({ readModelNames }: Node, name: string): void {
  if (readModelNames.includes(name)) return;
  throw new WrongUsage('UNKNOWN_READ_MODEL', `There is no read model ${name}, but ${readModelNames.join(', ')}.`);
}

export function backupCommand(doors: Doors, terminal: Terminal): Command {
  return new Command('backup')
    .description('copy the log, then the vault, into a new directory; beside a running server too')
    .argument('<directory>')
    .action(async (directory: string) => {
      for (const line of await doors.backup(directory)) terminal.say(line);
    });
}

export function restoreCommand(doors: Doors, terminal: Terminal): Command {
  return new Command('restore')
    .description('copy a backup into an empty data directory, or the log into one that lost it')
    .argument('<directory>')
    .action(async (directory: string) => {
      for (const line of await doors.restore(directory)) terminal.say(line);
    });
}

export function projectionsCommand(doors: Doors, terminal: Terminal): Command {
  const deploy = new Command('deploy')
    .description('deploy the server-side projections to EventStoreDB')
    .action(async () => {
      const deployed = await doors.deployProjections();
      for (const { name, status } of deployed) terminal.say(`${name}: ${status}`);
      const failed = deployed.filter(({ ok }) => !ok);
      if (failed.length > 0)
        throw new CommandRefused('PROJECTION_NOT_RUNNING', failed.map(({ name }) => name).join(', '));
    });
  return new Command('projections').description('projections inside EventStoreDB').addCommand(deploy);
}
