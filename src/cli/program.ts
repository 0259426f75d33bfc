import { Command } from 'commander';
import { softwareVersion } from '../replay/software-version';
import { auditCommand } from './commands/audit.command';
import { clockFaultCommand } from './commands/clock-fault.command';
import { demoCommand } from './commands/demo.command';
import { evidenceCommand } from './commands/evidence.command';
import { importCommand } from './commands/import.command';
import { keysCommand } from './commands/keys.command';
import {
  backupCommand,
  projectionsCommand,
  rebuildCommand,
  restoreCommand,
  statusCommand,
} from './commands/operation.command';
import { organisationCommand } from './commands/organisation.command';
import { policyCommand } from './commands/policy.command';
import { processingRecordCommand } from './commands/processing-record.command';
import { proveCommand } from './commands/prove.command';
import { replayCommand } from './commands/replay.command';
import { serveCommand } from './commands/serve.command';
import { tokenCommand } from './commands/token.command';
import { verifyCommand } from './commands/verify.command';
import type { Doors, Terminal } from './doors';

/** The `samtykke` command, each of its commands in a file of its own. */
export function buildProgram(doors: Doors, terminal: Terminal): Command {
  const program = new Command('samtykke')
    .description('Every version of a policy and every consent, answerable at any past date.')
    .version(softwareVersion(), '--version', 'print the version of this release')
    .configureOutput({ writeOut: (text) => terminal.data(text), writeErr: (text) => terminal.say(text.trimEnd()) })
    .exitOverride()
    .showHelpAfterError('(samtykke --help says more)');
  const commands = [
    serveCommand,
    demoCommand,
    tokenCommand,
    organisationCommand,
    importCommand,
    policyCommand,
    processingRecordCommand,
    auditCommand,
    statusCommand,
    rebuildCommand,
    backupCommand,
    restoreCommand,
    projectionsCommand,
    replayCommand,
    keysCommand,
    proveCommand,
    clockFaultCommand,
    evidenceCommand,
  ];
  for (const command of commands) program.addCommand(inherit(command(doors, terminal), program));
  program.addCommand(inherit(verifyCommand(terminal), program));
  return program;
}

/** Sub-commands report errors as the whole program does. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
  return command;
}
