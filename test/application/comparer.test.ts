import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { compareKnownTexts, type KnownText } from '../../src/application/comparison/compare-known-texts';
import {
  type Comparer,
  type ComparerApartOptions,
  ComparerBusy,
  comparerApart,
  comparerHere,
  MAX_COMPARED_HERE,
  MAX_WAITING_TO_BE_COMPARED,
} from '../../src/application/comparison/comparer';
import { openTestApplication } from '../support/application-harness';
import { within } from '../support/event-store-samples';
import { randomNumbers } from '../support/synthetic-history';

const REGISTER = join(__dirname, '..', 'support', 'register-typescript.cjs');
const here = comparerHere();
let apart: Comparer;
let directory: string;

function open(options: ComparerApartOptions = {}): Comparer {
  // The other thread reads TypeScript, as this one does.
  apart = comparerApart({ execArgv: ['--require', REGISTER], ...options });
  return apart;
}
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'samtykke-'));
});
afterEach(async () => {
  await apart?.close();
  rmSync(directory, { recursive: true });
});

function policy(seed: number, sections: number): string {
  const random = randomNumbers(seed);
  const words = () => Array.from({ length: 60 }, () => `ord${random(400)}`).join(' ');
  return Array.from({ length: sections }, (_, at) => `## ${at + 1}. Overskrift ${at}\n\n${words()}.\n\n`).join('');
}

test('texts compared apart give what they give here, large and small', async () => {
  open();
  for (const [from, to] of [
    [policy(1, 200), policy(2, 200)],
    [policy(1, 200), ''],
    ['', policy(1, 200)],
    ['En', 'To'],
    ['', ''],
  ] as const) {
    expect(await apart.compare(from, to)).toEqual(await here.compare(from, to));
    expect(await apart.countWords(from, to)).toBe(await here.countWords(from, to));
  }
}, 30_000);

test('large texts compared apart let this thread go on meanwhile', async () => {
  open();
  let turns = 0;
  let done = false;
  const compared = apart.compare(policy(3, 800), policy(4, 800)).finally(() => {
    done = true;
  });
  while (!done) {
    await nextTurn();
    turns += 1;
  }
  expect((await compared).length).toBeGreaterThan(0);
  expect(turns).toBeGreaterThan(10);
}, 30_000);

test('answers are told apart, however many are asked for at once', async () => {
  open();
  const texts = Array.from({ length: 8 }, (_, at) => policy(at + 1, 60));
  const compared = await Promise.all(texts.map((text) => apart.compare(text, `${text}Nytt ${text.length}`)));
  for (const [at, text] of texts.entries()) {
    expect(compared[at]).toEqual(await here.compare(text, `${text}Nytt ${text.length}`));
  }
}, 30_000);

test('what waits is bounded, and room is made as answers come', async () => {
  open();
  const large = 'x'.repeat(MAX_WAITING_TO_BE_COMPARED / 4);
  const first = apart.compare(large, large);
  const second = apart.compare(large, `${large.slice(1)}`);
  await expect(apart.compare(large, large)).rejects.toBeInstanceOf(ComparerBusy);
  await expect(apart.countWords(large, 'y')).rejects.toBeInstanceOf(ComparerBusy);
  expect(await apart.compare('En', 'To')).toHaveLength(1);
  await Promise.all([first, second]);
  expect(await apart.countWords(large, 'y')).toBe(1);
}, 60_000);

test('a thread that ends takes down what it was asked and nothing else, and the next is asked of a new one', async () => {
  const program = join(directory, 'program.cjs');
  writeFileSync(
    program,
    `const { parentPort } = require('node:worker_threads');
     parentPort.on('message', ({ id, to }) => {
       if (to.startsWith('end')) process.exit(3);
       if (to.startsWith('throw')) throw new Error('as it was asked');
       parentPort.postMessage({ id, sections: [], words: 7 });
     });`,
  );
  open({ program });
  const large = 'x'.repeat(MAX_COMPARED_HERE);
  await expect(within(apart.countWords(large, 'end'), 'the end')).rejects.toThrow('ended');
  await expect(within(apart.countWords(large, 'throw'), 'the fault')).rejects.toThrow('as it was asked');
  expect(await within(apart.countWords(large, 'go on'), 'the answer')).toBe(7);
});

describe('Known texts', () => {
  const known = (organisationId: string, text: string, sha256 = text): KnownText => ({ organisationId, sha256, text });

  async function counting() {
    const { app, close } = await openTestApplication();
    const asked: string[] = [];
    const comparer: Comparer = {
      ...here,
      compare: async (from, to) => {
        asked.push(`${from} ${to}`);
        return here.compare(from, to);
      },
    };
    return { parts: { comparisons: app.comparisons, comparer }, asked, close };
  }

  test('are compared once, also when they are asked for at the same time', async () => {
    const { parts, asked, close } = await counting();
    const compare = () => compareKnownTexts(parts, known('o', 'En'), known('o', 'To'));
    const answers = await Promise.all([compare(), compare(), compare()]);
    await compare();
    expect(asked).toEqual(['En To']);
    expect(answers[2]).toEqual(await here.compare('En', 'To'));
    await close();
  });

  test('are told apart by side, organisation and charset, and from no text', async () => {
    const { parts, asked, close } = await counting();
    const [one, two] = [known('o', 'En'), known('o', 'To')];
    await compareKnownTexts(parts, one, two);
    await compareKnownTexts(parts, two, one);
    await compareKnownTexts(parts, known('other', 'En'), two);
    await compareKnownTexts(parts, { ...one, charset: 'windows-1252' }, two);
    await compareKnownTexts(parts, undefined, two);
    await compareKnownTexts(parts, one, undefined);
    expect(asked).toEqual(['En To', 'To En', 'En To', 'En To', ' To', 'En ']);
    await close();
  });

  test('that could not be compared are compared anew', async () => {
    const { parts, asked, close } = await counting();
    let busy = true;
    const comparer: Comparer = {
      ...parts.comparer,
      compare: async (from, to) => {
        if (busy) throw new ComparerBusy('busy');
        return parts.comparer.compare(from, to);
      },
    };
    const compare = () => compareKnownTexts({ ...parts, comparer }, known('o', 'En'), known('o', 'To'));
    await expect(compare()).rejects.toBeInstanceOf(ComparerBusy);
    busy = false;
    await compare();
    expect(asked).toEqual(['En To']);
    await close();
  });
});
