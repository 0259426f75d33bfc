import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REASON_SENTENCES } from '../../../src/domain/subject/reason-sentences';

const ROOM = join(__dirname, '..', '..', '..', 'src', 'domain', 'subject');

describe('the reasons of states', () => {
  it.each(Object.entries(REASON_SENTENCES))('%s has a sentence in both languages and names a rule', (_, reason) => {
    expect(reason.nb).toMatch(/^\p{Lu}[^.]+\.$/u);
    expect(reason.en).toMatch(/^\p{Lu}[^.]+\.$/u);
    expect(reason.nb).not.toBe(reason.en);
    expect(reason.rule).toMatch(/^[CDOV]\d{1,2}$/);
  });

  it('are all given somewhere', () => {
    const rules = readdirSync(ROOM)
      .filter((name) => name !== 'reason-sentences.ts')
      .map((name) => readFileSync(join(ROOM, name), 'utf8'))
      .join('\n');
    // These come from the version in force.
    const fromPolicy = ['NOT_YET_PUBLISHED', 'ALL_WITHDRAWN', 'RETIRED'];
    const codes = Object.keys(REASON_SENTENCES).filter((code) => !fromPolicy.includes(code));
    expect(codes.filter((code) => !rules.includes(`'${code}'`))).toEqual([]);
  });
});
