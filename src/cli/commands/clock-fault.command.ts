import { Command } from 'commander';
import { recordClockFault } from '../../application/clock-faults';
import { encodePosition, readPosition } from '../../application/position-text';
import { CommandRefused, type Doors, type Node, type Terminal } from '../doors';
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
        assertEventAt(node, '--from', from);
        assertEventAt(node, '--to', to);
        const position = await recordClockFault(node.app, await requestOf(node), { from, to });
        await node.applied(position);
        terminal.say(`Recorded at ${encodePosition(node.app.logId, position)}.`);
      }),
    );
}

/**
 * A fault whose bounds are no events takes nothing out, and cannot be taken back: it is refused rather than recorded.
 * @throws CommandRefused BAD_POSITION
 */
function assertEventAt({ app, readModels }: Node, flag: string, text: string): void {
  const read = readPosition(app.logId, text);
  const prefix = 'position' in read ? readModels.prefixAtPosition(read.position) : undefined;
  if (prefix && prefix.n > 0) return;
  throw new CommandRefused('BAD_POSITION', `No event that the log's clock knows stands at the position of ${flag}.`);
}
