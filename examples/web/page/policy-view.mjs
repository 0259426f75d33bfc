import { element } from './element.mjs';
import { policyText } from './policy-text.mjs';
import { POLICY } from './queries.mjs';
import { askOpenly } from './samtykke.mjs';
import { day, language, say } from './words.mjs';

const HANDLE = 'fjordlys/privacy';

/**
 * A policy's text, of the version that holds now or of any other. It is open to everybody, logged in or not, whatever
 * else is closed.
 */
export function policyView({ state, versionId }) {
  const node = element('div', { class: 'reading' });
  let shown;
  return {
    node,
    async update() {
      const variables = { handle: HANDLE, id: versionId ?? '', isNamed: Boolean(versionId), locale: language() };
      const { policy, policyVersion } = await askOpenly(POLICY, variables);
      const version = policyVersion ?? policy.inForce?.version;
      const next = JSON.stringify([policy, version]);
      if (next === shown) return;
      shown = next;
      node.replaceChildren(
        version ? articleOf(version, policy) : element('p', {}, say('noPolicy')),
        versionsOf(policy, version),
        state.name ? '' : element('p', {}, element('a', { href: '#/' }, say('backToLogin'))),
      );
    },
  };
}

function articleOf({ label, effectiveFrom, content }, { organisation }) {
  const date = day(effectiveFrom, organisation.timeZone);
  return element(
    'article',
    {},
    element('p', { class: 'eyebrow' }, say('policyShown', { label, date })),
    content.locale === language() ? null : element('p', { class: 'quiet' }, say('onlyIn')),
    policyText(content),
  );
}

function versionsOf({ versions, organisation }, shown) {
  return element(
    'nav',
    { 'aria-labelledby': 'versions' },
    element('h2', { id: 'versions' }, say('policyVersions')),
    element(
      'ul',
      {},
      versions.nodes
        .toReversed()
        .map(({ id, label, effectiveFrom }) =>
          element(
            'li',
            {},
            element('a', { href: `#/policy/${id}`, 'aria-current': id === shown?.id ? 'page' : null }, label),
            element('span', { class: 'quiet' }, day(effectiveFrom, organisation.timeZone)),
          ),
        ),
    ),
  );
}
