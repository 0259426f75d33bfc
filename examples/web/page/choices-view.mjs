import { actingButton, element, showList } from './element.mjs';
import { titlesOf } from './notice-cards.mjs';
import { CHOICES } from './queries.mjs';
import { ask } from './samtykke.mjs';
import { day, dayAndTime, language, say } from './words.mjs';

const YES = new Set(['GIVEN', 'RENEWED']);
/** States that say why by their name alone; of the others the reason is told. */
const PLAIN = new Set(['GIVEN', 'RENEWED', 'UNKNOWN', 'REFUSED', 'WITHDRAWN', 'NOT_REQUIRED', 'OBJECTED']);
const OBJECTABLE = new Set(['LEGITIMATE_INTERESTS', 'PUBLIC_TASK']);

/** What the person has said to what, with a way back from everything. */
export function choicesView({ acts }) {
  const purposes = element('ul', { class: 'purposes' });
  const terms = element('ul', { class: 'purposes' });
  const facts = element('ol', { class: 'facts', reversed: true });
  let touched;
  purposes.addEventListener('click', ({ target }) => {
    touched = target.closest('[data-purpose]')?.dataset.purpose;
  });

  return {
    node: element(
      'div',
      { class: 'choices' },
      element('h1', {}, say('choicesTitle')),
      element('p', { class: 'lead' }, say('choicesLead')),
      purposes,
      element('h2', {}, say('terms')),
      terms,
      element('h2', {}, say('history')),
      element('p', { class: 'quiet' }, say('historyLead')),
      element('p', {}, element('a', { class: 'download', href: '/my-copy.json', download: true }, say('downloadCopy'))),
      facts,
    ),
    async update() {
      const { me } = await ask(CHOICES, { locale: language() });
      const keyOf = (each) => JSON.stringify([each, language()]);
      showList(purposes, me.consents, keyOf, (consent) => purposeOf(consent, acts));
      showList(terms, me.acceptances, keyOf, termsOf);
      showList(facts, me.facts.nodes.toReversed(), ({ position }) => position + language(), factOf);
    },
    focusNext() {
      purposes.querySelector(`[data-purpose="${touched}"] button`)?.focus();
    },
  };
}

function purposeOf(consent, acts) {
  const { purpose, status, legalBasis, decidedAt, expiresAt, reason, policy } = consent;
  const { version } = policy.inForce;
  const title = version ? titlesOf(version, [purpose]) : purpose;
  const times = [
    decidedAt && say('decided', { date: day(decidedAt) }),
    expiresAt && YES.has(status) && say('expires', { date: day(expiresAt) }),
  ].filter(Boolean);
  return element(
    'li',
    { class: 'purpose', 'data-purpose': purpose, 'data-status': status },
    element('h3', {}, title),
    element('p', { class: `state ${YES.has(status) ? 'on' : 'off'}` }, say(`state${status}`)),
    element(
      'p',
      { class: 'quiet' },
      [policy.title, legalBasis && say(`basis${legalBasis}`), ...times].filter(Boolean).join(' · '),
    ),
    PLAIN.has(status) ? null : element('p', { class: 'why' }, reason.text),
    element('div', { class: 'acts' }, waysOf(consent, title, acts)),
  );
}

/** One click each, and no question in between. */
function waysOf(consent, title, { withdraw, object, liftObjection, chooseAgain }) {
  const { status, legalBasis } = consent;
  const named = (key) => ({ 'aria-label': `${say(key)}: ${title}` });
  if (status === 'OBJECTED') {
    return actingButton(named('objectLift'), say('objectLift'), () => liftObjection(consent));
  }
  if (OBJECTABLE.has(legalBasis)) return actingButton(named('object'), say('object'), () => object(consent));
  if (YES.has(status)) return actingButton(named('withdraw'), say('withdraw'), () => withdraw(consent));
  if (legalBasis !== 'CONSENT' || !consent.policy.inForce.version) return null;
  return actingButton({ ...named('changeMind'), 'aria-haspopup': 'dialog' }, say('changeMind'), () =>
    chooseAgain(consent),
  );
}

function termsOf({ accepted, at, version }) {
  return element(
    'li',
    { class: 'purpose', 'data-accepted': String(accepted) },
    element('h3', {}, version?.policy.title ?? say('terms')),
    element(
      'p',
      { class: `state ${accepted ? 'on' : 'off'}` },
      accepted ? say('termsAccepted', { date: day(at), label: version.label }) : say('termsNotAccepted'),
    ),
  );
}

function factOf({ occurredAt, sentence }) {
  return element('li', {}, element('time', { datetime: occurredAt }, dayAndTime(occurredAt)), ' ', sentence);
}
