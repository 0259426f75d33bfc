import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createApiContext } from '../../src/api/context';
import { createPolicyPages } from '../../src/api/pages/find-policy-page';
import { buildApiSchema } from '../../src/api/schema';
import { importVersion } from '../../src/application/policy-versions';
import { parseLocalDate } from '../../src/domain/time';
import { caller, openTestApi, type TestApi } from '../support/api-harness';
import { type Office, openOffice, write } from '../support/policy-over-api';
import { type ServerUnderTest, startTestServer } from './server/running-server';

let api: TestApi;
let office: Office;
let server: ServerUnderTest;

beforeEach(async () => {
  api = await openTestApi('2024-06-15T10:00:00.000Z');
  office = await openOffice(api, 'fjordlys');
  server = await startTestServer({
    schema: buildApiSchema(() => api.clock.nowMs),
    createContext: (request) => createApiContext(api.services, request),
    pages: createPolicyPages(api.services),
    nowMs: () => api.clock.nowMs,
  });
});
afterEach(async () => {
  await server.close();
  await api.close();
});

interface Page {
  readonly status: number;
  readonly text: string;
  readonly header: (name: string) => string | null;
}

async function get(path: string, init: RequestInit = {}): Promise<Page> {
  const response = await fetch(`${server.address}/p/${path}`, init);
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, text: bytes.toString('utf8'), header: (name) => response.headers.get(name) };
}

async function bytesOf(path: string): Promise<Buffer> {
  return Buffer.from(await (await fetch(`${server.address}/p/${path}`)).arrayBuffer());
}

const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');

async function importText(policy: string, effectiveOn: string, text: string, more: object = {}): Promise<string> {
  const input = { policy, label: effectiveOn, effectiveOn, locale: 'nb', format: 'PLAIN_TEXT', text, ...more };
  return String((await write(api, office.publisher, 'policyVersionImport', input, 'version { id }')).at('version.id'));
}

/** The page as its reader sees it. */
const words = (html: string) =>
  html
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

