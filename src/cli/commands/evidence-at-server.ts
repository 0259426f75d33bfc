import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { CommandRefused, type Terminal } from '../doors';
import { writeNewFile } from '../new-file';
import { askServer, type RemoteOptions, refuseUserErrors, ServerUnreachable } from '../remote';
import type { AskedInstant, EvidenceFlags } from './evidence.command';

const POLICY = 'query ($handle: String!) { policy(handle: $handle) { id } }';
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

/** How often it is asked whether the file is there, and for how long. */
const ASK_EVERY_MS = 500;
const PATIENCE_MS = 3_600_000;
const DOWNLOAD_TIMEOUT_MS = 3_600_000;

/** `evidence` against a running server: ordered there, fetched by its signed link. */
export async function evidenceAtServer(
  remote: RemoteOptions,
  terminal: Terminal,
  named: string,
  asOf: AskedInstant,
  { out, personal = false }: EvidenceFlags,
): Promise<void> {
  const about = named.includes('/') ? { policy: await policyNamed(remote, named) } : { subject: named };
  const input = { kind: 'BUNDLE', format: 'ZIP', ...about, asOf, personalValues: personal };
  const { evidencePrepare: prepared } = await askServer<Prepared>(remote, PREPARE, { input });
  refuseUserErrors(prepared.userErrors);
  if (!prepared.evidence) throw new CommandRefused('NOT_FOUND', `There is no policy or person ${named}.`);
  const { url, sha256, id, asOf: stamp } = await readyAt(remote, prepared.evidence);
  const bytes = await writeNewFile(out, download(new URL(url, remote.url), sha256));
  terminal.say(`${out}: ${bytes} bytes, evidence ${id}.`);
  terminal.say(
    `effectiveAt ${stamp.effectiveAt}, recordedAt ${stamp.recordedAt}. Verify it with: samtykke verify ${out}`,
  );
}

async function policyNamed(remote: RemoteOptions, handle: string): Promise<string> {
  const { policy } = await askServer<{ readonly policy: { readonly id: string } | null }>(remote, POLICY, { handle });
  if (!policy) throw new CommandRefused('NOT_FOUND', `There is no policy ${handle}.`);
  return policy.id;
}

interface Ready extends Evidence {
  readonly url: string;
  readonly sha256: string;
}

async function readyAt(remote: RemoteOptions, ordered: Evidence): Promise<Ready> {
  const end = Date.now() + PATIENCE_MS;
  let evidence: Evidence | null = ordered;
  while (evidence?.status === 'PREPARING' && Date.now() < end) {
    await delay(ASK_EVERY_MS);
    evidence = (await askServer<{ readonly evidence: Evidence | null }>(remote, EVIDENCE, { id: ordered.id })).evidence;
  }
  const { url = null, sha256 = null, failure } = evidence ?? {};
  if (evidence && url !== null && sha256 !== null) return { ...evidence, url, sha256 };
  const code = failure ?? 'EVIDENCE_NOT_READY';
  throw new CommandRefused(code, `The server did not prepare the bundle (${evidence?.status ?? 'it is gone'}).`);
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
