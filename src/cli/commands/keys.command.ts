import { Argument, Command } from 'commander';
import type { Doors, Terminal } from '../doors';

export function keysCommand(doors: Doors, terminal: Terminal): Command {
  const rotate = new Command('rotate')
    .description('begin to use a new key; what older ones signed or wrapped stays readable')
    .addArgument(new Argument('<kind>', 'which key').choices(['token', 'vault']))
    .action(async (kind: 'token' | 'vault') => {
      terminal.say(kind === 'token' ? await doors.rotateTokenKey() : await doors.rotateVaultKey());
    });
  return new Command('keys').description('keys of the installation').addCommand(rotate);
}