describe('the page of a policy', () => {
  test('shows the text in force, its label and since when, to anybody', async () => {
    const policy = await office.createPolicy('privacy', { title: 'Personvern' });
    await office.publish(policy, { text: 'Vi tar vare på deg.', label: 'Versjon 2. rev. 10' });
    const page = await get('fjordlys/privacy');
    expect([page.status, page.header('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(words(page.text)).toContain('fjordlys AS Versjon 2. rev. 10 Gjelder fra 15. juni 2024');
    expect(page.text).toContain('Vi tar vare på deg.');
    expect(page.text).toContain('<html lang="nb">');
    expect(page.header('content-language')).toBe('nb');
  });

  test('of a past day shows the text that was in force at its end, in the zone of the organisation', async () => {
    const policy = await office.createPolicy('privacy');
    await importText(policy, '2023-11-01', 'Den gamle teksten.');
    await importText(policy, '2024-01-31', 'Den nye teksten.');
    expect((await get('fjordlys/privacy?on=2024-01-30')).text).toContain('Den gamle teksten.');
    const then = await get('fjordlys/privacy?on=2024-01-31');
    expect(then.text).toContain('Den nye teksten.');
    expect(words(then.text)).toContain('slik den gjaldt ved utgangen av 31. januar 2024');
    expect((await get('fjordlys/privacy?on=2023-11-01')).text).toContain('Den gamle teksten.');
  });

  test('of a day before the first version says so, and names the versions there are', async () => {
    const policy = await office.createPolicy('privacy');
    await importText(policy, '2023-11-01', 'Den gamle teksten.');
    const page = await get('fjordlys/privacy?on=2023-10-31');
    expect(page.status).toBe(404);
    expect(words(page.text)).toContain('Dokumentet gjaldt ikke ennå 31. oktober 2023.');
    expect(page.text).toContain('href="/p/fjordlys/privacy?on=2023-11-01"');
    expect(page.text).not.toContain('Den gamle teksten.');
  });

  test('lists earlier versions with the day to ask for, but not one that another followed on the same day', async () => {
    const policy = await office.createPolicy('privacy');
    await importText(policy, '2023-11-01', 'En.', { label: 'Første' });
    await importText(policy, '2023-12-01', 'To.', { label: 'Overtatt' });
    const more = { effectiveOn: undefined, effectiveFrom: '2023-12-01T12:00:00+01:00', label: 'Samme dag' };
    await importText(policy, '2023-12-01', 'Tre.', more);
    const { text } = await get('fjordlys/privacy');
    const items = [...text.matchAll(/<li[^>]*><span class="when">(.*?)<\/span>\s*<bdi>(.*?)<\/bdi>/g)];
    expect(items.map(([, when = '', label]) => [label, /\?on=([\d-]+)/.exec(when)?.[1]])).toEqual([
      ['Samme dag', '2023-12-01'],
      ['Overtatt', undefined],
      ['Første', '2023-11-01'],
    ]);
  });

  test('says that a version is to come, and shows it on its day as what is known today', async () => {
    const policy = await office.createPolicy('privacy');
    await office.publish(policy, { text: 'Teksten nå.' });
    const reasons = ['RECIPIENTS'];
    await office.publish(policy, { text: 'Teksten som kommer.', reasons, more: { effectiveOn: '2024-08-01' } });
    const now = await get('fjordlys/privacy');
    expect(words(now.text)).toContain('Teksten nå.');
    expect(words(now.text)).toContain('En ny versjon trer i kraft 1. august 2024.');
    const then = await get('fjordlys/privacy?on=2024-08-01');
    expect(words(then.text)).toContain('etter det vi vet i dag');
    expect(then.text).toContain('Teksten som kommer.');
  });

  test('of a policy that is retired says so with status 410, and its last text stays public', async () => {
    const policy = await office.createPolicy('privacy');
    await importText(policy, '2023-11-01', 'Den siste teksten.');
    await write(api, office.publisher, 'policyRetire', { policy, reason: 'Slutt' }, 'policy { id }');
    api.clock.nowMs += 24 * 3_600_000;
    const page = await get('fjordlys/privacy');
    expect(page.status).toBe(410);
    expect(words(page.text)).toContain('Dokumentet er ikke lenger i bruk.');
    expect(page.text).toContain('Den siste teksten.');
    expect((await get('fjordlys/privacy?on=2024-01-01')).status).toBe(200);
    expect((await bytesOf('fjordlys/privacy.txt')).toString()).toBe('Den siste teksten.');
  });

  test('of a policy whose only version is withdrawn says so', async () => {
    const policy = await office.createPolicy('privacy');
    const { id } = await office.publish(policy, { text: 'En feil.' });
    await write(api, office.publisher, 'policyVersionWithdraw', { version: id, reason: 'Feil' }, 'version { id }');
    api.clock.nowMs += 1_000;
    const page = await get('fjordlys/privacy');
    expect(page.status).toBe(404);
    expect(words(page.text)).toContain('Teksten er trukket tilbake');
    expect(page.text).not.toContain('En feil.');
  });

  test('offers the other locales, and finds the nearest to the one asked for', async () => {
    const policy = await office.createPolicy('privacy');
    const version = await importText(policy, '2023-11-01', 'På norsk.');
    const added = { version, locale: 'en-GB', format: 'PLAIN_TEXT', text: 'In English.' };
    // Whoever imported the text may not also vouch for its translation.
    await write(api, caller('Per', 'publisher@fjordlys'), 'policyVersionLocaleAdd', added, 'version { id }');
    api.clock.nowMs += 1_000;
    const norwegian = await get('fjordlys/privacy');
    expect(norwegian.text).toContain('På norsk.');
    expect(norwegian.text).toContain('href="/p/fjordlys/privacy?locale=en-GB"');
    for (const locale of ['en-GB', 'en-gb', 'en-GB-oxendict']) {
      const english = await get(`fjordlys/privacy?locale=${locale}`);
      expect(english.text).toContain('In English.');
      expect(words(english.text)).toContain('In force from 1 November 2023');
    }
    expect((await get('fjordlys/privacy?locale=sv')).text).toContain('På norsk.');
  });

  test('tells what changed in the words of the publisher', async () => {
    const policy = await office.createPolicy('privacy');
    const summaries = [{ locale: 'nb', text: 'Vi skrev tydeligere.' }];
    await office.publish(policy, { text: 'Teksten.', more: { summaries } });
    expect(words((await get('fjordlys/privacy')).text)).toContain('Hva er endret? Vi skrev tydeligere.');
  });

  test('has a table of contents whose every entry leads to a place in the text', async () => {
    const policy = await office.createPolicy('privacy');
    const text =
      '# Personvern\n\n## Hvem\n\nVi.\n\n## Hva & hvorfor\n\nDet.\n\n### Cookies\n\nJa.\n\n## Hvem\n\nIgjen.';
    await importText(policy, '2023-11-01', text, { format: 'MARKDOWN' });
    const page = (await get('fjordlys/privacy')).text;
    const anchors = [...page.matchAll(/href="#(s-[^"]+)"/g)].map(([, anchor = '']) => anchor);
    expect(new Set(anchors)).toEqual(new Set(['s-hvem', 's-hva-hvorfor', 's-cookies', 's-hvem-2']));
    for (const anchor of anchors) expect(page).toContain(` id="${anchor}"`);
    expect(page.match(/<h1/g)).toHaveLength(1);
  });
});

describe('the exact bytes', () => {
  test('come back as they were received, with their charset', async () => {
    const policy = await office.createPolicy('privacy');
    const bytes = Buffer.from('Personvern p\xe5 norsk\r\n\r\nMed \xe6\xf8\xe5 og uten linjeskift til slutt', 'latin1');
    const { app } = api.services;
    const { position } = await importVersion(
      app,
      { actor: '00000000-0000-4000-8000-000000000000', correlationId: 'test' },
      {
        policyId: policy,
        label: 'Gammel',
        effectiveOn: parseLocalDate('2020-01-01'),
        locale: 'nb',
        format: 'PLAIN_TEXT',
        text: bytes,
        charset: 'windows-1252',
        reasons: [],
        summaries: [],
        audience: [],
        renewalPurposes: [],
      },
    );
    await api.services.progress.waitFor(position, 2_000);
    expect(await bytesOf('fjordlys/privacy.txt')).toEqual(bytes);
    const { header } = await get('fjordlys/privacy.txt');
    expect(header('content-type')).toBe('text/plain; charset=windows-1252');
    expect(header('etag')).toBe(`"${sha256(bytes)}"`);
    expect((await get('fjordlys/privacy')).text).toContain('Med æøå og uten linjeskift til slutt');
  });

  test('of a Markdown text are served under both names', async () => {
    const policy = await office.createPolicy('privacy');
    const text = '\ufeff# Tittel\n\nSoft\u00adhyphen, non\u00a0breaking, e\u0301.\r\n';
    await importText(policy, '2023-11-01', text, { format: 'MARKDOWN' });
    for (const [name, type] of [
      ['md', 'text/markdown; charset=utf-8'],
      ['txt', 'text/plain; charset=utf-8'],
    ] as const) {
      expect(await bytesOf(`fjordlys/privacy.${name}`)).toEqual(Buffer.from(text));
      expect((await get(`fjordlys/privacy.${name}?on=2023-11-02`)).header('content-type')).toBe(type);
    }
  });

  test('are not there on a day without a text', async () => {
    const policy = await office.createPolicy('privacy');
    await importText(policy, '2023-11-01', 'Teksten.');
    expect((await get('fjordlys/privacy.txt?on=2023-10-31')).status).toBe(404);
  });
});

describe('copies that readers keep', () => {
  test('a text is not sent again while it is the same', async () => {
    const policy = await office.createPolicy('privacy');
    await importText(policy, '2023-11-01', 'Teksten.');
    for (const path of ['fjordlys/privacy', 'fjordlys/privacy.txt']) {
      const etag = (await get(path)).header('etag') ?? '';
      expect(etag).toContain(sha256('Teksten.'));
      const again = await get(path, { headers: { 'if-none-match': etag } });
      expect([again.status, again.text, again.header('etag')]).toEqual([304, '', etag]);
      const byHash = await get(path, { headers: { 'if-none-match': `W/"x", "${sha256('Teksten.')}"` } });
      expect(byHash.status).toBe(304);
      expect((await get(path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    }
  });

  test('the same text under another label is another page, but the same bytes', async () => {
    const policy = await office.createPolicy('privacy');
    await importText(policy, '2023-11-01', 'Teksten.', { label: 'Første' });
    const page = (await get('fjordlys/privacy')).header('etag') ?? '';
    const bytes = (await get('fjordlys/privacy.txt')).header('etag') ?? '';
    await importText(policy, '2023-12-01', 'Teksten.', { label: 'Andre' });
    expect((await get('fjordlys/privacy', { headers: { 'if-none-match': page } })).status).toBe(200);
    expect((await get('fjordlys/privacy.txt', { headers: { 'if-none-match': bytes } })).status).toBe(304);
  });

  test('HEAD answers the headers alone', async () => {
    const policy = await office.createPolicy('privacy');
    await importText(policy, '2023-11-01', 'Teksten.');
    for (const path of ['fjordlys/privacy', 'fjordlys/privacy.txt']) {
      const [head, whole] = [await get(path, { method: 'HEAD' }), await get(path)];
      expect([head.status, head.text, head.header('etag')]).toEqual([200, '', whole.header('etag')]);
      expect(head.header('content-length')).toBe(whole.header('content-length'));
    }
  });
});

describe('what there is not', () => {
  test('an unknown policy, one never published and one with only a draft answer the same', async () => {
    await office.createPolicy('draft-only');
    const pages = await Promise.all(
      ['fjordlys/nothing', 'nobody/nothing', 'fjordlys/draft-only'].map((path) => get(path)),
    );
    for (const page of pages) expect([page.status, page.text]).toEqual([404, pages[0]?.text]);
    expect(words(pages[0]?.text ?? '')).toContain('There is nothing here');
  });

  test.each([
    'Fjordlys/Privacy',
    'fjordlys/%2e%2e',
    "fjordlys/'",
    'fjordlys/%00',
    'fjordlys/p%C3%A5',
    `fjordlys/${'x'.repeat(90)}`,
  ])('%s is not found', async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  test.each([
    'on=2024-02-30',
    'on=yesterday',
    'on=2024-1-1',
    'on=2024-01-31T10:00',
    'on=2024-01-31&on=2024-02-01',
    'locale=no%20such',
    'locale=en&locale=nb',
  ])('?%s cannot be read', async (query) => {
    const page = await get(`fjordlys/nothing?${query}`);
    expect([page.status, page.header('content-type')]).toEqual([400, 'text/html; charset=utf-8']);
  });

  test('the reader is told in Norwegian where the browser asks for it', async () => {
    const page = await get('fjordlys/nothing', { headers: { 'accept-language': 'nn-NO,nn;q=0.9' } });
    expect(words(page.text)).toContain('Her er det ingenting');
  });

  test('the last day of the calendar is no fault', async () => {
    const policy = await office.createPolicy('privacy');
    await importText(policy, '2023-11-01', 'Teksten.');
    expect((await get('fjordlys/privacy?on=9999-12-31')).status).toBeLessThan(500);
    expect((await get('fjordlys/privacy?on=0001-01-01')).status).toBe(404);
  });
});

describe('safety', () => {
  test('nothing in a text, a title or a label can run, load or style', async () => {
    const policy = await office.createPolicy('privacy', { title: '<script>alert(1)</script>' });
    const evil =
      '<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) ![x](https://evil.example/x.png)';
    for (const [day, format] of [
      ['2023-11-01', 'PLAIN_TEXT'],
      ['2023-11-02', 'MARKDOWN'],
    ] as const) {
      const more = { format, label: '"><script>alert(1)</script>' };
      await importText(policy, day, `${evil}\n\n# ${evil}\n`, more);
      const page = (await get(`fjordlys/privacy?on=${day}`)).text;
      expect(page).not.toMatch(/<script|<img|="javascript:/i);
      // What stands between quotation marks is no attribute of its own.
      expect(page.replace(/"[^"]*"/g, '""')).not.toMatch(/<[^>]* on\w+=/i);
      expect(page).toContain('&lt;script&gt;');
    }
  });

  test('the browser is told to run nothing, load nothing and guess nothing', async () => {
    const policy = await office.createPolicy('privacy');
    await importText(policy, '2023-11-01', 'Teksten.');
    for (const path of ['fjordlys/privacy', 'fjordlys/privacy.txt', 'fjordlys/nothing']) {
      const { header } = await get(path);
      expect(header('content-security-policy')).toContain("default-src 'none'");
      expect(header('content-security-policy')).not.toMatch(/script-src|unsafe/);
      expect([header('x-content-type-options'), header('referrer-policy')]).toEqual(['nosniff', 'no-referrer']);
    }
  });

  test('the style is the one that the content policy names', async () => {
    const { text, header } = await get('fjordlys/nothing');
    const style = /<style>(.*?)<\/style>/s.exec(text)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(header('content-security-policy')).toContain(`'sha256-${hash}'`);
  });
});

const REAL_TEXTS = join(__dirname, '..', '..', '..', 'shared', 'data', 'policies');

if (existsSync(REAL_TEXTS)) {
  test.each(['catacloud', 'skykontoret', 'skysoft'])(
    'every word of the real text of %s stands on its page',
    async (name) => {
      const policy = await office.createPolicy(name);
      const text = readFileSync(join(REAL_TEXTS, `${name}.txt`), 'utf8');
      await importText(policy, '2023-11-01', text);
      const page = (await get(`fjordlys/${name}`)).text;
      const shown = words(page)
        .replace(/&amp;/g, '&')
        .replace(/&quot;/g, '"')
        .replace(/&#39;/g, "'");
      const missing = text.match(/[\p{L}]{2,}/gu)?.filter((word) => !shown.includes(word));
      expect(missing).toEqual([]);
      expect(await bytesOf(`fjordlys/${name}.txt`)).toEqual(Buffer.from(text));
    },
  );
} else {
  console.warn(`NOT RUN: the pages of real texts need ${REAL_TEXTS}.`);
  test.skip(`the pages of real texts: they are not in ${REAL_TEXTS}`, () => undefined);
}
