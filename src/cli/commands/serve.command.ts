import { Command } from 'commander';
import type { Doors, Terminal } from '../doors';
import { serveDemo } from './demo.command';

export function serveCommand(doors: Doors, terminal: Terminal): Command {
  const serve = () =>
    doors.serve({
      onReady: async ({ url }) =>
        terminal.say(
          `Serving at ${url} from ${doors.settings.store === 'sqlite' ? doors.settings.dataDirectory : 'EventStoreDB'}`,
        ),
    });
  return new Command('serve')
    .description('serve GraphQL and the public pages; SIGTERM drains')
    .action(() => (doors.settings.demo ? serveDemo(doors, terminal) : serve()));
}
