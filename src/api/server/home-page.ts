import type { FastifyInstance } from 'fastify';
import { escapeHtml } from '../pages/escape-html';
import { pageDocument } from '../pages/page-document';
import { PAGE_POLICY } from '../pages/page-policy';

/** `/`: links the rest, until the console stands there. */
export function serveHomePage(app: FastifyInstance, ide: boolean): void {
  const doors = ide ? DOORS : DOORS.filter(({ path }) => path !== '/ide/');
  const html = pageDocument({ language: 'en', title: 'Samtykke', body: bodyOf(doors) });
  app.get('/', async (_request, reply) => {
    await reply
      .headers({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': PAGE_POLICY,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-cache',
      })
      .send(html);
  });
}

interface Door {
  readonly path: string;
  readonly what: string;
  /** False for an address that is a pattern or no page. */
  readonly isLink: boolean;
}

const DOORS: readonly Door[] = [
  { path: '/ide/', what: 'GraphQL IDE with example operations', isLink: true },
  { path: '/graphql', what: 'GraphQL over HTTP and over WebSocket (graphql-transport-ws)', isLink: false },
  { path: '/graphql/stream', what: 'Subscriptions as server-sent events', isLink: false },
  { path: '/p/<organisation>/<policy>', what: 'A policy as a page; ?on=2024-01-31 for a past day', isLink: false },
  { path: '/health/ready', what: 'Whether this node can do its work, and if not, why', isLink: true },
  { path: '/metrics', what: 'Figures for operators, with a token', isLink: false },
];

function bodyOf(doors: readonly Door[]): string {
  const items = doors.map(({ path, what, isLink }) => {
    const name = `<code>${escapeHtml(path)}</code>`;
    return `<li>${isLink ? `<a href="${path}">${name}</a>` : name}<br>${escapeHtml(what)}</li>`;
  });
  return `<div class="frame"><main>
<h1>Samtykke</h1>
<div class="text"><p>Every version of a privacy policy, and what people were told and agreed to, as it stood on any day.</p>
<ul>${items.join('\n')}</ul></div>
</main></div>`;
}
