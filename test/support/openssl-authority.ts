import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether the program `openssl` is there; says so where it is not. */
export function hasOpenSsl(): boolean {
  const isThere = spawnSync('openssl', ['version']).status === 0;
  if (!isThere) console.warn('Not run: there is no openssl on the path. Install OpenSSL 3 to run these tests.');
  return isThere;
}

/** An authority for time stamps (RFC 3161) that is the program `openssl ts`, behind HTTP on this machine. */
export interface OpenSslAuthority {
  readonly url: string;
  /** Certificate in PEM that answers are verified with. */
  readonly certificate: string;
  /** Requests that came. */
  readonly asked: readonly { readonly type: string | undefined; readonly body: Buffer }[];
  /** What the next answer is made of instead: a response of the authority, status and body. */
  bend(change: ((response: Buffer) => Bent) | undefined): void;
  close(): Promise<void>;
}

export interface Bent {
  readonly status?: number;
  readonly location?: string;
  readonly body: Buffer;
}

const CONFIGURATION = `
[req]
distinguished_name = name
x509_extensions = stamping
prompt = no
[name]
CN = Stamps of a test
[stamping]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
[tsa]
default_tsa = here
[here]
serial = serial
crypto_device = builtin
signer_cert = certificate.pem
signer_key = key.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
accuracy = secs:1
`;

export async function startOpenSslAuthority(): Promise<OpenSslAuthority> {
  const directory = mkdtempSync(join(tmpdir(), 'samtykke-stamps-'));
  writeFileSync(join(directory, 'openssl.cnf'), CONFIGURATION);
  writeFileSync(join(directory, 'serial'), '01\n');
  const made = spawnSync(
    'openssl',
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -config openssl.cnf -keyout key.pem -out certificate.pem'.split(
      ' ',
    ),
    { cwd: directory, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(made.stderr);
  const asked: { type: string | undefined; body: Buffer }[] = [];
  let change: ((response: Buffer) => Bent) | undefined;
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    asked.push({ type: request.headers['content-type'], body });
    const answer = await reply(directory, body);
    const bent: Bent = change === undefined ? { body: answer } : change(answer);
    response.writeHead(bent.status ?? 200, {
      'content-type': 'application/timestamp-reply',
      ...(bent.location && { location: bent.location }),
    });
    response.end(bent.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/tsr`,
    certificate: readFileSync(join(directory, 'certificate.pem'), 'utf8'),
    asked,
    bend: (next) => {
      change = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true });
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

let turn: Promise<unknown> = Promise.resolve();

/** One at a time: the program counts in a file. */
function reply(directory: string, query: Buffer): Promise<Buffer> {
  const made = turn.then(async () => {
    writeFileSync(join(directory, 'query.tsq'), query);
    const answered = spawn('openssl', 'ts -reply -config openssl.cnf -queryfile query.tsq -out answer.tsr'.split(' '), {
      cwd: directory,
      stdio: 'ignore',
    });
    await new Promise((resolve) => answered.once('close', resolve));
    return readFileSync(join(directory, 'answer.tsr'));
  });
  turn = made.catch(() => undefined);
  return made;
}
