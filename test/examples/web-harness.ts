import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { commandLine, printed } from '../support/command-line';

const ROOT = join(__dirname, '..', '..');
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The first browser of this kind on the path; undefined where there is none. */
export function findBrowser(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export function openBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
}

/** The demonstration, and the example that stands in front of it, each in a process of its own. */
export interface Product {
  readonly url: string;
  /** Asks Samtykke itself. @throws on errors */
  ask<Data>(role: Role, query: string, variables?: Readonly<Record<string, unknown>>): Promise<Data>;
  /** Does something elsewhere: as another backend of the product does, or the people of the company. @throws on refusals */
  write<Payload>(role: Role, mutation: string, type: string, input: object, fields: string): Promise<Payload>;
  stop(): Promise<void>;
}

export type Role = 'editor' | 'approver' | 'publisher' | 'officer' | 'service';

export async function startProduct(): Promise<Product> {
  const line = commandLine();
  const demo = line.start(['demo'], { SAMTYKKE_PORT: '0', SAMTYKKE_LOG_LEVEL: 'error' });
  const welcome = await printed(demo, /\noperator\n {2}\S+\n/);
  const samtykke = /GraphQL\s+(http:\S+)\/graphql/.exec(welcome)?.[1] ?? '';
  const token = (role: Role) => new RegExp(`\\n${role}@fjordlys.*\\n\\s+(\\S+)`).exec(welcome)?.[1] ?? '';
  const server = spawn(
    process.execPath,
    [join(ROOT, 'examples/web/server.mjs'), '--port', '0', '--samtykke', samtykke],
    {
      env: { PATH: process.env.PATH ?? '', SAMTYKKE_SERVICE_TOKEN: token('service') },
    },
  );
  const started = await printed(server, /Fjordlys is at \S+\n/);

  const ask = async <Data>(role: Role, query: string, variables: Readonly<Record<string, unknown>> = {}) => {
    const response = await fetch(`${samtykke}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token(role)}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: Data; errors?: readonly unknown[] };
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  return {
    url: /Fjordlys is at (\S+)/.exec(started)?.[1] ?? '',
    ask,
    write: async <Payload>(role: Role, mutation: string, type: string, input: object, fields: string) => {
      const document = `mutation ($input: ${type}!) {
        done: ${mutation}(input: $input) { ${fields} userErrors { code message } } }`;
      const { done } = await ask<{ done: Payload & { userErrors: readonly unknown[] } }>(role, document, { input });
      if (done.userErrors.length > 0) throw new Error(`${mutation}: ${JSON.stringify(done.userErrors)}`);
      return done;
    },
    stop: async () => {
      await Promise.all([ended(server), ended(demo)]);
      line.remove();
    },
  };
}

function ended(child: ChildProcess): Promise<unknown> {
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGTERM');
  return closed;
}

/** A window of its own, as somebody on another machine has it. What goes wrong in it fails the test. */
export interface Window {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly faults: readonly string[];
}

export async function openWindow(browser: Browser, more: Parameters<Browser['newContext']>[0] = {}): Promise<Window> {
  const context = await browser.newContext({
    locale: 'nb-NO',
    timezoneId: 'Europe/Oslo',
    viewport: { width: 1180, height: 860 },
    reducedMotion: 'reduce',
    ...more,
  });
  context.setDefaultTimeout(5_000);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', ({ message }) => faults.push(message));
  page.on('console', (message) => {
    // A browser reports what a gate answers as an error of the page.
    const isGate = /status of 40[13]/.test(message.text());
    if (message.type() === 'error' && !isGate) faults.push(message.text());
  });
  return { page, context, faults };
}
