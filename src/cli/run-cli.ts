import { CommanderError } from 'commander';
import { NotFound } from '../application/not-found';
import { Refusal } from '../domain/refusal';
import { UnreadableTime } from '../domain/time';
import { CommandRefused, type Doors, type Terminal } from './doors';
import { buildProgram } from './program';
import { ServerRefused, ServerUnreachable } from './remote';

/** 0 done, 1 refused (its code printed), 2 wrong usage, 3 store or server unavailable. */
export type ExitCode = 0 | 1 | 2 | 3;

/** Runs one command line. Nothing it may meet in ordinary use prints a stack. */
export async function runCli(argv: readonly string[], doors: Doors, terminal: Terminal): Promise<ExitCode> {
  try {
    await buildProgram(doors, terminal).parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    return report(error, terminal);
  }
}

function report(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof CommandRefused || error instanceof ServerRefused)
    return say(terminal, error.code, error.message, 1);
  if (error instanceof Refusal || error instanceof UnreadableTime) return say(terminal, error.code, error.message, 1);
  if (error instanceof NotFound) return say(terminal, 'NOT_FOUND', error.message, 1);
  if (error instanceof ServerUnreachable) return say(terminal, 'SERVER_UNREACHABLE', error.message, 3);
  const code = codeOf(error);
  if (code !== undefined) return say(terminal, code, error instanceof Error ? error.message : '', exitCodeOf(code));
  throw error;
}

const UNAVAILABLE = ['STORE_UNAVAILABLE', 'DATA_DIRECTORY_LOCKED', 'VAULT_UNAVAILABLE'];

function exitCodeOf(code: string): ExitCode {
  return UNAVAILABLE.includes(code) ? 3 : 1;
}

/** Errors of the rooms below carry a code of upper-case words; those of Node do as well, but with a syscall beside it. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || 'syscall' in error) return undefined;
  return typeof error.code === 'string' && /^[A-Z]+(_[A-Z]+)+$/.test(error.code) ? error.code : undefined;
}

function say(terminal: Terminal, code: string, message: string, exit: ExitCode): ExitCode {
  terminal.say(`${code}: ${message}`);
  return exit;
}
