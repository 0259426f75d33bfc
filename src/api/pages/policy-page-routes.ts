import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { BoundedCache } from '../../application/bounded-cache';
import { type LocalDate, parseLocalDate, UnreadableTime } from '../../domain/time';
import { StoreUnavailable } from '../../event-store/event-store';
import { type Language, languageFor } from '../languages';
import { renderPolicyHtml } from '../render-policy';
import { bytesTag, isUnchanged, pageTag } from './entity-tag';
import { PAGE_POLICY } from './page-policy';
import { PAGE_WORDS } from './page-words';
import type { AskedPage, FoundPage, PageText, PolicyPages } from './policy-page';
import { noTextHtml, plainPageHtml, policyPageHtml } from './policy-page-html';
import { type TextWithContents, withTableOfContents } from './table-of-contents';

interface PageParts {
  readonly pages: PolicyPages;
  readonly reportFault: (error: unknown, correlationId: string) => void;
}

/** What was asked for: the page, or the bytes under one of their two names. */
type Form = 'page' | 'txt' | 'md';

/**
 * `/p/<organisation>/<policy>`: the texts of policies for everybody, without login and without script (GDPR Art.
 * 12(1)). With `.txt` or `.md` the exact bytes.
 */
export function servePolicyPages(app: FastifyInstance, parts: PageParts): void {
  const rendered: RenderedTexts = new BoundedCache(MAX_RENDERED_LENGTH);
  // A scope of its own, so that people get a page also where something is wrong.
  app.register(async (scope) => {
    scope.setErrorHandler(async (error, request, reply) => {
      parts.reportFault(error, request.id);
      const unavailable = error instanceof StoreUnavailable;
      if (unavailable) reply.header('retry-after', RETRY_AFTER_S);
      await answerPlainly(request, reply, unavailable ? 503 : 500, 'fault');
    });
    scope.get('/p/:organisation/:policy', async (request, reply) => {
      const asked = readAddress(request);
      if (asked === 'unreadable') return answerPlainly(request, reply, 400, 'badAddress');
      const found: FoundPage = asked === 'unknown' ? { kind: 'unknown' } : await parts.pages.find(asked.page);
      if (asked === 'unknown' || found.kind === 'unknown') return answerPlainly(request, reply, 404, 'notFound');
      return asked.form === 'page'
        ? answerPage(rendered, request, reply, found)
        : answerBytes(request, reply, found, asked.form);
    });
  });
}

const RETRY_AFTER_S = 5;
const SLUG = /^[a-z0-9-]{1,64}$/;

interface ReadAddress {
  readonly page: AskedPage;
  readonly form: Form;
}

function readAddress({ params, query }: FastifyRequest): ReadAddress | 'unknown' | 'unreadable' {
  const { organisation = '', policy: name = '' } = params as { organisation?: string; policy?: string };
  const [, policy = '', suffix] = /^(.*?)(?:\.(txt|md))?$/s.exec(name) ?? [];
  if (!SLUG.test(organisation) || !SLUG.test(policy)) return 'unknown';
  const { on, locale } = query as { on?: unknown; locale?: unknown };
  const day = readDay(on);
  const tag = readLocale(locale);
  if (day === 'unreadable' || tag === 'unreadable') return 'unreadable';
  const page = {
    organisation,
    policy,
    ...(day === undefined ? {} : { on: day }),
    ...(tag === undefined ? {} : { locale: tag }),
  };
  return { page, form: suffix === 'txt' || suffix === 'md' ? suffix : 'page' };
}

function readDay(parameter: unknown): LocalDate | undefined | 'unreadable' {
  if (parameter === undefined || parameter === '') return undefined;
  if (typeof parameter !== 'string') return 'unreadable';
  try {
    return parseLocalDate(parameter);
  } catch (error) {
    if (error instanceof UnreadableTime) return 'unreadable';
    throw error;
  }
}

function readLocale(parameter: unknown): string | undefined {
  if (parameter === undefined || parameter === '') return undefined;
  if (typeof parameter !== 'string' || parameter.length > MAX_LOCALE_LENGTH) return 'unreadable';
  try {
    return Intl.getCanonicalLocales(parameter)[0];
  } catch {
    return 'unreadable';
  }
}

const MAX_LOCALE_LENGTH = 64;

type FoundText = Exclude<FoundPage, { kind: 'unknown' }>;

async function answerPage(
  rendered: RenderedTexts,
  request: FastifyRequest,
  reply: FastifyReply,
  found: FoundText,
): Promise<void> {
  securePage(reply);
  if (found.kind === 'no-text') {
    await reply.code(404).header('cache-control', 'no-store').send(noTextHtml(found.frame, found.why));
    return;
  }
  const { frame, text } = found;
  const html = policyPageHtml(frame, text, renderedText(rendered, text));
  const tag = pageTag(text.content.sha256, html);
  reply.headers({ etag: tag, 'cache-control': REVALIDATED, 'content-language': text.content.locale });
  if (text.isRetired) reply.code(410);
  else if (isUnchanged(request.headers['if-none-match'], tag, text.content.sha256)) {
    await reply.code(304).send();
    return;
  }
  await reply.send(html);
}

type RenderedTexts = BoundedCache<TextWithContents>;

/** Characters of rendered texts that are kept, because rendering takes far longer than the rest of a page. */
const MAX_RENDERED_LENGTH = 16 * 1_048_576;

function renderedText(rendered: RenderedTexts, { content, text }: PageText): TextWithContents {
  const key = `${content.sha256} ${content.format} ${content.charset ?? ''}`;
  const known = rendered.get(key);
  if (known !== undefined) return known;
  const made = withTableOfContents(renderPolicyHtml(text, content.format));
  rendered.set(key, made, made.html.length + key.length);
  return made;
}

/** What is in force may change at any time, so that a copy is kept but asked about each time. */
const REVALIDATED = 'public, no-cache';

function securePage(reply: FastifyReply): void {
  reply.headers({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': PAGE_POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  });
}

async function answerBytes(
  request: FastifyRequest,
  reply: FastifyReply,
  found: FoundText,
  form: 'txt' | 'md',
): Promise<void> {
  reply.headers({
    'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  });
  if (found.kind === 'no-text') {
    await reply.code(404).type('text/plain; charset=utf-8').header('cache-control', 'no-store').send(`${found.why}\n`);
    return;
  }
  const { content, bytes, isRetired } = found.text;
  const tag = bytesTag(content.sha256);
  const media = form === 'md' ? 'text/markdown' : 'text/plain';
  reply.headers({
    'content-type': `${media}; charset=${content.charset ?? 'utf-8'}`,
    'content-language': content.locale,
    'cache-control': REVALIDATED,
    etag: tag,
  });
  if (isRetired) reply.code(410);
  else if (isUnchanged(request.headers['if-none-match'], tag, content.sha256)) {
    await reply.code(304).send();
    return;
  }
  await reply.send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

async function answerPlainly(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  message: 'notFound' | 'badAddress' | 'fault',
): Promise<void> {
  const language = languageOf(request);
  const words = PAGE_WORDS[language];
  const more = message === 'notFound' ? words.notFoundMore : '';
  securePage(reply);
  await reply
    .code(status)
    .header('cache-control', 'no-store')
    .send(plainPageHtml(language, words[message], more));
}

/** Of the reader, where there is no text whose language would decide. */
function languageOf({ headers }: FastifyRequest): Language {
  const first = /^[A-Za-z-]{2,35}/.exec(headers['accept-language'] ?? '')?.[0];
  return languageFor(first, 'en');
}
