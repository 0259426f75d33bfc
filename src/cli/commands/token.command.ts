import { Command } from 'commander';
import type { Doors, Terminal } from '../doors';

interface TokenOptions {
  readonly role: string;
  readonly organisation?: string;
  readonly actor?: string;
  readonly subject?: string;
  readonly for: string;
}

export function tokenCommand(doors: Doors, terminal: Terminal): Command {
  return new Command('token')
    .description('print a signed token; opens no store, so it works beside a running server')
    .requiredOption('--role <role>', 'subject, service, editor, approver, publisher, officer or operator')
    .option('--organisation <slug>', 'the organisation the role holds in; an operator has none')
    .option('--actor <name>', 'who acts; the same name is the same person')
    .option('--subject <id>', 'the subject whose own token it is')
    .option('--for <duration>', 'how long it is good, such as 30m, 1h or 7d', '1h')
    .action(async ({ role, organisation, actor, subject, for: life }: TokenOptions) => {
      const order = {
        role,
        life,
        ...(organisation && { organisation }),
        ...(actor !== undefined && { actor }),
        ...(subject !== undefined && { subject }),
      };
      terminal.data(`${await doors.issueToken(order)}\n`);
    });
}
