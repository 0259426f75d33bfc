import { Command } from 'commander';
import type { Doors, Terminal } from '../doors';

export function serveCommand(doors: Doors, terminal: Terminal): Command {
  return new Command('serve').description('serve GraphQL and the public pages; SIGTERM drains').action(() =>
    doors.serve({
      onReady: async ({ url }) =>
        terminal.say(
          `Serving at ${url} from ${doors.settings.store === 'sqlite' ? doors.settings.dataDirectory : 'EventStoreDB'}`,
        ),
    }),
  );
}
