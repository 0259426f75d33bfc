import { Command, Option } from 'commander';
import type { Doors, Terminal } from '../doors';
import { organisationIdOf } from '../organisation-named';
import { withNode } from '../with-node';
import { type RemoteFlags, remoteOptionsOf, withRemoteFlags } from './remote-flags';
import { assertPlace, EXPORT_FORMATS, type ExportFlags, exportAtServer, exportHere } from './take-away';

const RECORD = { kind: 'PROCESSING_RECORD', personalValues: false } as const;

export function processingRecordCommand(doors: Doors, terminal: Terminal): Command {
  const command = new Command('processing-record')
    .description('the record of processing activities (GDPR Art. 30) as it stood; that it was made is recorded')
    .argument('<slug>', 'the organisation')
    .option('--on <date>', 'as of the end of this day; else now')
    .option('--known-on <date>', 'by what had been recorded by the end of this day')
    .addOption(new Option('--format <format>').choices(Object.keys(EXPORT_FORMATS)).default('json'))
    .option('--out <file>', 'a new file; else standard output');
  return withRemoteFlags(command).action(async (slug: string, flags: ExportFlags & RemoteFlags) => {
    assertPlace(terminal, flags);
    const remote = remoteOptionsOf(flags);
    if (remote) return exportAtServer(remote, terminal, slug, RECORD, flags);
    return withNode(doors, (node) =>
      exportHere(node, terminal, { ...RECORD, organisationId: organisationIdOf(node, slug) }, flags),
    );
  });
}
