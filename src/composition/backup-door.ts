import { chmodSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Logger } from 'pino';

/**
 * Where a serving node is asked for a backup: a socket in its data directory, which the account that runs it opens and
 * nobody else. The node holds the log for itself, so that no other process can copy it.
 *
 * A connection is one request and one answer, each a JSON value that ends with its side of the connection.
 */
const SOCKET_FILE = 'samtykke.sock';
/** The path of a socket has room for so many bytes on every system; a longer one would be cut off. */
const MAX_SOCKET_PATH_BYTES = 103;
const MAX_REQUEST_LENGTH = 16_384;
/** A backup is rare, and they are made one after the other. */
const MAX_CONNECTIONS = 4;
const REQUEST_TIMEOUT_MS = 5_000;
const OWNER_ONLY = 0o600;

interface Request {
  /** An absolute path. */
  readonly backup: string;
}

type Answer = { readonly lines: readonly string[] } | Refused;

interface Refused {
  readonly code: string;
  readonly message: string;
}

/** The node that serves did not make the backup. */
export class BackupRefused extends Error {
  override readonly name = 'BackupRefused';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export interface BackupDoor {
  /** Takes no more requests, and waits for the backup that is being made. */
  close(): Promise<void>;
}

export interface BackupDoorOptions {
  readonly dataDirectory: string;
  /** Answers what the operator should know. */
  readonly backup: (toDirectory: string) => Promise<readonly string[]>;
  readonly log: Pick<Logger, 'warn' | 'error'>;
}

/** Opens the door of a node that begins to serve. One that cannot be opened keeps nobody from serving. */
export async function openBackupDoor({ dataDirectory, backup, log }: BackupDoorOptions): Promise<BackupDoor> {
  const path = join(dataDirectory, SOCKET_FILE);
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (request: Request): Promise<Answer> => {
    const answer = last.then(() => answerOf(request, backup, log));
    last = answer;
    return answer;
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => void serveOne(socket, inTurn));
  server.maxConnections = MAX_CONNECTIONS;
  try {
    await listen(server, path);
  } catch (error) {
    log.warn({ err: error }, 'No backup can be made while this node serves: its socket could not be opened.');
  }
  return {
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      await last;
      await closed;
    },
  };
}

async function listen(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
    throw new Error(`A socket's path has at most ${MAX_SOCKET_PATH_BYTES} bytes; ${path} is longer.`);
  }
  // What a killed node left. Whoever holds the data directory is the only one who listens here.
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  chmodSync(path, OWNER_ONLY);
}

async function serveOne(socket: Socket, inTurn: (request: Request) => Promise<Answer>): Promise<void> {
  socket.on('error', () => socket.destroy());
  socket.setTimeout(REQUEST_TIMEOUT_MS, () => socket.destroy());
  try {
    const request = requestIn(await received(socket));
    socket.setTimeout(0);
    socket.end(JSON.stringify(request ? await inTurn(request) : MALFORMED));
  } catch {
    socket.destroy();
  }
}

const MALFORMED: Refused = { code: 'BACKUP_REQUEST_MALFORMED', message: 'That is no request for a backup.' };

/** The whole request, which its sender ends without closing the connection. */
function received(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let json = '';
    socket.setEncoding('utf8');
    socket.on('data', (part) => {
      json += part;
      if (json.length > MAX_REQUEST_LENGTH) socket.destroy();
    });
    socket.once('end', () => resolve(json));
    socket.once('close', () => reject(new Error('The request broke off.')));
  });
}

function requestIn(json: string): Request | undefined {
  try {
    const request: unknown = JSON.parse(json);
    if (typeof request !== 'object' || request === null || !('backup' in request)) return undefined;
    return typeof request.backup === 'string' && request.backup.startsWith('/')
      ? { backup: request.backup }
      : undefined;
  } catch {
    return undefined;
  }
}

async function answerOf(
  { backup: directory }: Request,
  backup: BackupDoorOptions['backup'],
  log: BackupDoorOptions['log'],
): Promise<Answer> {
  try {
    return { lines: await backup(directory) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
      // The system's messages begin with their code.
      return { code: error.code, message: error.message.replace(`${error.code}: `, '') };
    }
    log.error({ err: error }, 'A backup could not be made.');
    return { code: 'BACKUP_FAILED', message: 'The node that serves could not make it; its log says why.' };
  }
}

/**
 * Asks the node that serves from a data directory for a backup; undefined when none serves.
 * @throws BackupRefused
 */
export async function askForBackup(dataDirectory: string, toDirectory: string): Promise<readonly string[] | undefined> {
  const socket = createConnection({ path: join(dataDirectory, SOCKET_FILE), allowHalfOpen: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
  } catch {
    return undefined;
  }
  const request: Request = { backup: toDirectory };
  socket.end(JSON.stringify(request));
  const answer = answerIn(await text(socket).catch(() => ''));
  if ('lines' in answer) return answer.lines;
  throw new BackupRefused(answer.code, answer.message);
}

const CUT_OFF: Refused = {
  code: 'STORE_UNAVAILABLE',
  message: 'The node that serves ended before the backup was whole.',
};

function answerIn(json: string): Answer {
  try {
    return JSON.parse(json) as Answer;
  } catch {
    return CUT_OFF;
  }
}
