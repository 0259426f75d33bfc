import { comparisonWithBefore } from './comparison.mjs';
import { actingButton, element, showList } from './element.mjs';
import { policyText } from './policy-text.mjs';
import { day, language, reasonName, say } from './words.mjs';

/**
 * What a person must still do, as one card each. A card stays as it is until its obligation is done, moves to another
 * version, or turns from "soon" to "now".
 */
export function showCards(parent, obligations, acts) {
  showList(
    parent,
    obligations,
    (each) => [language(), each.kind, each.version.id, each.purposes, each.isNow].join(' '),
    (each) => CARDS[each.kind](each, acts),
  );
}

const CARDS = {
  READ_NOTICE: noticeCard,
  ACCEPT_TERMS: termsCard,
  DECIDE_CONSENT: choiceCard,
  RENEW_CONSENT: choiceCard,
};

function noticeCard(obligation, { acknowledge, putOffNotice }) {
  const { version, changeSummary, isNow, blocking } = obligation;
  const isFirst = version.change.reasons.includes('FIRST_VERSION');
  const title = say(isFirst ? 'noticeFirst' : isNow ? 'noticeChange' : 'noticeSoon');
  return card(obligation, title, [
    changeSummary && element('p', { class: 'summary' }, changeSummary),
    reasons(version),
    blocking && deadline('confirmBy', obligation),
    isFirst || folded(say('whatChanged'), () => comparisonWithBefore(version)),
    folded(say('readAll'), () => policyText(version.content)),
    element(
      'div',
      { class: 'acts' },
      actingButton({ class: 'main' }, say('iHaveRead'), () => acknowledge(obligation)),
      actingButton({}, say('later'), () => putOffNotice(obligation)),
    ),
  ]);
}

function termsCard(obligation, { acceptTerms, refuseTerms }) {
  const { content, policy } = obligation.version;
  return card(obligation, say('termsTitle'), [
    element('p', {}, say('termsLead')),
    content.locale !== language() && element('p', { class: 'quiet' }, say('onlyIn')),
    element(
      'div',
      { class: 'page-of-text', role: 'region', 'aria-label': policy.title, tabindex: 0 },
      policyText(content),
    ),
    element(
      'div',
      { class: 'pair' },
      actingButton({}, say('acceptNot'), () => refuseTerms(obligation)),
      actingButton({}, say('accept'), () => acceptTerms(obligation)),
    ),
  ]);
}

function choiceCard(obligation, { choose, putOffChoice }) {
  const { kind, version, purposes, changeSummary, blocking } = obligation;
  const isAgain = kind === 'RENEW_CONSENT';
  return card(obligation, `${say(isAgain ? 'choiceAgain' : 'choiceTitle')}: ${titlesOf(version, purposes)}`, [
    changeSummary && element('p', { class: 'summary' }, changeSummary),
    blocking && deadline('answerBy', obligation),
    element(
      'div',
      { class: 'acts' },
      actingButton({ class: 'main', 'aria-haspopup': 'dialog' }, say('choose'), () => choose([obligation])),
      actingButton({}, say('later'), () => putOffChoice(obligation)),
    ),
  ]);
}

function card({ kind, version, isNow }, title, content) {
  const { policy, label, effectiveFrom } = version;
  const when = say(isNow ? 'inForceSince' : 'inForceFrom', { date: day(effectiveFrom, policy.organisation.timeZone) });
  const heading = element('h3', { tabindex: -1 }, title);
  return element(
    'article',
    { class: `card ${kind.toLowerCase().replaceAll('_', '-')}${isNow ? '' : ' soon'}`, 'data-version': label },
    element('p', { class: 'eyebrow' }, `${policy.title} · ${label} · ${when}`),
    heading,
    content.filter((part) => part && part !== true),
  );
}

function deadline(key, { deadline: instant, version }) {
  return (
    instant && element('p', { class: 'quiet' }, say(key, { date: day(instant, version.policy.organisation.timeZone) }))
  );
}

function reasons({ change }) {
  const names = change.reasons.map(reasonName).filter(Boolean);
  return (
    names.length > 0 &&
    element(
      'ul',
      { class: 'tags' },
      names.map((name) => element('li', {}, name)),
    )
  );
}

/** Something that is fetched when it is opened for the first time. */
export function folded(label, content) {
  const details = element('details', {}, element('summary', {}, label));
  details.addEventListener('toggle', async () => {
    if (!details.open || details.children.length > 1) return;
    details.append(await content());
  });
  return details;
}

/** Names of purposes, as a version titles them. */
export function titlesOf({ statement }, purposes) {
  return purposes.map((key) => statement?.purposes.find((each) => each.key === key)?.title ?? key).join(', ');
}
