import { createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { BundleRejected } from '../../evidence/verify/bundle-rejected';
import type { Pinned, PinnedKey } from '../../evidence/verify/check-signature';
import { type VerifiedBundle, verifyBundle } from '../../evidence/verify/verify-bundle';
import {
  type Checkpoint,
  NoteInvalid,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
} from '../../ledger/checkpoint-note';
import { CommandRefused, type Terminal, WrongUsage } from '../doors';

interface VerifyFlags {
  readonly key?: string;
  readonly checkpoint?: string;
  readonly json?: boolean;
}

/** Opens neither store nor vault: it works anywhere, without a data directory. */
export function verifyCommand(terminal: Terminal): Command {
  return new Command('verify')
    .description('verify a bundle offline; the first thing that is wrong is named, and the exit code is 1')
    .argument('<file>', 'the bundle')
    .option(
      '--key <file>',
      "public keys of the log, as 'keys export ledger' prints them: one must have signed, or named who did",
    )
    .option('--checkpoint <file>', 'a checkpoint of the log that was noted at another time')
    .option('--json', 'what was found as JSON')
    .action((file: string, flags: VerifyFlags) => verify(terminal, file, flags));
}

async function verify(terminal: Terminal, file: string, { key, checkpoint, json }: VerifyFlags): Promise<void> {
  const pinned: Pinned = {
    ...(key !== undefined && { keys: keysIn(await readNamed(key)) }),
    ...(checkpoint !== undefined && { checkpoint: checkpointIn(await readNamed(checkpoint)) }),
  };
  try {
    const verified = await verifyBundle(file, pinned);
    if (json) terminal.data(`${JSON.stringify({ ok: true, ...verified })}\n`);
    else tell(terminal, file, verified);
  } catch (error) {
    if (json && error instanceof BundleRejected) {
      const { code, culprit, message } = error;
      terminal.data(`${JSON.stringify({ ok: false, code, culprit, message })}\n`);
    }
    if (error instanceof BundleRejected) throw new CommandRefused(error.code, printable(error.message));
    throw isUnreadable(error) ? unreadable(file, error) : error;
  }
}

/**
 * Names in a forged bundle are in the words for what is wrong with it: they must not move the cursor, begin a line of
 * their own or turn the direction of writing, and so say that the bundle is sound.
 */
function printable(words: string): string {
  return words.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (each) => `\\u{${each.codePointAt(0)?.toString(16)}}`);
}

function tell(terminal: Terminal, file: string, found: VerifiedBundle): void {
  const { about, effectiveAt, recordedAt, events, streams, texts, checkpoint, keyGiven, timestamped, log, says } =
    found;
  const { keyChanges, readmeChecked } = found;
  const whom = 'policy' in about ? `policy ${about.policy}` : `person ${about.subject}`;
  terminal.say(`${file} is sound: ${whom} at ${effectiveAt}, as known at ${recordedAt}.`);
  for (const line of says) terminal.say(`  ${line}`);
  terminal.say(`${events} events of ${streams} streams, none left out; ${texts} texts; the answer follows from them.`);
  terminal.say(`Checkpoint of ${checkpoint.size} leaves of log ${log}, signed by:`);
  for (const key of checkpoint.signedBy) terminal.say(`  ${key}`);
  if (keyChanges > 0) terminal.say(`Changes of the log's key before that, each key naming the next: ${keyChanges}.`);
  if (timestamped) {
    terminal.say('A time stamp of the checkpoint is in it, not verified here: "openssl ts -verify" tells whose it is.');
  }
  if (!readmeChecked) terminal.say('Its README was not checked: it is that of another release.');
  if (!keyGiven) {
    terminal.say(
      'The key came with the bundle: compare it with one that you have from elsewhere, or give that with --key.',
    );
  }
}

/** @throws WrongUsage */
function keysIn(text: string): readonly PinnedKey[] {
  const pems = text.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? [];
  const lines = text.split(/\r?\n/).filter((line) => line.startsWith('samtykke/'));
  try {
    const keys = [...pems.map((pem) => createPublicKey(pem)), ...lines.map(parseVerifierKey)];
    if (keys.length > 0) return keys;
  } catch {
    // One error for every file that is none.
  }
  throw new WrongUsage('BAD_KEY', "--key takes a file as 'samtykke keys export ledger' prints it.");
}

/** A signed note, or the text of one. @throws WrongUsage */
function checkpointIn(text: string): Checkpoint {
  try {
    return parseCheckpoint(text.includes('\n\n') ? parseNote(text).text : text);
  } catch (error) {
    if (!(error instanceof NoteInvalid)) throw error;
    throw new WrongUsage(
      'BAD_CHECKPOINT',
      '--checkpoint takes a file with a checkpoint of a log (C2SP tlog-checkpoint).',
    );
  }
}

async function readNamed(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw isUnreadable(error) ? unreadable(path, error) : error;
  }
}

function isUnreadable(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

const unreadable = (path: string, { code = 'unknown' }: NodeJS.ErrnoException) =>
  new CommandRefused('FILE_UNREADABLE', `${path} cannot be read (${code}).`);
