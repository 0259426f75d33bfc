import { getSystemErrorMap } from 'node:util';
import { CommanderError } from 'commander';
import { NotFound } from '../application/not-found';
import { Refusal } from '../domain/refusal';
import { UnreadableTime } from '../domain/time';
import { CommandRefused, type Doors, type Terminal, WrongUsage } from './doors';
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
  if (isWrongUsage(error)) return say(terminal, error.code, error.message, 2);
  if (error instanceof CommandRefused || error instanceof ServerRefused || error instanceof Refusal)
    return say(terminal, error.code, error.message, 1);
  if (error instanceof NotFound) return say(terminal, 'NOT_FOUND', error.message, 1);
  if (error instanceof ServerUnreachable) return say(terminal, 'SERVER_UNREACHABLE', error.message, 3);
  if (isSystemFault(error)) return say(terminal, error.code, inWords(error), 3);
  const code = codeOf(error);
  if (code !== undefined) return say(terminal, code, withWayOut(code, error), exitCodeOf(code));
  throw error;
}

const WAY_ROUND_THE_LOCK =
  'Stop that process; or work against its server, with --url and a token, where the command takes them.';
const UNAVAILABLE = ['STORE_UNAVAILABLE', 'DATA_DIRECTORY_LOCKED', 'VAULT_UNAVAILABLE'];

function withWayOut(code: string, error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  return code === 'DATA_DIRECTORY_LOCKED' ? `${message} ${WAY_ROUND_THE_LOCK}` : message;
}

function exitCodeOf(code: string): ExitCode {
  if (code === 'CONFIG_INVALID') return 2;
  return UNAVAILABLE.includes(code) || code.startsWith('SQLITE_') || /^E[A-Z]+$/.test(code) ? 3 : 1;
}

/** A value of a flag that cannot be read, whether here or by the server. */
function isWrongUsage(error: unknown): error is Error & { readonly code: string } {
  if (error instanceof ServerRefused) return error.code === 'BAD_USER_INPUT';
  return error instanceof WrongUsage || error instanceof UnreadableTime;
}

/** What the operating system refused: a directory without permission, a full disk, a port that is taken. */
function isSystemFault(error: unknown): error is NodeJS.ErrnoException & { readonly code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}

function inWords(error: NodeJS.ErrnoException): string {
  const { errno, syscall, path = addressOf(error), message } = error;
  const words = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
  if (words === undefined) return message;
  return `${words} (${[syscall, path].filter((part) => part !== undefined).join(' ')}).`;
}

/** Where a server could not listen. */
function addressOf(error: Error): string | undefined {
  if (!('address' in error) || !('port' in error)) return undefined;
  return `${error.address}:${error.port}; SAMTYKKE_PORT or SAMTYKKE_METRICS_PORT names another port`;
}

/** Errors of the rooms below carry a code of upper-case words; those that a server met, the system's too. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^[A-Z]+(_[A-Z]+)*$/.test(error.code) ? error.code : undefined;
}

function say(terminal: Terminal, code: string, message: string, exit: ExitCode): ExitCode {
  terminal.say(`${code}: ${message}`);
  return exit;
}
