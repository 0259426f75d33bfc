import { Command } from 'commander';
import { recordClockFault } from '../../application/clock-faults';
import { encodePosition } from '../../application/position-text';
import type { Doors, Terminal } from '../doors';
import { requestOf, withNode } from '../with-node';

interface ClockFaultOptions {
  readonly from: string;
  readonly to: string;
}

export function clockFaultCommand(doors: Doors, terminal: Terminal): Command {
  return new Command('clock-fault')
    .description('record that the clock was wrong between two positions of the log')
    .requiredOption('--from <position>', 'first position concerned')
    .requiredOption('--to <position>', 'last position concerned')
    .action(({ from, to }: ClockFaultOptions) =>
      withNode(doors, async (node) => {
        const position = await recordClockFault(node.app, await requestOf(node), { from, to });
        await node.applied(position);
        terminal.say(`Recorded at ${encodePosition(node.app.logId, position)}.`);
      }),
    );
}
