import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { CommandRefused } from '../doors';
import { askServer, type RemoteOptions, refuseUserErrors, ServerUnreachable } from '../remote';

const FIELDS = 'id status failure url sha256 asOf { effectiveAt recordedAt }';
const PREPARE = `mutation ($input: EvidencePrepareInput!) {
  evidencePrepare(input: $input) { evidence { ${FIELDS} } userErrors { code message } }
}`;
const EVIDENCE = `query ($id: ID!) { evidence(id: $id) { ${FIELDS} } }`;

interface Evidence {
  readonly id: string;
  readonly status: 'PREPARING' | 'READY' | 'FAILED' | 'EXPIRED';
  readonly failure: string | null;
  readonly url: string | null;
  readonly sha256: string | null;
  readonly asOf: { readonly effectiveAt: string; readonly recordedAt: string };
}

interface Prepared {
  readonly evidencePrepare: {
    readonly evidence: Evidence | null;
    readonly userErrors: readonly { readonly code: string; readonly message: string }[];
  };
}

/** When it is first asked whether the file is there, how often at last, and for how long: most are there at once. */
const FIRST_ASK_MS = 30;
const ASK_EVERY_MS = 500;
const PATIENCE_MS = 3_600_000;
const DOWNLOAD_TIMEOUT_MS = 3_600_000;

/** A file that a server has made. */
export interface FileAtServer {
  readonly id: string;
  readonly asOf: Evidence['asOf'];
  /** Throws at its end when it is not what the server says it made. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Has a server prepare a file, waits for it, and fetches it by its signed link. @throws CommandRefused ServerRefused */
export async function fileAtServer(
  remote: RemoteOptions,
  input: Readonly<Record<string, unknown>>,
): Promise<FileAtServer> {
  const { evidencePrepare: prepared } = await askServer<Prepared>(remote, PREPARE, { input });
  refuseUserErrors(prepared.userErrors);
  if (!prepared.evidence) throw new CommandRefused('NOT_FOUND', 'There is no such thing.');
  const { url, sha256, id, asOf } = await readyAt(remote, prepared.evidence);
  return { id, asOf, content: download(new URL(url, remote.url), sha256) };
}

interface Ready extends Evidence {
  readonly url: string;
  readonly sha256: string;
}

async function readyAt(remote: RemoteOptions, ordered: Evidence): Promise<Ready> {
  const end = Date.now() + PATIENCE_MS;
  let evidence: Evidence | null = ordered;
  for (let restMs = FIRST_ASK_MS; evidence?.status === 'PREPARING' && Date.now() < end; restMs *= 2) {
    await delay(Math.min(restMs, ASK_EVERY_MS));
    evidence = (await askServer<{ readonly evidence: Evidence | null }>(remote, EVIDENCE, { id: ordered.id })).evidence;
  }
  const { url = null, sha256 = null, failure } = evidence ?? {};
  if (evidence && url !== null && sha256 !== null) return { ...evidence, url, sha256 };
  const code = failure ?? 'EVIDENCE_NOT_READY';
  throw new CommandRefused(code, `The server did not prepare the file (${evidence?.status ?? 'it is gone'}).`);
}

async function* download(url: URL, sha256: string): AsyncGenerator<Uint8Array> {
  const digest = createHash('sha256');
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) });
    if (!response.ok || !response.body)
      throw new CommandRefused('DOWNLOAD_REFUSED', `The server answers ${response.status}.`);
    for await (const chunk of response.body) {
      digest.update(chunk);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof CommandRefused) throw error;
    throw new ServerUnreachable(`The download from ${url.origin} broke off.`);
  }
  if (digest.digest('hex') !== sha256) {
    throw new CommandRefused('DOWNLOAD_ALTERED', 'What came is not the file that the server prepared.');
  }
}
