import { remembering } from '../../src/read-models/sqlite/remembered-answers';
import { openNode } from './support/read-model-node';
import { at, organisationRegistered, policyCreated, published, sampleId } from './support/sample-facts';

const organisation = sampleId(1);
const policy = sampleId(2);
const stream = `policy-${policy}`;

/** A question that counts how often it is asked, over tables that stand at `n`. */
function counted<Answer>(
  answer: (n: number, name: string) => Answer | undefined,
  isLight?: (answer: Answer) => boolean,
) {
  let state = { n: 1 };
  let asked = 0;
  const ask = remembering(
    () => state,
    (n, name) => {
      asked += 1;
      return answer(n, name);
    },
    isLight,
  );
  return { ask, asked: () => asked, change: (n: number) => (state = { n }) };
}

test('the same question between two changes of the tables is asked once', () => {
  const { ask, asked } = counted((n, name) => `${name} at ${n}`);
  expect([ask(1, 'a'), ask(1, 'a'), ask(1, 'b'), ask(2, 'a'), ask(1, 'a')]).toEqual([
    'a at 1',
    'a at 1',
    'b at 1',
    'a at 2',
    'a at 1',
  ]);
  expect(asked()).toBe(3);
});

test('other tables are asked anew, even where they end at the same ordinal', () => {
  let log = 'one';
  const { ask, change } = counted(() => log);
  expect(ask(1, 'a')).toBe('one');
  log = 'another';
  change(1);
  expect(ask(1, 'a')).toBe('another');
});

test('what was not found is asked again, and what is too large is not kept', () => {
  let found: string | undefined;
  const { ask, asked } = counted(
    () => found,
    (answer) => answer.length < 5,
  );
  expect(ask(1, 'a')).toBeUndefined();
  found = 'large';
  expect([ask(1, 'a'), ask(1, 'a')]).toEqual(['large', 'large']);
  expect(asked()).toBe(3);
});

test('names that hold spaces and numbers are not taken for others', () => {
  const { ask } = counted((n, name) => JSON.stringify([n, name]));
  const questions = [
    [1, '1 a'],
    [11, 'a'],
    [1, ''],
    [1, ' '],
    [1, 'a\u0000'],
    [1, '\ud800'],
  ] as const;
  for (const [n, name] of [...questions, ...questions]) expect(ask(n, name)).toBe(JSON.stringify([n, name]));
});

test('however many are asked, a bounded number is kept', () => {
  const { ask, asked } = counted((_n, name) => name);
  for (let number = 0; number < 5_000; number += 1) ask(1, String(number));
  for (let number = 0; number < 5_000; number += 1) ask(1, String(number));
  expect(asked()).toBe(10_000);
});

test('what a batch adds is seen at once, and what an earlier prefix answered stays', async () => {
  const node = await openNode();
  const start = await node.record(`organisation-${organisation}`, [organisationRegistered(organisation)]);
  expect(node.readModels.policyById(policy, start)).toBeUndefined();
  const created = await node.record(stream, [policyCreated(policy, organisation)]);
  expect(node.readModels.policyById(policy, created)).toMatchObject({ published: false });
  const version = published({ policyId: policy, versionId: sampleId(3), effectiveFrom: at('2024-01-01') });
  const after = await node.record(stream, [version]);
  expect(node.readModels.policyById(policy, after)).toMatchObject({ published: true });
  expect(node.readModels.policyById(policy, created)).toMatchObject({ published: false });
  expect(node.readModels.applied()).toEqual(after);
  await node.runner.rebuild();
  expect(node.readModels.applied()).toEqual(after);
  expect(node.readModels.policyById(policy, created)).toMatchObject({ published: false });
  await node.close();
});
