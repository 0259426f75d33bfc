import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { WrongUsage } from '../doors';
import type { RemoteOptions } from '../remote';

export interface RemoteFlags {
  readonly url?: string;
  readonly token?: string;
  readonly tokenFile?: string;
}

/** Lets a command work against a running server instead of opening the data directory itself. */
export function withRemoteFlags(command: Command): Command {
  return command
    .option('--url <url>', 'work against the server at this address')
    .option('--token <token>', 'token for that server')
    .option(
      '--token-file <file>',
      'file that holds the token: what a command line says, every user of the machine sees',
    );
}

/**
 * The server that is meant, undefined for the data directory. A token without a server is refused: whoever gave one
 * does not mean to write into the directory here.
 *
 * @throws WrongUsage BAD_URL URL_MISSING FLAGS_CONTRADICTORY BAD_TOKEN_FILE
 */
export function remoteOptionsOf({ url, token, tokenFile }: RemoteFlags): RemoteOptions | undefined {
  if (token !== undefined && tokenFile !== undefined) {
    throw new WrongUsage('FLAGS_CONTRADICTORY', 'Give --token or --token-file, not both.');
  }
  if (url === undefined) {
    if (token === undefined && tokenFile === undefined) return undefined;
    throw new WrongUsage('URL_MISSING', 'A token is for a server: give its address with --url.');
  }
  if (!isServerAddress(url)) {
    throw new WrongUsage('BAD_URL', '--url takes an address such as http://127.0.0.1:4000.');
  }
  const credential = tokenFile === undefined ? token : tokenIn(tokenFile);
  return { url, ...(credential !== undefined && { token: credential }) };
}

function isServerAddress(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
}

function tokenIn(file: string): string {
  let token = '';
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch {
    // Told below, without what the file holds.
  }
  if (/^\S+$/.test(token)) return token;
  throw new WrongUsage('BAD_TOKEN_FILE', `${file} cannot be read, or holds no token alone.`);
}
