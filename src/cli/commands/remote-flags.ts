import type { Command } from 'commander';
import type { RemoteOptions } from '../remote';

export interface RemoteFlags {
  readonly url?: string;
  readonly token?: string;
}

/** Lets a command work against a running server instead of opening the data directory itself. */
export function withRemoteFlags(command: Command): Command {
  return command
    .option('--url <url>', 'work against the server at this address')
    .option('--token <token>', 'token for that server');
}

export function remoteOptionsOf({ url, token }: RemoteFlags): RemoteOptions | undefined {
  return url === undefined ? undefined : { url, ...(token !== undefined && { token }) };
}
