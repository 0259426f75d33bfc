import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { StoreUnavailable } from '../../event-store/event-store';
import type { Download, EvidenceDesk, LinkFault } from '../../evidence/evidence-desk';
import { PreparedFilesUnavailable } from '../../evidence/prepared-files';
import type { SignedPart } from '../../evidence/signed-links';
import { VaultUnavailable } from '../../vault/vault';
import { bytesTag, isUnchanged } from '../pages/entity-tag';

interface EvidenceRouteParts {
  /** Where files are fetched; undefined: this node prepares none. */
  readonly evidence: Pick<EvidenceDesk, 'open'> | undefined;
  readonly reportFault: (error: unknown, correlationId: string) => void;
}

/**
 * `/evidence/<id>`: a prepared file, for whoever holds a signed link to it. Links stand in browsers' histories, so they
 * are good for minutes, and what they fetch is kept by nobody on the way.
 */
export function serveEvidence(app: FastifyInstance, { evidence, reportFault }: EvidenceRouteParts): void {
  app.register(async (scope) => {
    scope.setErrorHandler(async (error, request, reply) => {
      reportFault(error, request.id);
      const passing = [StoreUnavailable, VaultUnavailable, PreparedFilesUnavailable].some(
        (kind) => error instanceof kind,
      );
      if (passing) reply.header('retry-after', RETRY_AFTER_S);
      // They told of the file, and what is answered is none.
      reply.removeHeader('etag').removeHeader('content-disposition');
      await answerPlainly(reply, passing ? 503 : 500, 'The file cannot be fetched just now.');
    });
    scope.get('/evidence/:id', async (request, reply) => {
      secure(reply);
      const link = readLink(request);
      const found = evidence && link ? await evidence.open(link.id, link.part) : 'LINK_INVALID';
      if (typeof found === 'string') return answerFault(reply, found);
      // What goes wrong before the first byte is answered by the handler above; later the connection breaks off.
      found.content.once('error', (error) => reply.raw.headersSent && reportFault(error, request.id));
      await answerFile(request, reply, found);
    });
  });
}

const RETRY_AFTER_S = 5;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SECONDS = /^\d{1,11}$/;
/** 32 bytes in base64url. */
const SIGNATURE = /^[A-Za-z0-9_-]{43}$/;

function readLink({ params, query }: FastifyRequest): { readonly id: string; readonly part: SignedPart } | undefined {
  const { id = '' } = params as { readonly id?: string };
  const { expires, signature } = query as { readonly expires?: unknown; readonly signature?: unknown };
  if (typeof expires !== 'string' || typeof signature !== 'string') return undefined;
  if (!UUID.test(id) || !SECONDS.test(expires) || !SIGNATURE.test(signature)) return undefined;
  return { id, part: { expires: Number(expires), signature } };
}

function secure(reply: FastifyReply): void {
  reply.headers({
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
}

async function answerFile(request: FastifyRequest, reply: FastifyReply, download: Download): Promise<void> {
  const { content, sha256, bytes, mediaType, fileName } = download;
  const tag = bytesTag(sha256);
  reply.headers({ etag: tag, 'content-disposition': `attachment; filename="${fileName}"` });
  if (isUnchanged(request.headers['if-none-match'], tag, sha256)) {
    content.destroy();
    await reply.code(304).send();
    return;
  }
  await reply.type(mediaType).header('content-length', bytes).send(content);
}

const FAULTS: { readonly [fault in LinkFault]: readonly [status: number, message: string] } = {
  LINK_INVALID: [403, 'This is no link to a file. Ask for a new one where the file was ordered.'],
  LINK_EXPIRED: [403, 'The link is no longer good. Ask for a new one where the file was ordered.'],
  EVIDENCE_GONE: [410, 'The file is no longer kept. Have it prepared again.'],
};

async function answerFault(reply: FastifyReply, fault: LinkFault): Promise<void> {
  const [status, message] = FAULTS[fault];
  await answerPlainly(reply, status, `${message} (${fault})`);
}

async function answerPlainly(reply: FastifyReply, status: number, message: string): Promise<void> {
  await reply.code(status).type('text/plain; charset=utf-8').header('cache-control', 'no-store').send(`${message}\n`);
}
