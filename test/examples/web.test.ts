import type { Browser, Locator, Page, WebSocketRoute } from 'playwright-core';
import { FAINT_WORDS, FOCUS, OVERHANG, WEIGHTS, WITHOUT_WEBSOCKET } from './page-measures';
import { type PeopleElsewhere, peopleElsewhere } from './people-elsewhere';
import { publishRenewal, SUMMARY, withdrawComing } from './publish-renewal';
import { findBrowser, openBrowser, openWindow, type Product, startProduct, type Window } from './web-harness';

const path = findBrowser();
if (path === undefined) {
  console.warn('SKIPPED: the web example in a real browser. There is none; apt-get install chromium brings one.');
}

const NARROWEST_PX = 320;

let product: Product;
let elsewhere: PeopleElsewhere;

beforeAll(async () => {
  product = await startProduct();
  elsewhere = peopleElsewhere(product);
}, 60_000);
afterAll(async () => {
  await product?.stop();
});

describe('the backend of the web example', () => {
  const logInWith = (body: string) =>
    fetch(`${product.url}/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

  test('is told of a withdrawal that was made elsewhere', async () => {
    const subject = await elsewhere.settle('per', ['terms', 'newsletter']);
    const login = await logInWith('{ "name": "per" }');
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
    const newsletter = async () => {
      const house = await fetch(`${product.url}/house`, { headers: { cookie } });
      return ((await house.json()) as { newsletter: boolean }).newsletter;
    };
    expect([await newsletter(), await newsletter()]).toEqual([true, true]);
    await elsewhere.withdraw(subject);
    const deadline = Date.now() + 5_000;
    while (await newsletter()) if (Date.now() > deadline) throw new Error('The backend was not told.');
  });

  test('knows nobody without a session', async () => {
    for (const [method, address] of [
      ['GET', '/house'],
      ['POST', '/token'],
      ['GET', '/my-copy.json'],
    ]) {
      const response = await fetch(`${product.url}${address}`, {
        method: method ?? '',
        headers: { cookie: 'fjordlys=x' },
      });
      expect([address, response.status]).toEqual([address, 401]);
    }
  });

  test('refuses names that are none', async () => {
    const names = [
      '""',
      '"   "',
      '12',
      '{}',
      '"\\ud800"',
      '"a\\u0000b"',
      `"${'a'.repeat(65)}"`,
      `"${'a'.repeat(5_000)}"`,
    ];
    for (const body of [...names.map((name) => `{ "name": ${name} }`), 'null', '[]', 'no JSON', '']) {
      expect([body, (await logInWith(body)).status]).toEqual([body, 400]);
    }
  });

  test('serves the files of its page and no others', async () => {
    for (const address of [
      '/server.mjs',
      '/backend/people.mjs',
      '/..%2fserver.mjs',
      '//[',
      '/vendor/graphql-ws/package.json',
    ]) {
      expect([address, (await fetch(product.url + address)).status]).toEqual([address, 404]);
    }
    const page = await fetch(product.url);
    expect([page.status, page.headers.get('content-security-policy')]).toEqual([
      200,
      expect.stringContaining("default-src 'none'; script-src 'self'"),
    ]);
  });
});

(path === undefined ? describe.skip : describe)('the web example in a browser', () => {
  let browser: Browser;
  let windows: Window[];

  beforeAll(async () => {
    browser = await openBrowser(path ?? '');
  });
  afterAll(() => browser?.close());
  beforeEach(() => {
    windows = [];
  });
  afterEach(async () => {
    for (const { context } of windows) await context.close();
    expect(windows.flatMap(({ faults }) => faults)).toEqual([]);
  });

  type Look = Parameters<typeof openWindow>[1];
  type Before = (page: Page) => Promise<unknown>;

  async function open(look: Look = {}, before: Before = async () => undefined): Promise<Page> {
    const opened = await openWindow(browser, look);
    windows.push(opened);
    await before(opened.page);
    await opened.page.goto(product.url);
    return opened.page;
  }

  async function logIn(name: string, look?: Look, before?: Before): Promise<Page> {
    const page = await open(look, before);
    await page.getByLabel('Navn').fill(name);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /^Logg ut/ }).waitFor();
    await page.getByText('Tilkoblet').waitFor();
    return page;
  }

  const card = (page: Page, kind: string, version: string) => page.locator(`.card.${kind}[data-version="${version}"]`);
  const button = (within: Page | Locator, name: string) => within.getByRole('button', { name, exact: true });
  const acceptTerms = (page: Page) => button(page, 'Jeg godtar').click();

  test('shows whoever logs in what is going to change, and records that they have read it', async () => {
    const page = await logIn('kari');
    const notice = card(page, 'read-notice', 'Versjon 4');
    await notice.getByText('Adresselisten til nyhetsbrevet kopieres til Canada.').waitFor();
    await notice.getByText('Se endringene i teksten').click();
    await notice.locator('ins', { hasText: 'oppbevares i Canada' }).waitFor();
    await button(notice, 'Jeg har lest dette').click();
    await notice.waitFor({ state: 'detached' });
    const { facts } = await elsewhere.look('kari');
    expect(facts.filter(({ type }) => type === 'NoticeAcknowledged')).toEqual([
      { type: 'NoticeAcknowledged', data: expect.objectContaining({ locale: 'nb', channel: 'APP' }) },
    ]);
  });

  test('asks with two buttons that weigh the same, and takes a no as readily as a yes', async () => {
    const page = await logIn('nora');
    await acceptTerms(page);
    const dialog = page.getByRole('dialog', { name: 'Ditt valg' });
    const [no, yes] = [button(dialog, 'Nei'), button(dialog, 'Ja')];
    await no.waitFor();
    const [one, other, ...more] = await page.evaluate<readonly { readonly width: number }[]>(WEIGHTS);
    expect(one?.width).toBeGreaterThan(100);
    expect([other, more]).toEqual([one, []]);
    expect(await page.evaluate(FOCUS)).toMatchObject({ tag: 'H2', inDialog: true });
    for (const each of [no, yes]) expect(await each.getAttribute('aria-pressed')).toBe('false');

    await no.click();
    await dialog.getByText('Du har svart nei.').waitFor();
    expect((await elsewhere.look('nora')).status.newsletter).toBe('REFUSED');
    await yes.click();
    await dialog.getByText('Du har svart ja.').waitFor();
    expect((await elsewhere.look('nora')).status.newsletter).toBe('GIVEN');
    await button(dialog, 'Ferdig').click();
    await page.getByText('kommer til deg på mandag').waitFor();
    expect((await elsewhere.look('nora')).facts.map(({ type }) => type)).not.toContain('ConsentDeferred');
  });

  test('is closed to who has not accepted the terms, but not to reading, withdrawing, objecting and a copy', async () => {
    await elsewhere.settle('pia', ['newsletter']);
    const page = await logIn('pia');
    await page.getByRole('heading', { name: 'Bygget venter på deg' }).waitFor();
    expect(await page.getByRole('slider').count()).toBe(0);
    await page.getByRole('link', { name: 'les personvernerklæringen' }).click();
    await page.getByRole('heading', { name: '3. Hvor opplysningene lagres' }).waitFor();

    await page.getByRole('link', { name: 'Mine valg' }).click();
    await button(page, 'Trekk tilbake: Nyhetsbrev').click();
    await button(page, 'Protester: Bruksstatistikk').click();
    await button(page, 'Ta tilbake protesten: Bruksstatistikk').waitFor();
    expect((await elsewhere.look('pia')).status).toMatchObject({ newsletter: 'WITHDRAWN', statistics: 'OBJECTED' });

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Last ned alt om meg (JSON)' }).click(),
    ]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk);
    const copy = JSON.parse(Buffer.concat(chunks).toString()) as {
      readonly format: string;
      readonly facts: readonly { readonly type: string }[];
      readonly texts: readonly unknown[];
    };
    expect([copy.format, copy.texts.length > 0]).toEqual(['samtykke-subject-copy/1', true]);
    expect(copy.facts.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['SubjectRegistered', 'ConsentGiven', 'ConsentWithdrawn', 'ProcessingObjected']),
    );
  });

  test('can be read without logging in', async () => {
    const page = await open();
    await page.getByRole('link', { name: 'Les personvernerklæringen uten å logge inn' }).click();
    await page.getByRole('link', { name: 'Versjon 2. rev. 10' }).click();
    await page.getByText('Sist oppdatert: 1. november 2023').waitFor();
  });

  test('is used with the keyboard alone, and leaving the dialog is a deferral', async () => {
    await elsewhere.settle('tor', ['terms']);
    const page = await open();
    const focus = () => page.evaluate<Focus>(FOCUS);
    const tabTo = async (words: string) => {
      for (let step = 0; step < 40; step += 1) {
        if ((await focus()).words === words) return;
        await page.keyboard.press('Tab');
      }
      throw new Error(`Tab never came to ${words}.`);
    };
    await tabTo('');
    await page.getByLabel('Navn').press('t');
    await page.keyboard.type('or');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    for (let step = 0; step < 8; step += 1) {
      await page.keyboard.press('Tab');
      const { tag, inDialog } = await focus();
      expect(inDialog || tag === 'BODY').toBe(true);
    }
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('Det er utsatt.').first().waitFor();
    const { facts } = await elsewhere.look('tor');
    // What was pushed meanwhile may be recorded as NOTIFIED on either side of it.
    expect(facts.filter(({ type }) => type !== 'NoticeNotified').at(-1)).toEqual({
      type: 'ConsentDeferred',
      data: expect.objectContaining({ method: 'DISMISSAL' }),
    });

    await button(card(page, 'decide-consent', 'Versjon 3'), 'Velg').focus();
    await page.keyboard.press('Enter');
    await dialog.waitFor();
    await tabTo('Ja');
    await page.keyboard.press('Space');
    await dialog.getByText('Du har svart ja.').waitFor();
    await tabTo('Ferdig');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await page.locator('main :focus').waitFor();
    expect((await elsewhere.look('tor')).status.newsletter).toBe('GIVEN');
  });

  test('goes on with a new token when the old one is taken back, and misses nothing', async () => {
    const id = await elsewhere.settle('eva', ['terms', 'newsletter']);
    const page = await logIn('eva');
    const another = page.waitForEvent('websocket', { timeout: 8_000 });
    await elsewhere.revokeTokens(id);
    await another;
    await page.getByText('Tilkoblet').waitFor();
    await acknowledgeElsewhere(id, page);
  });

  test('goes on behind the last item after a break, with what happened meanwhile', async () => {
    const id = await elsewhere.settle('siv', ['terms', 'newsletter']);
    const sockets: WebSocketRoute[] = [];
    const page = await logIn('siv', {}, (each) =>
      each.routeWebSocket(/\/graphql$/, (socket) => {
        socket.connectToServer();
        sockets.push(socket);
      }),
    );
    const notice = card(page, 'read-notice', 'Versjon 4');
    await notice.waitFor();
    await sockets[0]?.close({ code: 1012, reason: 'Restarting' });
    await elsewhere.acknowledge(id, 'Versjon 4');
    expect(sockets).toHaveLength(1);
    await notice.waitFor({ state: 'detached' });
    // The page may ask what is outstanding before it opens the next socket.
    while (sockets.length < 2) await page.waitForTimeout(50);
    await page.getByText('Tilkoblet').waitFor();
    expect(await notice.count()).toBe(0);
  });

  test('takes server-sent events where no WebSocket gets through', async () => {
    const id = await elsewhere.settle('ida', ['terms', 'newsletter']);
    const page = await logIn('ida', {}, (each) => each.addInitScript(WITHOUT_WEBSOCKET));
    await acknowledgeElsewhere(id, page);
  });

  /** What is done on another device disappears from the open page. */
  async function acknowledgeElsewhere(subject: string, page: Page): Promise<void> {
    const notice = card(page, 'read-notice', 'Versjon 4');
    await notice.waitFor();
    await elsewhere.acknowledge(subject, 'Versjon 4');
    await notice.waitFor({ state: 'detached' });
  }

  test.each(['light', 'dark'] as const)('is legible in %s, on the narrowest telephone too', async (colorScheme) => {
    await elsewhere.settle(`leser ${colorScheme}`, ['newsletter']);
    const narrow = { viewport: { width: NARROWEST_PX, height: 640 }, colorScheme };
    const page = await logIn(`leser ${colorScheme}`, narrow);
    const faults: unknown[] = [];
    const look = async (view: string) => {
      const [faint, overhang] = [await page.evaluate(FAINT_WORDS), await page.evaluate(OVERHANG)];
      faults.push(...(faint as string[]).map((each) => `${view}: ${each}`));
      if (overhang !== 0) faults.push(`${view}: ${String(overhang)} px too wide`);
    };
    const notice = card(page, 'read-notice', 'Versjon 4');
    await notice.getByText('Se endringene i teksten').click();
    await notice.locator('ins').first().waitFor();
    await look('closed');
    await page.getByRole('link', { name: 'Mine valg' }).click();
    await button(page, 'Trekk tilbake: Nyhetsbrev').click();
    await button(page, 'Velg på nytt: Nyhetsbrev').click();
    await look('choices');
    await button(page.getByRole('dialog'), 'Ja').click();
    await page.getByText('Du har svart ja.').waitFor();
    await look('dialog');
    expect(faults).toEqual([]);
  });

  test('tells of a change while the page is open, asks again, and a withdrawal holds at once', async () => {
    await elsewhere.settle('liv', ['terms', 'newsletter']);
    const page = await logIn('liv');
    await page.evaluate('window.isTheSame = true');
    await page.getByText('kommer til deg på mandag').waitFor();
    await withdrawComing(product, 'Versjon 4');
    await page.locator('.message', { hasText: 'Versjon 4 er trukket tilbake' }).waitFor();
    await card(page, 'read-notice', 'Versjon 4').waitFor({ state: 'detached' });

    await publishRenewal(product, 'Versjon 5');
    const message = page.locator('.message', { hasText: 'Versjon 5 gjelder nå' });
    await message.getByText(SUMMARY).waitFor();
    expect((await elsewhere.look('liv')).status.newsletter).toBe('INVALIDATED');
    await page.getByText('går ikke til deg').waitFor();
    const dialog = page.getByRole('dialog');
    expect(await dialog.count()).toBe(0);

    await button(card(page, 'renew-consent', 'Versjon 5'), 'Velg').click();
    await dialog.getByText('e-postadresse, bygg').waitFor();
    await button(dialog, 'Ja').click();
    await dialog.getByText('Du har svart ja.').waitFor();
    await button(dialog, 'Ferdig').click();
    expect((await elsewhere.look('liv')).status.newsletter).toMatch(/GIVEN|RENEWED/);
    await page.getByText('kommer til deg på mandag').waitFor();

    await page.getByRole('link', { name: 'Mine valg' }).click();
    await button(page, 'Trekk tilbake: Nyhetsbrev').click();
    await button(page, 'Velg på nytt: Nyhetsbrev').waitFor();
    expect((await elsewhere.look('liv')).status.newsletter).toBe('WITHDRAWN');
    await page.getByRole('link', { name: 'Bygget' }).click();
    await page.getByText('går ikke til deg').waitFor();
    expect(await page.evaluate('window.isTheSame')).toBe(true);
  });
});

interface Focus {
  readonly words: string;
  readonly tag: string;
  readonly inDialog: boolean;
}
