import { Argument, Command, Option } from 'commander';
import type { PublicLedgerKey } from '../../ledger/ledger-keys';
import { type Doors, type Terminal, WrongUsage } from '../doors';

type Rotated = 'token' | 'vault' | 'ledger';

interface RotateFlags {
  readonly oldKeyLost?: boolean;
}

interface ExportFlags {
  readonly format: 'vkey' | 'pem';
  readonly all?: boolean;
}

export function keysCommand(doors: Doors, terminal: Terminal): Command {
  const rotate = new Command('rotate')
    .description('begin to use a new key; what older ones signed or wrapped stays readable')
    .addArgument(new Argument('<kind>', 'which key').choices(['token', 'vault', 'ledger']))
    .option('--old-key-lost', 'of the ledger: the new key signs without the one before, which is gone for ever')
    .action(async (kind: Rotated, flags: RotateFlags) => terminal.say(await rotateKey(doors, kind, flags)));
  const exported = new Command('export')
    .description('print the public key that checkpoints are verified with')
    .addArgument(new Argument('<kind>', 'which key').choices(['ledger']))
    .addOption(
      new Option('--format <format>', 'a C2SP verifier key, or PEM for OpenSSL')
        .choices(['vkey', 'pem'])
        .default('vkey'),
    )
    .option('--all', 'every key there was, oldest first; else the one that signs')
    .action(async (_kind: string, { format, all = false }: ExportFlags) => {
      const keys = await doors.exportLedgerKeys();
      for (const { verifierKey, pem } of all ? keys : newestOf(keys)) {
        terminal.data(format === 'pem' ? pem : `${verifierKey}\n`);
      }
    });
  return new Command('keys').description('keys of the installation').addCommand(rotate).addCommand(exported);
}

/** The key that signs; of each log, where several have their keys in one directory. */
function newestOf(keys: readonly PublicLedgerKey[]): readonly PublicLedgerKey[] {
  return [...new Map(keys.map((key) => [key.verifierKey.split('+')[0], key])).values()];
}

async function rotateKey(doors: Doors, kind: Rotated, { oldKeyLost = false }: RotateFlags): Promise<string> {
  if (kind === 'ledger') return doors.rotateLedgerKey(oldKeyLost);
  if (oldKeyLost) throw new WrongUsage('BAD_FLAG', '--old-key-lost is of the ledger key alone.');
  return kind === 'token' ? doors.rotateTokenKey() : doors.rotateVaultKey();
}
