import { element } from './element.mjs';
import { COMPARISON, VERSIONS } from './queries.mjs';
import { ask } from './samtykke.mjs';
import { language, say } from './words.mjs';

/** Unchanged words that are left before and after a change. */
const WORDS_AROUND = 14;

/** What a version changes in the words of the text, section by section. */
export async function comparisonWithBefore(version) {
  const before = await versionBefore(version);
  if (!before) return note(say('noComparison'));
  const variables = { from: before.id, to: version.id, locale: language() };
  const { policyVersionComparison: comparison } = await ask(COMPARISON, variables);
  const { from, to, sections } = comparison;
  if (from.content.locale !== to.content.locale) return note(say('noComparison'));
  const changed = sections.filter(({ op }) => op !== 'SAME');
  if (changed.length === 0) return note(say('noChange'));
  return element(
    'div',
    { class: 'comparison' },
    note(say('comparedWith', { label: from.label })),
    changed.map((section) => sectionOf(section, to.content.locale)),
  );
}

function note(words) {
  return element('p', { class: 'quiet' }, words);
}

/** The version that held, or would have held, before this one took effect. */
async function versionBefore({ id, effectiveFrom, policy }) {
  const { policy: found } = await ask(VERSIONS, { id: policy.id });
  const earlier = found.versions.nodes.filter(
    (each) => each.id !== id && each.status !== 'WITHDRAWN' && each.effectiveFrom < effectiveFrom,
  );
  return earlier.sort((a, b) => (a.effectiveFrom < b.effectiveFrom ? -1 : 1)).at(-1);
}

function sectionOf({ heading, words }, locale) {
  const isInWords = words.every(({ text }) => !text.startsWith('#'));
  return element(
    'section',
    { lang: locale },
    isInWords ? null : element('h4', {}, heading),
    element(
      'p',
      {},
      words.map((run, index) => drawn(run, index === 0, index === words.length - 1)),
    ),
  );
}

function drawn({ op, text }, isFirst, isLast) {
  const lines = text.replace(/^#+ .*\n*/gm, '').replace(/\n{2,}/g, '\n');
  const plain = isFirst ? lines.trimStart() : isLast ? lines.trimEnd() : lines;
  if (op === 'ADDED') return element('ins', {}, plain);
  if (op === 'REMOVED') return element('del', {}, plain);
  return shortened(plain, isFirst, isLast);
}

function shortened(text, isFirst, isLast) {
  const words = text.split(/(?<=\s)/);
  const kept = isFirst || isLast ? WORDS_AROUND : 2 * WORDS_AROUND;
  if (words.length <= kept) return text;
  if (isFirst) return `… ${words.slice(-WORDS_AROUND).join('')}`;
  if (isLast) return `${words.slice(0, WORDS_AROUND).join('')}…`;
  return `${words.slice(0, WORDS_AROUND).join('')} … ${words.slice(-WORDS_AROUND).join('')}`;
}
