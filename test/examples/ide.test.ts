import { commandLine, printed } from '../support/command-line';
import { findBrowser, openBrowser } from './web-harness';

const path = findBrowser();
if (path === undefined) {
  console.warn('SKIPPED: the IDE in a real browser. There is none; apt-get install chromium brings one.');
}

(path === undefined ? test.skip : test)(
  'the IDE knows the schema without being asked, and answers its first example',
  async () => {
    const line = commandLine();
    const demo = line.start(['demo'], { SAMTYKKE_PORT: '0', SAMTYKKE_LOG_LEVEL: 'error' });
    const url = /IDE\s+(\S+)/.exec(await printed(demo, /\noperator\n {2}\S+\n/))?.[1] ?? '';
    const browser = await openBrowser(path ?? '');
    try {
      const page = await browser.newPage();
      const schema = page.waitForResponse((response) => /__schema/.test(response.request().postData() ?? ''));
      await page.goto(url);
      expect((await schema).status()).toBe(200);
      await page.getByText('Docs', { exact: true }).click();
      await page.getByText('Root Types').waitFor();
      await page.getByText('Send Request').click();
      await page.getByText('VERSION_IN_FORCE').waitFor();
    } finally {
      await browser.close();
      const closed = new Promise((resolve) => demo.once('close', resolve));
      demo.kill('SIGTERM');
      await closed;
      line.remove();
    }
  },
  60_000,
);
